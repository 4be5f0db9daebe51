package io.towline.agent.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.SealedObject;
import java.util.Optional;
import java.util.Set;

/**
 * What an object hands out beyond what can be seen from its rules.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/security/rbac-good-practices/">Kubernetes, RBAC
 *     good practices, privilege escalation risks</a>
 */
final class Escalations {
  private static final String RBAC = "rbac.authorization.k8s.io";
  private static final String ALL = "*";

  /** All-powerful, or with the right to act as any service account of a namespace. */
  private static final Set<String> POWERFUL = Set.of("cluster-admin", "admin", "edit");

  /** Roles of the controllers of Kubernetes, the one that may escalate among them. */
  private static final String CONTROLLERS = "system:controller:";

  private static final Set<String> ROLES = Set.of("Role", "ClusterRole");
  private static final Set<String> BINDINGS = Set.of("RoleBinding", "ClusterRoleBinding");
  private static final Set<String> VERBS = Set.of("escalate", "bind", "impersonate");

  /** Whom somebody may act as, in the core group. */
  private static final Set<String> SOMEBODY = Set.of(ALL, "users", "groups", "serviceaccounts");

  private static final String POD_SECURITY = "pod-security.kubernetes.io/enforce";
  private static final String TOKEN = "kubernetes.io/service-account-token";
  private static final String ACCOUNT = "kubernetes.io/service-account.name";

  private Escalations() {}

  /** Whether it takes the body of such an object to tell. */
  static boolean mayBeIn(ObjectRef ref) {
    return isRights(ref) || is(ref, "Namespace") || is(ref, "Secret");
  }

  /** Whether the object is about rights: sealed, it cannot be judged. */
  static boolean isRights(ObjectRef ref) {
    return ref.group().equals(RBAC);
  }

  /**
   * What it hands out, as the end of a sentence about what the owner allows not; empty if nothing.
   *
   * @param bundle the identities of all objects of the bundle that it is in
   */
  static Optional<String> in(ObjectRef ref, JsonNode object, Set<ObjectIdentity> bundle) {
    if (isRights(ref) && BINDINGS.contains(ref.kind())) {
      return ofBinding(object.path("roleRef"));
    }
    if (isRights(ref) && ROLES.contains(ref.kind())) {
      return ofRole(object);
    }
    if (is(ref, "Namespace")) {
      return ofNamespace(object.path("metadata").path("labels"));
    }
    return is(ref, "Secret") ? ofSecret(ref, object, bundle) : Optional.empty();
  }

  private static boolean is(ObjectRef ref, String coreKind) {
    return ref.group().isEmpty() && ref.kind().equals(coreKind);
  }

  private static Optional<String> ofBinding(JsonNode roleRef) {
    String name = roleRef.path("name").asText("");
    boolean clusterRole = !roleRef.path("kind").asText("").equals("Role");
    return clusterRole && (POWERFUL.contains(name) || name.startsWith(CONTROLLERS))
        ? Optional.of("binding to " + name)
        : Optional.empty();
  }

  private static Optional<String> ofRole(JsonNode role) {
    if (role.has("aggregationRule")) {
      return Optional.of("role whose rules are gathered from others, unseen");
    }
    for (JsonNode rule : role.path("rules")) {
      if (escalates(rule)) {
        return Optional.of("rule that hands out more rights");
      }
    }
    return Optional.empty();
  }

  private static boolean escalates(JsonNode rule) {
    if (VERBS.stream().anyMatch(verb -> has(rule, "verbs", verb))) {
      return true;
    }
    boolean anyGroup = has(rule, "apiGroups", ALL);
    boolean rights = anyGroup || has(rule, "apiGroups", RBAC);
    boolean somebody =
        (anyGroup || has(rule, "apiGroups", ""))
            && SOMEBODY.stream().anyMatch(one -> has(rule, "resources", one));
    return has(rule, "verbs", ALL) && (rights || somebody);
  }

  /** Any level but {@code restricted} may be less than the cluster asks for by itself. */
  private static Optional<String> ofNamespace(JsonNode labels) {
    boolean loosened =
        labels.has(POD_SECURITY) && !labels.path(POD_SECURITY).asText("").equals("restricted");
    return loosened
        ? Optional.of("namespace whose label lets its pods be less than restricted")
        : Optional.empty();
  }

  private static Optional<String> ofSecret(
      ObjectRef ref, JsonNode secret, Set<ObjectIdentity> bundle) {
    String type = secret.path("type").asText("");
    if (type.startsWith(SealedObject.VALUE_PREFIX)) {
      return Optional.of("Secret whose type is sealed");
    }
    String account = secret.path("metadata").path("annotations").path(ACCOUNT).asText("");
    boolean own =
        bundle.contains(new ObjectIdentity("", "ServiceAccount", ref.namespace(), account));
    return type.equals(TOKEN) && !own
        ? Optional.of("token of a service account that is not the bundle's own")
        : Optional.empty();
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
