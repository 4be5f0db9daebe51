package io.towline.testkit;

import com.fasterxml.jackson.databind.JsonNode;

/** Reads the conditions in the status of Kubernetes objects. */
public final class Conditions {

  private Conditions() {}

  /** Whether the condition of this type is True. */
  public static boolean isTrue(JsonNode object, String type) {
    for (JsonNode condition : object.path("status").path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /** Whether a Node or a Pod is Ready. */
  public static boolean isReady(JsonNode object) {
    return isTrue(object, "Ready");
  }

  /** Whether a Deployment has been seen by its controller and all of its Pods are available. */
  public static boolean isRolledOut(JsonNode deployment) {
    JsonNode status = deployment.path("status");
    int wanted = deployment.path("spec").path("replicas").asInt(1);
    return status.path("observedGeneration").asLong()
            >= deployment.path("metadata").path("generation").asLong()
        && status.path("updatedReplicas").asInt() == wanted
        && status.path("availableReplicas").asInt() == wanted;
  }
}
