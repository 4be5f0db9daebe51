package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Names;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Waits until CustomResourceDefinitions are served, by one watch for all of a bundle, and refreshes
 * the discovery until it shows their kinds.
 */
final class Establishment {
  private static final ApiResource DEFINITIONS =
      new ApiResource(
          "apiextensions.k8s.io",
          "v1",
          "customresourcedefinitions",
          "CustomResourceDefinition",
          false);

  /** The API server shows a new kind a moment after its definition is established. */
  private static final int REFRESHES = 25;

  private static final Duration BETWEEN_REFRESHES = Duration.ofMillis(200);

  private final KubeApi api;
  private final Discovery discovery;
  private final Duration limit;
  private final Pace pace;

  Establishment(KubeApi api, Discovery discovery, Duration limit, Pace pace) {
    this.api = api;
    this.discovery = discovery;
    this.limit = limit;
    this.pace = pace;
  }

  /**
   * Waits, at most as long as configured. Afterwards whoever needs a kind that is still missing
   * finds that out by itself.
   *
   * @param definitions names of the definitions that were just applied
   * @param needed objects that are about to be applied
   */
  void await(Account account, String bundle, Set<String> definitions, List<ObjectRef> needed)
      throws KubeException, InterruptedException {
    awaitEstablished(account, bundle, new HashSet<>(definitions));
    for (int i = 0; i < REFRESHES; i++) {
      discovery.refresh();
      if (firstUnknown(needed).isEmpty()) {
        return;
      }
      pace.sleeper().sleep(BETWEEN_REFRESHES);
    }
  }

  private Optional<ObjectRef> firstUnknown(List<ObjectRef> needed)
      throws KubeException, InterruptedException {
    for (ObjectRef ref : needed) {
      if (discovery.find(ref).isEmpty()) {
        return Optional.of(ref);
      }
    }
    return Optional.empty();
  }

  private void awaitEstablished(Account account, String bundle, Set<String> missing)
      throws KubeException, InterruptedException {
    Instant deadline = pace.clock().instant().plus(limit);
    // From resource version 0 a watch begins with what there is.
    try (KubeApi.Watch watch =
        api.watch(
            account,
            DEFINITIONS,
            "",
            KubeApi.Selector.label(Names.BUNDLE_LABEL + "=" + bundle),
            "0",
            limit)) {
      while (!missing.isEmpty() && pace.clock().instant().isBefore(deadline)) {
        Optional<JsonNode> event = watch.next();
        if (event.isEmpty()) {
          return;
        }
        JsonNode definition = event.get().path("object");
        if (isEstablished(definition)) {
          missing.remove(definition.path("metadata").path("name").asText());
        }
      }
    }
  }

  private static boolean isEstablished(JsonNode definition) {
    for (JsonNode condition : definition.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Established")
          && condition.path("status").asText().equals("True")) {
        return true;
      }
    }
    return false;
  }
}
