package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * Computes the health of a live object by the rules of kstatus (sigs.k8s.io/cli-utils,
 * pkg/kstatus): deletion first, then {@code observedGeneration}, then the kind's own rules or the
 * standard conditions. Kinds without any of it are current as soon as they exist. Pure.
 */
final class HealthRules {
  private HealthRules() {}

  static Health of(JsonNode live) {
    JsonNode metadata = live.path("metadata");
    if (metadata.has("deletionTimestamp")) {
      return new Health(Health.State.TERMINATING, "is being deleted");
    }
    JsonNode status = live.path("status");
    if (status.has("observedGeneration")
        && status.path("observedGeneration").asLong() < metadata.path("generation").asLong()) {
      return Health.inProgress("its controller has not seen the newest change yet");
    }
    String apiVersion = live.path("apiVersion").asText("");
    int slash = apiVersion.indexOf('/');
    String group = slash < 0 ? "" : apiVersion.substring(0, slash);
    String kind = live.path("kind").asText("");
    return switch (group.isEmpty() ? kind : kind + "." + group) {
      case "Deployment.apps" -> WorkloadHealth.deployment(live);
      case "StatefulSet.apps" -> WorkloadHealth.statefulSet(live);
      case "DaemonSet.apps" -> WorkloadHealth.daemonSet(live);
      case "ReplicaSet.apps", "ReplicationController" -> WorkloadHealth.replicaSet(live);
      case "Pod" -> WorkloadHealth.pod(live);
      case "Job.batch" -> WorkloadHealth.job(live);
      case "PersistentVolumeClaim" ->
          phase(status, "Bound").orElseGet(() -> notYet("is not bound"));
      case "PersistentVolume" -> volume(status);
      case "Service" -> service(live);
      case "Namespace" -> phase(status, "Active").orElseGet(() -> notYet("is not active"));
      case "CustomResourceDefinition.apiextensions.k8s.io" -> definition(status);
      case "APIService.apiregistration.k8s.io" ->
          isTrue(status, "Available") ? Health.CURRENT : notYet("is not available");
      case "PodDisruptionBudget.policy" -> budget(live);
      case "HorizontalPodAutoscaler.autoscaling" ->
          isFalse(status, "AbleToScale") ? notYet("is not able to scale") : Health.CURRENT;
      default -> generic(status);
    };
  }

  private static Health generic(JsonNode status) {
    if (isTrue(status, "Stalled")) {
      return Health.failed(message(status, "Stalled", "is stalled"));
    }
    if (isTrue(status, "Reconciling")) {
      return Health.inProgress(message(status, "Reconciling", "is being reconciled"));
    }
    Optional<JsonNode> ready = condition(status, "Ready");
    if (ready.isPresent() && !ready.get().path("status").asText().equals("True")) {
      return Health.inProgress(message(status, "Ready", "is not ready"));
    }
    return Health.CURRENT;
  }

  private static Health volume(JsonNode status) {
    return switch (status.path("phase").asText("")) {
      case "Failed" -> Health.failed("the volume failed");
      case "Pending" -> notYet("is pending");
      default -> Health.CURRENT;
    };
  }

  private static Health service(JsonNode live) {
    boolean waits =
        live.path("spec").path("type").asText("").equals("LoadBalancer")
            && live.path("status").path("loadBalancer").path("ingress").isEmpty();
    return waits ? notYet("has no load balancer yet") : Health.CURRENT;
  }

  private static Health definition(JsonNode status) {
    if (isFalse(status, "NamesAccepted")) {
      return Health.failed(message(status, "NamesAccepted", "its names are taken"));
    }
    return isTrue(status, "Established") ? Health.CURRENT : notYet("is not established");
  }

  private static Health budget(JsonNode live) {
    JsonNode status = live.path("status");
    return status.has("desiredHealthy")
            && status.path("currentHealthy").asLong() < status.path("desiredHealthy").asLong()
        ? notYet("has fewer healthy pods than it demands")
        : Health.CURRENT;
  }

  private static Optional<Health> phase(JsonNode status, String good) {
    return status.path("phase").asText("").equals(good)
        ? Optional.of(Health.CURRENT)
        : Optional.empty();
  }

  static Health notYet(String message) {
    return Health.inProgress(message);
  }

  static Optional<JsonNode> condition(JsonNode status, String type) {
    for (JsonNode condition : status.path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return Optional.of(condition);
      }
    }
    return Optional.empty();
  }

  static boolean isTrue(JsonNode status, String type) {
    return condition(status, type)
        .filter(c -> c.path("status").asText().equals("True"))
        .isPresent();
  }

  static boolean isFalse(JsonNode status, String type) {
    return condition(status, type)
        .filter(c -> c.path("status").asText().equals("False"))
        .isPresent();
  }

  /** Of a condition only its reason is told: the message is prose that may vary with time. */
  static String message(JsonNode status, String type, String otherwise) {
    return condition(status, type)
        .map(c -> c.path("reason").asText(""))
        .filter(reason -> !reason.isEmpty())
        .map(reason -> otherwise + ": " + reason)
        .orElse(otherwise);
  }
}
