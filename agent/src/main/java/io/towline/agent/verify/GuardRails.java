package io.towline.agent.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.BodySource;
import io.towline.envelope.Deletion;
import io.towline.envelope.Intent;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Statement;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The last word before anything is applied: what the cluster's owner forbids blocks the bundle that
 * holds it, and that bundle alone. Thread-safe.
 */
public final class GuardRails {
  private static final String RBAC = "rbac.authorization.k8s.io";
  private static final String ALL = "*";
  private static final String ALL_POWERFUL = "cluster-admin";
  private static final Set<String> ROLES = Set.of("Role", "ClusterRole");
  private static final Set<String> BINDINGS = Set.of("RoleBinding", "ClusterRoleBinding");
  private static final Set<String> ESCALATING = Set.of("escalate", "bind", "impersonate");

  private final Set<String> namespaces;
  private final Set<String> kinds;
  private final boolean escalationAllowed;
  private final OptionalInt maxDeletions;
  private final BodySource bodies;

  /**
   * @param ownNamespace the agent's namespace
   * @param bodies the bodies of verified envelopes
   */
  public GuardRails(GuardConfig config, String ownNamespace, BodySource bodies) {
    HashSet<String> all = new HashSet<>(config.forbiddenNamespaces().orElse(List.of()));
    all.add(ownNamespace);
    this.namespaces = Set.copyOf(all);
    this.kinds = Set.copyOf(config.forbiddenKinds().orElse(List.of()));
    this.escalationAllowed = config.allowEscalation();
    this.maxDeletions = config.maxDeletions();
    this.bodies = bodies;
  }

  /**
   * What a bundle is blocked for.
   *
   * @param object the first object that is not allowed
   * @param message why; nothing of its content
   */
  public record Breach(ObjectRef object, String message) {}

  /** The bundles that are blocked, by name; the others may be applied. */
  public Map<String, Breach> breaches(VerifiedEnvelope envelope) {
    Map<String, Breach> breaches = new LinkedHashMap<>();
    for (VerifiedBundle bundle : envelope.bundles()) {
      for (ManifestEntry entry : bundle.manifest().objects()) {
        Optional<String> breach = breach(entry);
        if (breach.isPresent()) {
          breaches.put(bundle.name(), new Breach(entry.ref(), breach.get()));
          break;
        }
      }
    }
    tooManyDeletions(envelope.statement()).forEach(breaches::putIfAbsent);
    return breaches;
  }

  /** Also of bundles that the envelope has no more: their objects are what would be deleted. */
  private Map<String, Breach> tooManyDeletions(Statement statement) {
    Map<String, Breach> breaches = new LinkedHashMap<>();
    if (maxDeletions.isEmpty() || statement.intent() == Intent.CLEAR) {
      return breaches;
    }
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Deletion deletion : statement.deletions()) {
      if (counts.merge(deletion.bundle(), 1, Integer::sum) > maxDeletions.getAsInt()) {
        breaches.putIfAbsent(
            deletion.bundle(),
            new Breach(
                deletion.ref(),
                "the cluster's owner allows at most "
                    + maxDeletions.getAsInt()
                    + " deletions of a bundle at once"));
      }
    }
    return breaches;
  }

  private Optional<String> breach(ManifestEntry entry) {
    ObjectRef ref = entry.ref();
    if (kinds.contains(ref.kind()) || kinds.contains(ref.kind() + "." + ref.group())) {
      return Optional.of("the cluster's owner allows no " + ref.kind());
    }
    boolean isNamespace = ref.group().isEmpty() && ref.kind().equals("Namespace");
    String namespace = isNamespace ? ref.name() : ref.namespace();
    if (namespaces.contains(namespace)) {
      return Optional.of("the cluster's owner allows nothing in namespace " + namespace);
    }
    if (!escalationAllowed && ref.group().equals(RBAC) && entry.sealed()) {
      return Optional.of("its rules are sealed, and the cluster's owner allows none unseen");
    }
    if (!escalationAllowed && ref.group().equals(RBAC)) {
      return escalation(entry);
    }
    return Optional.empty();
  }

  /** What cannot be read is not let through. */
  private Optional<String> escalation(ManifestEntry entry) {
    Optional<byte[]> body = bodies.body(entry.digest(), entry.size());
    if (body.isEmpty()) {
      return Optional.of("its rules cannot be read");
    }
    try {
      JsonNode object = ObjectJson.read(body.get());
      if (BINDINGS.contains(entry.ref().kind())
          && object.path("roleRef").path("name").asText("").equals(ALL_POWERFUL)) {
        return Optional.of("the cluster's owner allows no binding to " + ALL_POWERFUL);
      }
      if (ROLES.contains(entry.ref().kind())) {
        for (JsonNode rule : object.path("rules")) {
          if (escalates(rule)) {
            return Optional.of("the cluster's owner allows no rule that hands out more rights");
          }
        }
      }
      return Optional.empty();
    } catch (VerificationException e) {
      return Optional.of("its rules cannot be read");
    }
  }

  private static boolean escalates(JsonNode rule) {
    boolean everything = has(rule, "apiGroups", ALL) && has(rule, "resources", ALL);
    boolean rights = has(rule, "apiGroups", RBAC);
    return ESCALATING.stream().anyMatch(verb -> has(rule, "verbs", verb))
        || (has(rule, "verbs", ALL) && (everything || rights));
  }

  private static boolean has(JsonNode rule, String list, String word) {
    for (JsonNode item : rule.path(list)) {
      if (item.asText("").equals(word)) {
        return true;
      }
    }
    return false;
  }
}
