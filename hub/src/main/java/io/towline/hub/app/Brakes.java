package io.towline.hub.app;

import io.towline.hub.resolve.ClusterFacts;
import io.towline.hub.rollout.Brake;
import io.towline.hub.rollout.ChangeWindows;
import io.towline.hub.rollout.Hold;
import io.towline.hub.store.Suspension;
import io.towline.vocabulary.Reason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What people and windows hold back of the fleet during one pass: a suspension first, since it
 * holds more than a cordon or a window does.
 *
 * @param suspended all that hold now
 * @param cordons why clusters are cordoned, by their ids
 * @param windows for new revisions, of the bundles that have any
 * @param correctionWindows for corrections, of the bundles that have any
 * @param now when the pass began
 */
record Brakes(
    List<Suspension> suspended,
    Map<UUID, String> cordons,
    Map<String, ChangeWindows> windows,
    Map<String, ChangeWindows> correctionWindows,
    Instant now) {
  Brakes {
    suspended = List.copyOf(suspended);
    cordons = Map.copyOf(cordons);
    windows = Map.copyOf(windows);
    correctionWindows = Map.copyOf(correctionWindows);
  }

  /** What holds one target back; empty if nothing does. */
  Optional<Brake> of(String bundle, ClusterFacts cluster) {
    List<Suspension> of =
        suspended.stream().filter(one -> one.covers(bundle, cluster.name())).toList();
    return of.isEmpty()
        ? Optional.ofNullable(cordons.get(cluster.id()))
            .map(Brakes::cordon)
            .or(() -> window(bundle))
        : Optional.of(suspension(of));
  }

  /** What an agent does not bring back for now, though it applies what is new. */
  Optional<io.towline.envelope.Suspension> uncorrected(String bundle) {
    return Optional.ofNullable(correctionWindows.get(bundle))
        .flatMap(windows -> windows.uncorrected(bundle, now));
  }

  /** When the next of them begins or ends by itself, as far as that has to be told. */
  Optional<Instant> next() {
    return Stream.of(
            suspended.stream().flatMap(one -> one.until().stream()),
            windows.values().stream()
                .filter(one -> !one.isOpen(now))
                .flatMap(one -> one.nextOpening(now).stream()),
            correctionWindows.values().stream()
                .flatMap(
                    one ->
                        (one.isOpen(now) ? one.nextClosing(now) : one.nextOpening(now)).stream()))
        .flatMap(times -> times)
        .min(Instant::compareTo);
  }

  private Optional<Brake> window(String bundle) {
    return Optional.ofNullable(windows.get(bundle))
        .flatMap(one -> one.hold("New revisions", now))
        .map(Brake.Changes::new);
  }

  /** Several of one target hold until the last of them ends. */
  private static Brake suspension(List<Suspension> of) {
    String why = of.stream().map(Suspension::sentence).collect(Collectors.joining(" "));
    boolean endless = of.stream().anyMatch(one -> one.until().isEmpty());
    return new Brake.Everything(
        new Hold(Reason.SUSPENDED, why),
        endless
            ? Optional.empty()
            : of.stream().flatMap(one -> one.until().stream()).max(Instant::compareTo));
  }

  private static Brake cordon(String why) {
    return new Brake.Changes(
        new Hold(
            Reason.CORDONED,
            why.isEmpty() ? Reason.CORDONED.explanation() : "The cluster is cordoned: " + why));
  }
}
