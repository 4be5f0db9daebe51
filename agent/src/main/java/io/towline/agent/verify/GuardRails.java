package io.towline.agent.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.BodySource;
import io.towline.envelope.Deletion;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The last word before anything is applied: what the cluster's owner forbids blocks the bundle that
 * holds it, and that bundle alone. Thread-safe.
 */
public final class GuardRails {
  private static final String NO = "the cluster's owner allows no ";

  /** Where an object of a kind that has a namespace goes if it names none, as with kubectl. */
  private static final String DEFAULT = "default";

  /** Kinds of Kubernetes that have no namespace; of others nobody can tell before discovery. */
  private static final Set<String> CLUSTER_SCOPED =
      Set.of(
          "Namespace.",
          "Node.",
          "PersistentVolume.",
          "ClusterRole.rbac.authorization.k8s.io",
          "ClusterRoleBinding.rbac.authorization.k8s.io",
          "CustomResourceDefinition.apiextensions.k8s.io",
          "APIService.apiregistration.k8s.io",
          "MutatingWebhookConfiguration.admissionregistration.k8s.io",
          "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
          "ValidatingAdmissionPolicy.admissionregistration.k8s.io",
          "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io",
          "StorageClass.storage.k8s.io",
          "CSIDriver.storage.k8s.io",
          "PriorityClass.scheduling.k8s.io",
          "IngressClass.networking.k8s.io",
          "RuntimeClass.node.k8s.io",
          "FlowSchema.flowcontrol.apiserver.k8s.io",
          "PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io");

  private final Set<String> namespaces;
  private final Set<String> kinds;
  private final boolean escalationAllowed;
  private final boolean privilegedForbidden;
  private final Optional<DeletionCap> deletions;
  private final BodySource bodies;

  /**
   * @param ownNamespace the agent's namespace
   * @param bodies the bodies of verified envelopes
   * @throws GuardException if a setting means nothing
   */
  public GuardRails(GuardConfig config, String ownNamespace, BodySource bodies) {
    HashSet<String> all = new HashSet<>(config.forbiddenNamespaces().orElse(List.of()));
    all.add(ownNamespace);
    this.namespaces = Set.copyOf(all);
    this.kinds = Set.copyOf(config.forbiddenKinds().orElse(List.of()));
    this.escalationAllowed = config.allowEscalation();
    this.privilegedForbidden = config.forbidPrivileged();
    this.deletions = DeletionCap.of(config);
    this.bodies = bodies;
  }

  /** What Towline applied to this cluster and has not deleted. */
  public interface Applied {
    /** Whether this object is among it. */
    boolean has(ObjectIdentity identity);

    /** How many objects there are. */
    int size();
  }

  /**
   * What a bundle is blocked for.
   *
   * @param object the first object that is not allowed
   * @param message why; nothing of its content
   */
  public record Breach(ObjectRef object, String message) {}

  /**
   * The bundles that are blocked, by name; the others may be applied.
   *
   * @param applied what deletions are counted against
   */
  public Map<String, Breach> breaches(VerifiedEnvelope envelope, Applied applied) {
    Map<String, Breach> breaches = new LinkedHashMap<>();
    for (VerifiedBundle bundle : envelope.bundles()) {
      breach(bundle).ifPresent(breach -> breaches.put(bundle.name(), breach));
    }
    tooManyDeletions(envelope, applied).forEach(breaches::putIfAbsent);
    return breaches;
  }

  private Optional<Breach> breach(VerifiedBundle bundle) {
    Set<ObjectIdentity> identities = new HashSet<>();
    bundle.manifest().objects().forEach(entry -> identities.add(entry.ref().identity()));
    boolean makesNamespaces = bundle.manifest().policy().apply().createNamespace();
    for (ManifestEntry entry : bundle.manifest().objects()) {
      Optional<String> breach =
          byName(entry.ref())
              .or(() -> makesNamespaces ? byNamespaceOf(entry.ref()) : Optional.empty())
              .or(() -> byBody(entry, identities));
      if (breach.isPresent()) {
        return Optional.of(new Breach(entry.ref(), breach.get()));
      }
    }
    return Optional.empty();
  }

