package io.towline.agent.apply;

import io.towline.envelope.ObjectRef;
import java.util.Map;

/**
 * In which order kinds are applied: what others need comes first, as in Helm's {@code InstallOrder}
 * and kubectl's practice. Objects of one rank are applied at once.
 */
final class KindOrder {
  /** Namespaces and definitions of kinds: before all waves. */
  static final int FOUNDATION = 0;

  /** Kinds that nobody knows here: custom resources. */
  private static final int OTHER = 12;

  /** What can refuse or redirect the requests of others: after all waves. */
  static final int GATES = 13;

  private static final Map<String, Integer> RANKS =
      Map.ofEntries(
          Map.entry("Namespace", FOUNDATION),
          Map.entry("CustomResourceDefinition.apiextensions.k8s.io", FOUNDATION),
          Map.entry("PriorityClass.scheduling.k8s.io", 1),
          Map.entry("RuntimeClass.node.k8s.io", 1),
          Map.entry("StorageClass.storage.k8s.io", 1),
          Map.entry("IngressClass.networking.k8s.io", 1),
          Map.entry("NetworkPolicy.networking.k8s.io", 2),
          Map.entry("ResourceQuota", 2),
          Map.entry("LimitRange", 2),
          Map.entry("PodDisruptionBudget.policy", 2),
          Map.entry("ServiceAccount", 3),
          Map.entry("Secret", 3),
          Map.entry("ConfigMap", 3),
          Map.entry("PersistentVolume", 4),
          Map.entry("PersistentVolumeClaim", 5),
          Map.entry("ClusterRole.rbac.authorization.k8s.io", 6),
          Map.entry("Role.rbac.authorization.k8s.io", 6),
          Map.entry("ClusterRoleBinding.rbac.authorization.k8s.io", 7),
          Map.entry("RoleBinding.rbac.authorization.k8s.io", 7),
          Map.entry("Service", 8),
          Map.entry("DaemonSet.apps", 9),
          Map.entry("Pod", 9),
          Map.entry("ReplicationController", 9),
          Map.entry("ReplicaSet.apps", 9),
          Map.entry("Deployment.apps", 9),
          Map.entry("StatefulSet.apps", 9),
          Map.entry("HorizontalPodAutoscaler.autoscaling", 10),
          Map.entry("Job.batch", 10),
          Map.entry("CronJob.batch", 10),
          Map.entry("Ingress.networking.k8s.io", 11),
          Map.entry("APIService.apiregistration.k8s.io", GATES),
          Map.entry("MutatingWebhookConfiguration.admissionregistration.k8s.io", GATES),
          Map.entry("ValidatingWebhookConfiguration.admissionregistration.k8s.io", GATES),
          Map.entry("ValidatingAdmissionPolicy.admissionregistration.k8s.io", GATES),
          Map.entry("ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io", GATES),
          Map.entry("MutatingAdmissionPolicy.admissionregistration.k8s.io", GATES),
          Map.entry("MutatingAdmissionPolicyBinding.admissionregistration.k8s.io", GATES));

  private KindOrder() {}

  /** Smaller is earlier. */
  static int rank(ObjectRef ref) {
    return RANKS.getOrDefault(qualified(ref), OTHER);
  }

  /** Whether losing an object of this kind loses what people put into it: never pruned. */
  static boolean isProtected(ObjectRef ref) {
    return switch (qualified(ref)) {
      case "Namespace",
          "CustomResourceDefinition.apiextensions.k8s.io",
          "PersistentVolumeClaim",
          "PersistentVolume" ->
          true;
      default -> false;
    };
  }

  static boolean isDefinition(ObjectRef ref) {
    return qualified(ref).equals("CustomResourceDefinition.apiextensions.k8s.io");
  }

  private static String qualified(ObjectRef ref) {
    return ref.group().isEmpty() ? ref.kind() : ref.kind() + "." + ref.group();
  }
}
