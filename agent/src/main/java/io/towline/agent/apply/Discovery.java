package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.ObjectRef;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which kinds the API server serves, by aggregated discovery: two requests for everything
 * (Kubernetes 1.30 and later). Kept until it is refreshed. Safe for many threads.
 */
public final class Discovery {
  private static final String ACCEPT =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
          + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

  private record Kind(String group, String version, String kind) {}

  /**
   * @param byKind every kind in every version
   * @param stale groups whose server did not answer the API server: what they serve is not known
   */
  private record Known(Map<Kind, ApiResource> byKind, Set<String> stale) {}

  private final KubeApi api;
  private volatile Optional<Known> known = Optional.empty();

  public Discovery(KubeApi api) {
    this.api = api;
  }

  /** How that kind is served; empty if it is not, as far as was read last. */
  public Optional<ApiResource> find(ObjectRef ref) throws KubeException, InterruptedException {
    return Optional.ofNullable(
        current().byKind().get(new Kind(ref.group(), ref.version(), ref.kind())));
  }

  /** How that kind is served, in this version or any other of its group. */
  Optional<ApiResource> findAnyVersion(ObjectRef ref) throws KubeException, InterruptedException {
    Optional<ApiResource> exact = find(ref);
    if (exact.isPresent()) {
      return exact;
    }
    return current().byKind().values().stream()
        .filter(r -> r.group().equals(ref.group()) && r.kind().equals(ref.kind()))
        .findFirst();
  }

  /** Groups of which is not known what they serve. While there is one, nothing is pruned. */
  public Set<String> staleGroups() throws KubeException, InterruptedException {
    return current().stale();
  }

  /** Reads it anew. If that fails, what was known stays known. */
  public void refresh() throws KubeException, InterruptedException {
    Map<Kind, ApiResource> byKind = new HashMap<>();
    Set<String> stale = new HashSet<>();
    read(api.get(Account.SELF, "/api", ACCEPT), byKind, stale);
    read(api.get(Account.SELF, "/apis", ACCEPT), byKind, stale);
    known = Optional.of(new Known(Map.copyOf(byKind), Set.copyOf(stale)));
  }

  private Known current() throws KubeException, InterruptedException {
    Optional<Known> now = known;
    if (now.isEmpty()) {
      refresh();
      now = known;
    }
    return now.orElseThrow();
  }

  private static void read(JsonNode list, Map<Kind, ApiResource> byKind, Set<String> stale)
      throws KubeException {
    if (!list.path("kind").asText().equals("APIGroupDiscoveryList")) {
      throw KubeException.malformed(
          "the API server has no aggregated discovery: Kubernetes 1.30 or later is needed");
    }
    for (JsonNode group : list.path("items")) {
      String name = group.path("metadata").path("name").asText("");
      for (JsonNode version : group.path("versions")) {
        if (version.path("freshness").asText("Current").equals("Stale")) {
          stale.add(name);
        }
        for (JsonNode resource : version.path("resources")) {
          JsonNode kind = resource.path("responseKind");
          ApiResource read =
              new ApiResource(
                  name,
                  version.path("version").asText(),
                  resource.path("resource").asText(),
                  kind.path("kind").asText(),
                  resource.path("scope").asText().equals("Namespaced"));
          byKind.put(new Kind(name, read.version(), read.kind()), read);
        }
      }
    }
  }
}
