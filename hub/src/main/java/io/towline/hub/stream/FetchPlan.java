package io.towline.hub.stream;

import io.grpc.Status.Code;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.Want;
import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.AgentQueries.BodyKind;
import io.towline.hub.store.KnownCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a fetch may send: every digest is one that this cluster's newest envelope names, and every
 * base one that some envelope of this cluster named. A digest of another cluster and one that does
 * not exist are refused alike.
 */
record FetchPlan(List<Item> items) {
  static final int MAX_WANTS = 10_000;
  static final int MAX_BASES = 4;

  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  /** One body to send, from that byte of its encoded form on. */
  record Item(String digest, long offset, List<String> bases) {
    Item {
      bases = List.copyOf(bases);
    }
  }

  FetchPlan {
    items = List.copyOf(items);
  }

  /**
   * Judges the whole request before anything is sent.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT or NOT_FOUND
   */
  static FetchPlan of(KnownCluster cluster, FetchRequest request, AgentQueries queries) {
    check(request);
    Map<String, BodyKind> served =
        queries.served(cluster.id(), request.getWantsList().stream().map(Want::getSha256).toList());
    List<String> asked =
        request.getWantsList().stream()
            .filter(want -> served.get(want.getSha256()) == BodyKind.MANIFEST)
            .flatMap(want -> want.getHeldBasesList().stream())
            .toList();
    Set<String> bases =
        asked.isEmpty() ? Set.of() : queries.manifestsEverServed(cluster.id(), asked);
    List<Item> items = new ArrayList<>();
    for (Want want : request.getWantsList()) {
      BodyKind kind = served.get(want.getSha256());
      if (kind == null) {
        throw Refusal.of(
            Code.NOT_FOUND,
            "BODY_NOT_FOUND",
            "This cluster's envelope does not name " + want.getSha256() + ".",
            Map.of("sha256", want.getSha256()));
      }
      items.add(
          new Item(
              want.getSha256(),
              want.getOffset(),
              kind == BodyKind.MANIFEST
                  ? want.getHeldBasesList().stream()
                      .filter(base -> bases.contains(base) && !base.equals(want.getSha256()))
                      .toList()
                  : List.of()));
    }
    return new FetchPlan(items);
  }

  private static void check(FetchRequest request) {
    if (request.getWantsCount() > MAX_WANTS) {
      throw Refusal.badField(
          "LIMIT_EXCEEDED", "wants", "A fetch has at most " + MAX_WANTS + " wants.");
    }
    for (Want want : request.getWantsList()) {
      if (!DIGEST.matcher(want.getSha256()).matches()) {
        throw Refusal.badField(
            "DIGEST_MALFORMED", "wants.sha256", "A digest has 64 lower-case hexadecimal digits.");
      }
      if (want.getHeldBasesCount() > MAX_BASES) {
        throw Refusal.badField(
            "LIMIT_EXCEEDED", "wants.held_bases", "A want has at most " + MAX_BASES + " bases.");
      }
      if (want.getOffset() < 0) {
        throw offsetTooLarge();
      }
    }
  }

  static io.grpc.StatusRuntimeException offsetTooLarge() {
    return Refusal.badField(
        "OFFSET_OUT_OF_RANGE", "wants.offset", "An offset is beyond the end of the encoded form.");
  }
}
