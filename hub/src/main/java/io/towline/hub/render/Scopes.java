package io.towline.hub.render;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which kinds live in a namespace, as far as the hub can know without a cluster: the kinds of
 * Kubernetes itself, some of widely used operators, and whatever the CustomResourceDefinitions of
 * the same bundle say. Immutable.
 */
final class Scopes {
  /** What is known of a kind. */
  enum Scope {
    CLUSTER,
    NAMESPACED,
    /** A custom kind whose definition is elsewhere. Taken for namespaced, as most are. */
    UNKNOWN
  }

  private record Kind(String group, String kind) {}

  /** Kubernetes 1.35 and what it still serves of older versions. */
  private static final Map<String, Set<String>> CLUSTER_SCOPED =
      Map.ofEntries(
          Map.entry("", Set.of("Namespace", "Node", "PersistentVolume", "ComponentStatus")),
          Map.entry(
              "admissionregistration.k8s.io",
              Set.of(
                  "MutatingAdmissionPolicy",
                  "MutatingAdmissionPolicyBinding",
                  "MutatingWebhookConfiguration",
                  "ValidatingAdmissionPolicy",
                  "ValidatingAdmissionPolicyBinding",
                  "ValidatingWebhookConfiguration")),
          Map.entry("apiextensions.k8s.io", Set.of("CustomResourceDefinition")),
          Map.entry("apiregistration.k8s.io", Set.of("APIService")),
          Map.entry("authentication.k8s.io", Set.of("SelfSubjectReview", "TokenReview")),
          Map.entry(
              "authorization.k8s.io",
              Set.of("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview")),
          Map.entry(
              "certificates.k8s.io", Set.of("CertificateSigningRequest", "ClusterTrustBundle")),
          Map.entry(
              "flowcontrol.apiserver.k8s.io", Set.of("FlowSchema", "PriorityLevelConfiguration")),
          Map.entry("internal.apiserver.k8s.io", Set.of("StorageVersion")),
          Map.entry("networking.k8s.io", Set.of("IngressClass", "IPAddress", "ServiceCIDR")),
          Map.entry("node.k8s.io", Set.of("RuntimeClass")),
          Map.entry("policy", Set.of("PodSecurityPolicy")),
          Map.entry("rbac.authorization.k8s.io", Set.of("ClusterRole", "ClusterRoleBinding")),
          Map.entry("resource.k8s.io", Set.of("DeviceClass", "DeviceTaintRule", "ResourceSlice")),
          Map.entry("scheduling.k8s.io", Set.of("PriorityClass")),
          Map.entry(
              "storage.k8s.io",
              Set.of(
                  "CSIDriver",
                  "CSINode",
                  "StorageClass",
                  "VolumeAttachment",
                  "VolumeAttributesClass")),
          Map.entry("storagemigration.k8s.io", Set.of("StorageVersionMigration")));

  /** Groups whose kinds are all known: what is not cluster-scoped above is namespaced. */
  private static final Set<String> OWN_GROUPS =
      Set.of(
          "",
          "admissionregistration.k8s.io",
          "apiextensions.k8s.io",
          "apiregistration.k8s.io",
          "apps",
          "authentication.k8s.io",
          "authorization.k8s.io",
          "autoscaling",
          "batch",
          "certificates.k8s.io",
          "coordination.k8s.io",
          "discovery.k8s.io",
          "events.k8s.io",
          "extensions",
          "flowcontrol.apiserver.k8s.io",
          "internal.apiserver.k8s.io",
          "networking.k8s.io",
          "node.k8s.io",
          "policy",
          "rbac.authorization.k8s.io",
          "resource.k8s.io",
          "scheduling.k8s.io",
          "storage.k8s.io",
          "storagemigration.k8s.io");

  /** Custom kinds that are often used apart from their definitions. */
  private static final Map<String, Set<String>> CLUSTER_SCOPED_ELSEWHERE =
      Map.ofEntries(
          Map.entry("argoproj.io", Set.of("ClusterAnalysisTemplate", "ClusterWorkflowTemplate")),
          Map.entry("cert-manager.io", Set.of("ClusterIssuer")),
          Map.entry("cilium.io", Set.of("CiliumClusterwideNetworkPolicy")),
          Map.entry(
              "crd.projectcalico.org",
              Set.of("BGPConfiguration", "BGPPeer", "GlobalNetworkPolicy", "IPPool")),
          Map.entry("external-secrets.io", Set.of("ClusterExternalSecret", "ClusterSecretStore")),
          Map.entry("gateway.networking.k8s.io", Set.of("GatewayClass")),
          Map.entry("karpenter.sh", Set.of("NodeClaim", "NodePool")),
          Map.entry("kyverno.io", Set.of("ClusterCleanupPolicy", "ClusterPolicy")),
          Map.entry(
              "policy.networking.k8s.io",
              Set.of("AdminNetworkPolicy", "BaselineAdminNetworkPolicy")),
          Map.entry(
              "snapshot.storage.k8s.io", Set.of("VolumeSnapshotClass", "VolumeSnapshotContent")),
          Map.entry("templates.gatekeeper.sh", Set.of("ConstraintTemplate")),
          Map.entry("trust.cert-manager.io", Set.of("Bundle")));

  private final Map<Kind, Scope> defined;

  private Scopes(Map<Kind, Scope> defined) {
    this.defined = defined;
  }

  /** Learns the scopes that the definitions among these objects give. */
  static Scopes learn(Collection<ObjectNode> objects) {
    Map<Kind, Scope> defined = new HashMap<>();
    for (ObjectNode object : objects) {
      if (isDefinition(object) && object.get("spec") instanceof ObjectNode spec) {
        String kind = spec.path("names").path("kind").asText();
        Scope scope =
            spec.path("scope").asText().equals("Cluster") ? Scope.CLUSTER : Scope.NAMESPACED;
        defined.put(new Kind(spec.path("group").asText(), kind), scope);
      }
    }
    return new Scopes(Map.copyOf(defined));
  }

  /** What is known of a kind. */
  Scope of(String group, String kind) {
    Scope fromBundle = defined.get(new Kind(group, kind));
    if (fromBundle != null) {
      return fromBundle;
    }
    if (CLUSTER_SCOPED.getOrDefault(group, Set.of()).contains(kind)
        || CLUSTER_SCOPED_ELSEWHERE.getOrDefault(group, Set.of()).contains(kind)) {
      return Scope.CLUSTER;
    }
    return OWN_GROUPS.contains(group) ? Scope.NAMESPACED : Scope.UNKNOWN;
  }

  private static boolean isDefinition(ObjectNode object) {
    return object.path("kind").asText().equals("CustomResourceDefinition")
        && object.path("apiVersion").asText().startsWith("apiextensions.k8s.io/");
  }
}