  /** What a bundle may create beside its objects is forbidden as if it stood among them. */
  private Optional<String> byNamespaceOf(ObjectRef ref) {
    return ref.namespace().isEmpty()
        ? Optional.empty()
        : byName(new ObjectRef("v1", "Namespace", "", ref.namespace()));
  }

  private Optional<String> byName(ObjectRef ref) {
    String kind = ref.kind() + "." + ref.group();
    if (kinds.contains(ref.kind()) || kinds.contains(kind)) {
      return Optional.of(NO + ref.kind());
    }
    boolean isNamespace = ref.group().isEmpty() && ref.kind().equals("Namespace");
    String namespace = isNamespace ? ref.name() : ref.namespace();
    if (namespaces.contains(namespace)) {
      return Optional.of("the cluster's owner allows nothing in namespace " + namespace);
    }
    if (namespace.isEmpty() && namespaces.contains(DEFAULT) && !CLUSTER_SCOPED.contains(kind)) {
      return Optional.of(
          "it names no namespace, and the cluster's owner allows nothing in namespace " + DEFAULT);
    }
    return Optional.empty();
  }

  /** What cannot be read is not let through. */
  private Optional<String> byBody(ManifestEntry entry, Set<ObjectIdentity> bundle) {
    ObjectRef ref = entry.ref();
    boolean rights = !escalationAllowed && Escalations.mayBeIn(ref);
    boolean pods = privilegedForbidden && NodeAccess.mayBeIn(ref);
    if (!rights && !pods) {
      return Optional.empty();
    }
    if (entry.sealed() && (pods || Escalations.isRights(ref))) {
      return Optional.of("it is sealed, and the cluster's owner allows none unseen");
    }
    Optional<byte[]> body = bodies.body(entry.digest(), entry.size());
    if (body.isEmpty()) {
      return Optional.of("its content cannot be read");
    }
    try {
      JsonNode object = ObjectJson.read(body.get());
      Optional<String> escalation =
          rights ? Escalations.in(ref, object, bundle).map(what -> NO + what) : Optional.empty();
      return escalation.isPresent() || !pods
          ? escalation
          : NodeAccess.in(object).map(member -> NO + "pod that reaches its node by " + member);
    } catch (VerificationException e) {
      return Optional.of("its content cannot be read");
    }
  }

  /** Also of bundles that the envelope has no more: their objects are what would be deleted. */
  private Map<String, Breach> tooManyDeletions(VerifiedEnvelope envelope, Applied applied) {
    if (deletions.isEmpty()) {
      return Map.of();
    }
    Map<String, List<Deletion>> due = due(envelope, applied);
    int total = due.values().stream().mapToInt(List::size).sum();
    DeletionCap cap = deletions.get();
    Map<String, Breach> breaches = new LinkedHashMap<>();
    due.forEach(
        (bundle, its) -> {
          boolean tooMany =
              switch (cap) {
                case DeletionCap.Count count -> its.size() > count.most();
                case DeletionCap.Share share -> total > share.of(applied.size());
              };
          if (tooMany) {
            breaches.put(
                bundle,
                new Breach(its.getFirst().ref(), "the cluster's owner allows at most " + cap));
          }
        });
    return breaches;
  }

  /** What would go, by bundle: neither gone already nor in another bundle now. */
  private static Map<String, List<Deletion>> due(VerifiedEnvelope envelope, Applied applied) {
    Set<ObjectIdentity> wanted = new HashSet<>();
    envelope
        .bundles()
        .forEach(b -> b.manifest().objects().forEach(entry -> wanted.add(entry.ref().identity())));
    Map<String, List<Deletion>> due = new LinkedHashMap<>();
    for (Deletion deletion : envelope.statement().deletions()) {
      ObjectIdentity identity = deletion.ref().identity();
      if (applied.has(identity) && !wanted.contains(identity)) {
        due.computeIfAbsent(deletion.bundle(), name -> new ArrayList<>()).add(deletion);
      }
    }
    return due;
  }
}
