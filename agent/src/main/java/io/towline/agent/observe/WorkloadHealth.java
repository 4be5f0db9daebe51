package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.Set;

/** kstatus' rules for what runs pods. Pure. */
final class WorkloadHealth {
  private static final Set<String> BROKEN_CONTAINER =
      Set.of("CrashLoopBackOff", "CreateContainerConfigError", "InvalidImageName");

  private WorkloadHealth() {}

  static Health deployment(JsonNode live) {
    JsonNode status = live.path("status");
    if (!status.has("observedGeneration")) {
      return unseen();
    }
    Optional<JsonNode> progressing = HealthRules.condition(status, "Progressing");
    if (progressing
        .filter(c -> c.path("reason").asText().equals("ProgressDeadlineExceeded"))
        .isPresent()) {
      return Health.failed("its progress deadline is exceeded");
    }
    long wanted = live.path("spec").path("replicas").asLong(1);
    long updated = status.path("updatedReplicas").asLong();
    long available = status.path("availableReplicas").asLong();
    if (updated < wanted) {
      return Health.inProgress("not all replicas are updated");
    }
    if (status.path("replicas").asLong() > updated) {
      return Health.inProgress("old replicas are still there");
    }
    if (available < updated || status.path("readyReplicas").asLong() < wanted) {
      return Health.inProgress("not all replicas are available");
    }
    if (HealthRules.isFalse(status, "Available")) {
      return Health.inProgress("it is not available");
    }
    return Health.CURRENT;
  }

  static Health statefulSet(JsonNode live) {
    JsonNode spec = live.path("spec");
    JsonNode status = live.path("status");
    if (spec.path("updateStrategy").path("type").asText("").equals("OnDelete")) {
      return Health.CURRENT;
    }
    if (!status.has("observedGeneration")) {
      return unseen();
    }
    long wanted = spec.path("replicas").asLong(1);
    if (status.path("replicas").asLong() < wanted
        || status.path("readyReplicas").asLong() < wanted) {
      return Health.inProgress("not all replicas are ready");
    }
    if (status.path("replicas").asLong() > wanted) {
      return Health.inProgress("old replicas are still there");
    }
    long partition = spec.path("updateStrategy").path("rollingUpdate").path("partition").asLong(0);
    if (partition > 0) {
      return status.path("updatedReplicas").asLong() < wanted - partition
          ? Health.inProgress("not all replicas of the partition are updated")
          : Health.CURRENT;
    }
    return status
            .path("currentRevision")
            .asText("")
            .equals(status.path("updateRevision").asText(""))
        ? Health.CURRENT
        : Health.inProgress("not all replicas are updated");
  }

  static Health daemonSet(JsonNode live) {
    JsonNode status = live.path("status");
    if (!status.has("observedGeneration")) {
      return unseen();
    }
    long wanted = status.path("desiredNumberScheduled").asLong();
    if (status.path("currentNumberScheduled").asLong() < wanted
        || status.path("updatedNumberScheduled").asLong() < wanted) {
      return Health.inProgress("not all pods are updated");
    }
    if (status.path("numberAvailable").asLong() < wanted
        || status.path("numberReady").asLong() < wanted) {
      return Health.inProgress("not all pods are available");
    }
    return Health.CURRENT;
  }

  static Health replicaSet(JsonNode live) {
    JsonNode status = live.path("status");
    if (!status.has("observedGeneration")) {
      return unseen();
    }
    if (HealthRules.isTrue(status, "ReplicaFailure")) {
      return Health.inProgress(
          HealthRules.message(status, "ReplicaFailure", "replicas cannot be made"));
    }
    long wanted = live.path("spec").path("replicas").asLong(1);
    return status.path("availableReplicas").asLong() < wanted
            || status.path("replicas").asLong() != wanted
        ? Health.inProgress("not all replicas are available")
        : Health.CURRENT;
  }

  static Health job(JsonNode live) {
    JsonNode status = live.path("status");
    if (HealthRules.isTrue(status, "Failed")) {
      return Health.failed(HealthRules.message(status, "Failed", "the job failed"));
    }
    if (HealthRules.isTrue(status, "Complete")) {
      return Health.CURRENT;
    }
    return status.has("startTime") ? Health.CURRENT : Health.inProgress("the job has not started");
  }

  static Health pod(JsonNode live) {
    JsonNode status = live.path("status");
    return switch (status.path("phase").asText("")) {
      case "Succeeded" -> Health.CURRENT;
      case "Failed" -> Health.failed("the pod failed");
      case "Running" ->
          HealthRules.isTrue(status, "Ready")
              ? Health.CURRENT
              : waitingContainer(status).orElseGet(() -> Health.inProgress("the pod is not ready"));
      default ->
          waitingContainer(status)
              .orElseGet(
                  () ->
                      HealthRules.isFalse(status, "PodScheduled")
                          ? Health.inProgress("the pod cannot be scheduled")
                          : Health.inProgress("the pod is pending"));
    };
  }

  /** What the kubelet says of the first container that does not run, in its own word. */
  private static Optional<Health> waitingContainer(JsonNode status) {
    Optional<Health> waiting = Optional.empty();
    for (JsonNode container : status.path("containerStatuses")) {
      String reason = container.path("state").path("waiting").path("reason").asText("");
      if (BROKEN_CONTAINER.contains(reason)) {
        return Optional.of(Health.failed("a container cannot run: " + reason));
      }
      if (waiting.isEmpty() && !reason.isEmpty()) {
        waiting = Optional.of(Health.inProgress("a container waits: " + reason));
      }
    }
    return waiting;
  }

  private static Health unseen() {
    return Health.inProgress("its controller has not seen it yet");
  }
}
