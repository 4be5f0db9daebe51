package io.towline.hub.rollout;

import io.towline.envelope.Suspension;
import io.towline.hub.resolve.ChangeWindow;
import io.towline.vocabulary.Reason;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When a bundle may have new revisions, or be corrected: while no window keeps back, and one lets
 * through or there is none that does. Pure.
 */
public record ChangeWindows(List<ChangeWindow> windows) {
  /** Beginnings and ends that are looked at for the next opening. */
  private static final int MAX_CHANGES = 1_000;

  private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm");

  public ChangeWindows {
    windows = List.copyOf(windows);
  }

  /** Whether it may. */
  public boolean isOpen(Instant now) {
    boolean kept = windows.stream().anyMatch(one -> !one.allows() && holds(one, now));
    boolean restricted = windows.stream().anyMatch(ChangeWindow::allows);
    return !kept
        && (!restricted || windows.stream().anyMatch(one -> one.allows() && holds(one, now)));
  }

  /** When it may next: now, if it may; empty: never, as far as can be seen. */
  public Optional<Instant> nextOpening(Instant now) {
    return next(now, true);
  }

  /** When it may next not: now, if it may not; empty: never, as far as can be seen. */
  public Optional<Instant> nextClosing(Instant now) {
    return next(now, false);
  }

  private Optional<Instant> next(Instant now, boolean open) {
    Optional<Instant> at = Optional.of(now);
    for (int i = 0; i < MAX_CHANGES && at.isPresent() && isOpen(at.get()) != open; i++) {
      at = at.flatMap(this::nextChange);
    }
    return at.filter(time -> isOpen(time) == open);
  }

  /**
   * Why something waits; empty while it need not.
   *
   * @param what waits, as {@code New revisions}
   */
  public Optional<Hold> hold(String what, Instant now) {
    if (isOpen(now)) {
      return Optional.empty();
    }
    return Optional.of(
        new Hold(
            Reason.AWAITING_WINDOW,
            nextOpening(now)
                .map(at -> what + " wait for the change window, which opens " + told(at))
                .orElse(what + " wait for a change window, and none is in sight.")));
  }

  /**
   * What an agent is told while corrections wait, with their end: it goes by what it was told,
   * whatever its zone.
   */
  public Optional<Suspension> uncorrected(String bundle, Instant now) {
    return hold("Corrections", now)
        .map(
            hold ->
                new Suspension(
                    bundle, Suspension.Extent.CORRECTIONS, hold.message(), nextOpening(now)));
  }

  private String told(Instant at) {
    ZoneId zone = windows.getFirst().zone();
    return LOCAL.format(at.atZone(zone))
        + " "
        + zone
        + " ("
        + at.truncatedTo(ChronoUnit.SECONDS)
        + ").";
  }

  private static boolean holds(ChangeWindow window, Instant now) {
    return window
        .schedule()
        .next(now.minus(window.duration()), window.zone())
        .filter(start -> !start.isAfter(now))
        .isPresent();
  }

  /** The first beginning or end after a time. */
  private Optional<Instant> nextChange(Instant after) {
    return windows.stream()
        .flatMap(
            window ->
                Stream.concat(
                    window.schedule().next(after, window.zone()).stream(),
                    window
                        .schedule()
                        .next(after.minus(window.duration()), window.zone())
                        .map(start -> start.plus(window.duration()))
                        .stream()))
        .min(Instant::compareTo);
  }
}
