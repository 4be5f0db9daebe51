package io.towline.hub.show;

import io.towline.fleet.v1.WatchRequest;
import io.towline.hub.store.Filter;
import io.towline.hub.stream.Refusal;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a watch shows.
 *
 * @param filter of its one type; everything, if there are several
 * @param resumeAfter the change after which it goes on; empty: from a snapshot
 */
record WatchQuery(Set<WatchType> types, Filter filter, OptionalLong resumeAfter) {
  WatchQuery {
    types = Set.copyOf(types);
  }

  /**
   * Reads a request.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT
   */
  static WatchQuery of(WatchRequest request) {
    Set<WatchType> types = EnumSet.noneOf(WatchType.class);
    for (String word : request.getTypesList()) {
      types.add(
          Arrays.stream(WatchType.values())
              .filter(type -> type.word().equals(word))
              .findFirst()
              .orElseThrow(() -> unknown(word)));
    }
    if (types.isEmpty()) {
      types = EnumSet.of(WatchType.CLUSTER, WatchType.BUNDLE, WatchType.TARGET);
    }
    if (!request.getFilter().isBlank() && types.size() != 1) {
      throw Refusal.badField(
          "FILTER_INVALID", "filter", "A filter is of one type: name that one in types.");
    }
    Filter filter =
        request.getFilter().isBlank()
            ? Filter.ALL
            : Listing.filter(request.getFilter(), types.iterator().next().fields());
    return new WatchQuery(types, filter, resume(request.getResumeToken()));
  }

  private static OptionalLong resume(String token) {
    if (token.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long id = Long.parseLong(token);
      if (id >= 0) {
        return OptionalLong.of(id);
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw Refusal.badField(
        "RESUME_TOKEN_INVALID", "resume_token", "This is no token that a watch gave.");
  }

  private static io.grpc.StatusRuntimeException unknown(String word) {
    return Refusal.badField(
        "TYPE_UNKNOWN",
        "types",
        "There is no type \""
            + (word.length() > 32 ? word.substring(0, 32) : word)
            + "\": "
            + Arrays.stream(WatchType.values())
                .map(WatchType::word)
                .collect(Collectors.joining(", "))
            + ".");
  }
}
