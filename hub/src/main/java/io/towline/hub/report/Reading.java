package io.towline.hub.report;

import com.google.protobuf.Timestamp;
import io.towline.agent.v1.DriftReport;
import io.towline.agent.v1.EnvelopeVerdict;
import io.towline.agent.v1.EventReport;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.v1.TargetReport;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.ObjectRef;
import io.towline.hub.store.DriftLog;
import io.towline.hub.store.DriftLog.Drift;
import io.towline.hub.store.Events.Event;
import io.towline.hub.store.Events.Origin;
import io.towline.hub.store.Judge.Refusal;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Reports.Deleted;
import io.towline.hub.store.Reports.DriftSaid;
import io.towline.hub.store.Reports.EventSaid;
import io.towline.hub.store.Reports.Item;
import io.towline.hub.store.Reports.TargetGone;
import io.towline.hub.store.Reports.TargetSaid;
import io.towline.hub.store.Reports.VerdictSaid;
import io.towline.hub.store.TargetState.ObjectProblem;
import io.towline.hub.store.TargetState.Reported;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads one item of a report. Texts are cut to their limits, controls in them become spaces, and an
 * item that cannot be understood is left out: empty. Pure.
 */
final class Reading {
  /** Characters of a message, as the API states in bytes. */
  static final int MAX_MESSAGE = 2_048;

  /** Problems of one target. */
  static final int MAX_PROBLEMS = 20;

  /** Fields of one divergence. */
  static final int MAX_FIELDS = 50;

  /** Characters of one field's value or path. */
  static final int MAX_VALUE = 1_024;

  private static final int MAX_ID = 64;
  private static final int MAX_MANAGER = 128;
  private static final int MAX_ACTION = 16;
  private static final int MAX_BUNDLE = 63;
  private static final int MAX_API_VERSION = 317;
  private static final int MAX_KIND = 63;
  private static final int MAX_NAME = 253;
  private static final Set<String> OPERATIONS = Set.of("Update", "Delete", "Apply");

  /** An agent whose clock runs ahead cannot date its words into the future. */
  private final Instant now;

  private final KnownCluster cluster;

  Reading(KnownCluster cluster, Instant now) {
    this.cluster = cluster;
    this.now = now;
  }

  /** The item in the store's terms; empty if it cannot be understood. */
  Optional<Item> item(ReportItem item) {
    return switch (item.getItemCase()) {
      case TARGET -> target(item.getTarget());
      case TARGET_REMOVED -> bundle(item.getTargetRemoved().getBundle()).map(TargetGone::new);
      case DRIFT -> drift(item.getDrift());
      case EVENT -> event(item.getEvent());
      case VERDICT -> verdict(item.getVerdict());
      case DELETION -> {
        Optional<ObjectRef> object = object(item.getDeletion().getObject());
        long since = item.getDeletion().getSince();
        yield object.isPresent() && since >= 1
            ? bundle(item.getDeletion().getBundle())
                .map(bundle -> new Deleted(new Deletion(bundle, object.get(), since)))
            : Optional.empty();
      }
      case ITEM_NOT_SET -> Optional.empty();
    };
  }

  private Optional<Item> target(TargetReport report) {
    Optional<String> bundle = bundle(report.getBundle());
    Optional<Status> status = Status.ofWord(report.getStatus());
    if (bundle.isEmpty() || status.isEmpty() || !sound(report)) {
      return Optional.empty();
    }
    List<ObjectProblem> problems =
        report.getProblemsList().stream()
            .limit(MAX_PROBLEMS)
            .flatMap(
                problem ->
                    object(problem.getObject()).stream()
                        .map(
                            object ->
                                new ObjectProblem(
                                    object,
                                    text(problem.getReason(), MAX_ID),
                                    text(problem.getMessage(), MAX_MESSAGE))))
            .toList();
    return Optional.of(
        new TargetSaid(
            bundle.get(),
            new Reported(
                status.get(),
                reason(report.getReason()),
                text(report.getMessage(), MAX_MESSAGE),
                digest(report.getDesiredManifestSha256()),
                digest(report.getAppliedManifestSha256()),
                problems,
                report.getObjects(),
                report.getObjectsCurrent(),
                time(report.getObservedTime()))));
  }

  private static boolean sound(TargetReport report) {
    return report.getObjects() >= 0
        && report.getObjectsCurrent() >= 0
        && isDigestOrEmpty(report.getAppliedManifestSha256())
        && isDigestOrEmpty(report.getDesiredManifestSha256());
  }

