package io.towline.hub.show;

import io.towline.fleet.v1.Condition;
import io.towline.hub.store.BundleView;
import io.towline.hub.store.ClusterView;
import io.towline.hub.store.TargetView;
import io.towline.hub.stream.ProtoTime;
import io.towline.vocabulary.Connection;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Remedy;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The conditions behind a status, as kstatus has them: Ready, Reconciling and Stalled say what to
 * expect, Healthy, Drifted and Connected say why. Derived from what the store holds. Pure.
 */
final class Conditions {
  /** Clocks that differ by more are shown as a problem. */
  private static final Duration MAX_SKEW = Duration.ofMinutes(5);

  private static final String TRUE = "True";
  private static final String FALSE = "False";
  private static final String UNKNOWN = "Unknown";

  private Conditions() {}

  static List<Condition> of(TargetView view) {
    Status status = view.status();
    Status known = view.lastKnownStatus();
    String reason =
        view.reason().isEmpty() ? Reason.RECONCILIATION_SUCCEEDED.word() : view.reason();
    String message = Messages.message(view);
    Optional<Instant> at = Optional.of(view.changedAt());
    boolean moving = status == Status.PROGRESSING;
    boolean stalled = status.rank() > Status.WAITING.rank() && needsSomeone(view.reason());
    List<Condition> conditions =
        new ArrayList<>(
            List.of(
                condition("Ready", ready(status), reason, message, at),
                condition("Reconciling", moving ? TRUE : FALSE, reason, moving ? message : "", at),
                condition("Stalled", stalled ? TRUE : FALSE, reason, stalled ? message : "", at),
                condition("Healthy", healthy(known), reason, "", at),
                condition("Drifted", known == Status.DRIFTED ? TRUE : FALSE, reason, "", at),
                connected(
                    view.connection(),
                    Reason.ofWord(reason)
                        .filter(Reason.CARRIED::equals)
                        .orElse(Reason.AGENT_PENDING))));
    if (!view.desiredSigner().isEmpty()) {
      // Only where the source asks for signatures: silence says that nobody looked.
      conditions.add(
          condition(
              "SourceVerified",
              TRUE,
              Reason.RECONCILIATION_SUCCEEDED.word(),
              "commit " + view.desiredCommit() + " is signed by " + view.desiredSigner(),
              Optional.empty()));
    }
    return List.copyOf(conditions);
  }

  static List<Condition> of(ClusterView view) {
    Optional<Reason> wrong = wrong(view);
    String message =
        view.refusal()
            .map(ClusterView.Refusal::message)
            .orElseGet(() -> wrong.map(Reason::explanation).orElse(""));
    String ready =
        view.connection() == Connection.OFFLINE || view.connection() == Connection.PENDING
            ? UNKNOWN
            : wrong.isPresent() ? FALSE : TRUE;
    return List.of(
        condition(
            "Ready",
            ready,
            wrong.orElse(Reason.RECONCILIATION_SUCCEEDED).word(),
            message,
            Optional.empty()),
        connected(view.connection(), pending(view)));
  }

  /** Why a cluster that has not called has not. */
  private static Reason pending(ClusterView view) {
    if (view.offline()) {
      return Reason.CARRIED;
    }
    return view.waits() ? Reason.ACCEPTANCE_PENDING : Reason.AGENT_PENDING;
  }

  static List<Condition> of(BundleView view) {
    String reason =
        view.reason()
            .orElse(
                view.status() == Status.READY
                    ? Reason.RECONCILIATION_SUCCEEDED.word()
                    : view.status().word());
    return List.of(
        condition(
            "Ready", ready(view.status()), reason, view.message(), Optional.of(view.updatedAt())));
  }

  /** What keeps a cluster from being as it should. */
  static Optional<Reason> wrong(ClusterView view) {
    if (view.refusal().isPresent()) {
      return Optional.of(
          Reason.ofWord(view.refusal().get().reason()).orElse(Reason.ENVELOPE_MALFORMED));
    }
    return switch (view.connection()) {
      case OFFLINE -> Optional.of(Reason.AGENT_OFFLINE);
      case PENDING -> Optional.of(pending(view));
      case ONLINE, LATE ->
          view.clockSkew()
              .filter(skew -> skew.abs().compareTo(MAX_SKEW) > 0)
              .map(skew -> Reason.CLOCK_SKEW);
    };
  }

  private static Condition connected(Connection connection, Reason pending) {
    return switch (connection) {
      case ONLINE, LATE ->
          condition(
              "Connected", TRUE, Reason.RECONCILIATION_SUCCEEDED.word(), "", Optional.empty());
      case OFFLINE -> disconnected(FALSE, Reason.AGENT_OFFLINE);
      case PENDING -> disconnected(FALSE, pending);
    };
  }

  private static Condition disconnected(String status, Reason reason) {
    return condition("Connected", status, reason.word(), reason.explanation(), Optional.empty());
  }

  private static String ready(Status status) {
    return switch (status) {
      case READY -> TRUE;
      case UNKNOWN -> UNKNOWN;
      case BLOCKED, FAILED, DEGRADED, DRIFTED, PROGRESSING, WAITING, SUSPENDED -> FALSE;
    };
  }

  private static String healthy(Status known) {
    return switch (known) {
      case READY, DRIFTED -> TRUE;
      case DEGRADED -> FALSE;
      case BLOCKED, FAILED, UNKNOWN, PROGRESSING, WAITING, SUSPENDED -> UNKNOWN;
    };
  }

  private static boolean needsSomeone(String reason) {
    return Reason.ofWord(reason)
        .map(Reason::remedy)
        .filter(remedy -> remedy == Remedy.CHANGE || remedy == Remedy.REFUSE)
        .isPresent();
  }

  private static Condition condition(
      String type, String status, String reason, String message, Optional<Instant> since) {
    Condition.Builder condition =
        Condition.newBuilder()
            .setType(type)
            .setStatus(status)
            .setReason(reason)
            .setMessage(message);
    since.ifPresent(at -> condition.setLastTransitionTime(ProtoTime.of(at)));
    return condition.build();
  }
}