  private Optional<Item> drift(DriftReport report) {
    Optional<String> bundle = bundle(report.getBundle());
    Optional<ObjectRef> object = object(report.getObject());
    Optional<DriftLog.Action> action =
        switch (report.getAction()) {
          case ACTION_CORRECTED -> Optional.of(DriftLog.Action.CORRECTED);
          case ACTION_REPORTED -> Optional.of(DriftLog.Action.REPORTED);
          case ACTION_FAILED -> Optional.of(DriftLog.Action.FAILED);
          case ACTION_RESOLVED -> Optional.of(DriftLog.Action.RESOLVED);
          case ACTION_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
        };
    if (bundle.isEmpty() || object.isEmpty() || action.isEmpty() || !isId(report.getId())) {
      return Optional.empty();
    }
    List<DriftLog.Field> fields =
        report.getFieldsList().stream()
            .limit(MAX_FIELDS)
            .map(
                field ->
                    new DriftLog.Field(
                        text(field.getPath(), MAX_VALUE),
                        text(field.getOldValue(), MAX_VALUE),
                        text(field.getNewValue(), MAX_VALUE)))
            .toList();
    return Optional.of(
        new DriftSaid(
            new Drift(
                report.getId(),
                bundle.get(),
                object.get(),
                OPERATIONS.contains(report.getOperation()) ? report.getOperation() : "",
                text(report.getManager(), MAX_MANAGER),
                fields,
                time(report.getChangedTime()),
                time(report.getObservedTime()),
                action.get(),
                text(report.getMessage(), MAX_MESSAGE))));
  }

  private Optional<Item> event(EventReport report) {
    Optional<Reason> reason = Reason.ofWord(report.getReason());
    boolean known = report.getType().equals("Normal") || report.getType().equals("Warning");
    if (reason.isEmpty() || !known || !isId(report.getId())) {
      return Optional.empty();
    }
    return Optional.of(
        new EventSaid(
            new Event(
                report.getId(),
                Origin.AGENT,
                Optional.of(cluster.id()),
                report.getType().equals("Warning"),
                reason.get(),
                text(report.getAction(), MAX_ACTION),
                text(report.getBundle(), MAX_BUNDLE),
                object(report.getObject()),
                text(report.getMessage(), MAX_MESSAGE),
                time(report.getTime()))));
  }

  private static Optional<Item> verdict(EnvelopeVerdict verdict) {
    long epoch = verdict.getPosition().getEpoch();
    long sequence = verdict.getPosition().getSequence();
    if (epoch < 0 || sequence < 0) {
      return Optional.empty();
    }
    Optional<Refusal> refusal =
        verdict.getAccepted()
            ? Optional.empty()
            : Optional.of(
                new Refusal(
                    reason(verdict.getReason()).orElse(Reason.INTERNAL),
                    text(verdict.getMessage(), MAX_MESSAGE),
                    sequence));
    return Optional.of(new VerdictSaid(epoch, sequence, refusal));
  }

  /**
   * A word that this hub does not know, as of a newer agent, is not lost but stands as Internal.
   */
  private static Optional<Reason> reason(String word) {
    return word.isEmpty()
        ? Optional.empty()
        : Optional.of(Reason.ofWord(word).orElse(Reason.INTERNAL));
  }

  private static Optional<String> bundle(String name) {
    return name.isEmpty() || name.length() > MAX_BUNDLE || !isPlain(name)
        ? Optional.empty()
        : Optional.of(name);
  }

  private static Optional<ObjectRef> object(io.towline.agent.v1.ObjectRef ref) {
    boolean fits =
        fits(ref.getApiVersion(), MAX_API_VERSION)
            && fits(ref.getKind(), MAX_KIND)
            && fits(ref.getName(), MAX_NAME)
            && ref.getNamespace().length() <= MAX_BUNDLE
            && isPlain(ref.getNamespace());
    return fits
        ? Optional.of(
            new ObjectRef(ref.getApiVersion(), ref.getKind(), ref.getNamespace(), ref.getName()))
        : Optional.empty();
  }

  private static boolean fits(String text, int max) {
    return !text.isEmpty() && text.length() <= max && isPlain(text);
  }

  private static boolean isId(String text) {
    return fits(text, MAX_ID);
  }

  private static boolean isPlain(String text) {
    return text.codePoints().noneMatch(point -> point == ' ' || isObeyed(point));
  }

  private static boolean isDigestOrEmpty(String hex) {
    return hex.isEmpty() || hex.matches("[0-9a-f]{64}");
  }

  private static Optional<Digest> digest(String hex) {
    return hex.isEmpty() ? Optional.empty() : Optional.of(new Digest(hex));
  }

  /**
   * What an agent says in words of its own, as it may be stored and shown: at most so long, and
   * without what would let it write into logs and terminals. Lines may end.
   */
  static String text(String text, int max) {
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .limit(max)
        .forEach(point -> clean.appendCodePoint(isObeyed(point) && point != '\n' ? ' ' : point));
    // A character beyond the first plane takes two.
    clean.setLength(Math.min(clean.length(), max));
    return clean.toString();
  }

  /**
   * What terminals and browsers obey instead of showing it: controls of both ranges, marks that
   * turn the direction of text, and halves of characters.
   */
  private static boolean isObeyed(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL, Character.FORMAT, Character.SURROGATE -> true;
      default -> false;
    };
  }

  private Instant time(Timestamp timestamp) {
    try {
      Instant said = Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
      boolean usable = said.isAfter(Instant.EPOCH) && said.isBefore(now);
      return usable ? said : now;
    } catch (DateTimeException | ArithmeticException e) {
      return now;
    }
  }
}
