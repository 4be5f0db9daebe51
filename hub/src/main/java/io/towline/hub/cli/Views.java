package io.towline.hub.cli;

import com.google.protobuf.Timestamp;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Connection;
import io.towline.fleet.v1.Drift;
import io.towline.fleet.v1.Event;
import io.towline.fleet.v1.FieldChange;
import io.towline.fleet.v1.ObjectRef;
import io.towline.fleet.v1.Problem;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Target;
import io.towline.vocabulary.Status;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The columns of every kind, and the words that they share. */
final class Views {
  private static final int HASH_CHARACTERS = 7;

  /** Field changes of one divergence that a table shows. */
  private static final int FIELDS = 3;

  private final Terminal terminal;

  Views(Terminal terminal) {
    this.terminal = terminal;
  }

  View<?> of(Kind kind) {
    return switch (kind) {
      case CLUSTER -> clusters();
      case BUNDLE -> bundles();
      case TARGET -> targets();
      case SOURCE -> sources();
      case DRIFT -> drift();
      case EVENT -> events();
    };
  }

  private static String cordon(Cluster cluster) {
    if (!cluster.getCordoned()) {
      return "";
    }
    return cluster.getCordonReason().isEmpty() ? "yes" : cluster.getCordonReason();
  }

  View<Cluster> clusters() {
    return new View<>(
        Kind.CLUSTER,
        Cluster.class,
        cluster -> last(cluster.getName()),
        List.of(
            Column.of("NAME", cluster -> Cell.of(last(cluster.getName()))),
            Column.of("CONNECTION", this::connection),
            Column.of(
                "SEEN", cluster -> seen(cluster.hasLastSeenTime(), cluster.getLastSeenTime())),
            Column.of("TARGETS", cluster -> Cell.of(counts(cluster.getTargetsByStatusMap()))),
            Column.of(
                "SEQUENCE",
                cluster ->
                    Cell.of(
                        cluster.getHeldSequence() == cluster.getSequence()
                            ? Long.toString(cluster.getSequence())
                            : cluster.getHeldSequence() + " of " + cluster.getSequence())),
            Column.of("KUBERNETES", cluster -> Cell.of(cluster.getKubernetesVersion())),
            Column.of("LABELS", cluster -> Cell.of(labels(cluster.getLabelsMap()))),
            Column.wide("AGENT", cluster -> Cell.of(cluster.getAgentVersion())),
            Column.wide(
                "LAST SEEN",
                cluster -> absolute(cluster.hasLastSeenTime(), cluster.getLastSeenTime())),
            Column.wide(
                "EXPIRES",
                cluster ->
                    absolute(cluster.hasEnvelopeExpireTime(), cluster.getEnvelopeExpireTime())),
            Column.wide(
                "CERTIFICATE",
                cluster ->
                    absolute(
                        cluster.hasCertificateExpireTime(), cluster.getCertificateExpireTime())),
            Column.wide("CORDON", cluster -> Cell.of(cordon(cluster))),
            Column.wide("POOL", cluster -> Cell.of(last(cluster.getPool()))),
            Column.wide("UID", cluster -> Cell.of(cluster.getUid())),
            Column.wide(
                "RECIPIENT",
                cluster ->
                    Cell.of(cluster.getSealRecipientsList().stream().findFirst().orElse("")))));
  }

  View<Bundle> bundles() {
    return new View<>(
        Kind.BUNDLE,
        Bundle.class,
        bundle -> last(bundle.getName()),
        List.of(
            Column.of("NAME", bundle -> Cell.of(last(bundle.getName()))),
            Column.of("STATUS", bundle -> status(status(bundle.getStatus()))),
            Column.of("TARGETS", bundle -> Cell.of(counts(bundle.getTargetsByStatusMap()))),
            Column.of("SOURCE", bundle -> Cell.of(bundle.getSource())),
            Column.of("COMMIT", bundle -> Cell.of(hash(bundle.getCommit()))),
            Column.of("MESSAGE", bundle -> why(bundle.getReason(), bundle.getMessage())),
            Column.wide("PATH", bundle -> Cell.of(bundle.getPath())),
            Column.wide("REVISION", bundle -> Cell.of(bundle.getRevision())),
            Column.wide("LABELS", bundle -> Cell.of(labels(bundle.getLabelsMap())))));
  }

  View<Target> targets() {
    return new View<>(
        Kind.TARGET,
        Target.class,
        target -> TargetName.ofResource(target.getName()).toString(),
        List.of(
            Column.of(
                "TARGET", target -> Cell.of(TargetName.ofResource(target.getName()).toString())),
            Column.of("STATUS", target -> status(target)),
            Column.of(
                "OBJECTS",
                target -> Cell.of(target.getObjectsCurrent() + "/" + target.getObjects())),
            Column.of("REVISION", target -> Cell.of(revision(target))),
            Column.of(
                "OBSERVED", target -> seen(target.hasObservedTime(), target.getObservedTime())),
            Column.of("MESSAGE", Views::why),
            Column.wide("COMMIT", target -> Cell.of(hash(target.getDesiredCommit()))),
            Column.wide("SIGNER", target -> Cell.of(target.getDesiredSigner())),
            Column.wide("SEQUENCE", target -> Cell.of(target.getSequence())),
            Column.wide("MATCHED", target -> Cell.of(target.getMatchedTarget())),
            Column.wide(
                "OVERRIDES", target -> Cell.of(String.join(",", target.getMatchedOverridesList()))),
            Column.wide(
                "OBSERVED AT",
                target -> absolute(target.hasObservedTime(), target.getObservedTime()))));
  }

  View<Source> sources() {
    return new View<>(
        Kind.SOURCE,
        Source.class,
        source -> last(source.getName()),
        List.of(
            Column.of("NAME", source -> Cell.of(last(source.getName()))),
            Column.of("STATUS", source -> status(statusOf(source))),
            Column.of("REF", source -> Cell.of(source.getRef())),
            Column.of("COMMIT", source -> Cell.of(hash(source.getCommit()))),
            Column.of(
                "FETCHED",
                source -> seen(source.hasLastSuccessTime(), source.getLastSuccessTime())),
            Column.of("BUNDLES", source -> Cell.of(source.getBundles())),
            Column.of("PROBLEMS", source -> Cell.of(source.getProblemsCount())),
            Column.of("MESSAGE", Views::why),
            Column.wide("URL", source -> Cell.of(source.getUrl())),
            Column.wide("SIGNED", source -> Cell.of(source.getCommitsPolicy())),
            Column.wide("SIGNER", source -> Cell.of(source.getSigner())),
            Column.wide("REFUSED", source -> Cell.of(source.getRefusedCommit())),
            Column.wide(
                "TRIED",
                source -> absolute(source.hasLastAttemptTime(), source.getLastAttemptTime()))));
  }

  View<Drift> drift() {
    return new View<>(
        Kind.DRIFT,
        Drift.class,
        drift -> TargetName.ofResource(drift.getName()) + "/" + last(drift.getName()),
        List.of(
            Column.of("SEEN", drift -> seen(drift.hasObservedTime(), drift.getObservedTime())),
            Column.of(
                "TARGET", drift -> Cell.of(TargetName.ofResource(drift.getName()).toString())),
            Column.of("OBJECT", drift -> Cell.of(object(drift.getObject()))),
            Column.of("CHANGE", drift -> Cell.of(changes(drift))),
            Column.of("BY", drift -> Cell.of(or(drift.getManager(), "unknown"))),
            Column.of("ACTION", drift -> Cell.of(drift.getAction())),
            Column.of("MESSAGE", drift -> Cell.of(drift.getMessage())),
            Column.wide("OPERATION", drift -> Cell.of(drift.getOperation())),
            Column.wide(
                "CHANGED", drift -> absolute(drift.hasChangedTime(), drift.getChangedTime()))));
  }

  View<Event> events() {
    return new View<>(
        Kind.EVENT,
        Event.class,
        event -> last(event.getName()),
        List.of(
            Column.of("SEEN", event -> seen(event.hasTime(), event.getTime())),
            Column.of(
                "TYPE",
                event ->
                    Cell.of(
                        event.getType(),
                        event.getType().equals("Warning")
                            ? Terminal.Color.YELLOW
                            : Terminal.Color.NONE)),
            Column.of("REASON", event -> Cell.of(event.getReason())),
            Column.of("ON", event -> Cell.of(where(event))),
            Column.of("OBJECT", event -> Cell.of(object(event.getObject()))),
            Column.of("MESSAGE", event -> Cell.of(event.getMessage())),
            Column.wide("ACTION", event -> Cell.of(event.getAction())),
            Column.wide("FROM", event -> Cell.of(event.getSource())),
            Column.wide("TIME", event -> absolute(event.hasTime(), event.getTime()))));
  }

  /** The last part of a resource name. */
  static String last(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  static Optional<Status> status(io.towline.fleet.v1.Status status) {
    if (status == io.towline.fleet.v1.Status.UNRECOGNIZED) {
      return Optional.empty();
    }
    return Status.ofWord(ProtoJson.word(status.getValueDescriptor()));
  }

  /** A source is what its last attempt and its declarations are. */
  static Optional<Status> statusOf(Source source) {
    if (!source.getReason().isEmpty() || source.getProblemsCount() > 0) {
      return Optional.of(Status.FAILED);
    }
    return Optional.of(source.hasLastSuccessTime() ? Status.READY : Status.PROGRESSING);
  }

  /** {@code Unknown (last: Ready, 3h ago)}: what is not seen is never called Ready. */
  Cell status(Target target) {
    Optional<Status> status = status(target.getStatus());
    if (status.isPresent() && status.get() == Status.UNKNOWN && target.hasObservedTime()) {
      String last =
          status(target.getLastKnownStatus())
              .map(known -> "last: " + known.word() + ", ")
              .orElse("last seen ");
      String ago = terminal.age(ProtoJson.instant(target.getObservedTime())) + " ago";
      Cell plain = status(status);
      return Cell.of(plain.lines().getFirst() + " (" + last + ago + ")", plain.color());
    }
    return status(status);
  }

  Cell status(Optional<Status> status) {
    return status
        .map(known -> Cell.of(terminal.glyph(known) + " " + known.word(), Terminal.colorOf(known)))
        .orElse(Cell.of("-"));
  }

  /** A cluster that waits for a person is not heard of before, and says what lets it in. */
  private Cell connection(Cluster cluster) {
    return cluster.getWaitsForAcceptance()
        ? Cell.of(
            "Waiting: towline cluster accept " + last(cluster.getName()), Terminal.Color.YELLOW)
        : connection(cluster.getConnection());
  }

  Cell connection(Connection connection) {
    if (connection == Connection.UNRECOGNIZED || connection.getNumber() == 0) {
      return Cell.of("-");
    }
    return Cell.of(
        ProtoJson.word(connection.getValueDescriptor()),
        connection == Connection.CONNECTION_ONLINE ? Terminal.Color.GREEN : Terminal.Color.YELLOW);
  }

  /** {@code 3 Ready · 1 Failed}, worst last as a sentence reads: the many first. */
  String counts(Map<String, Integer> byStatus) {
    return Arrays.stream(Status.values())
        .sorted(Comparator.comparingInt(Status::rank))
        .filter(status -> byStatus.getOrDefault(status.word(), 0) > 0)
        .map(status -> byStatus.get(status.word()) + " " + status.word())
        .collect(Collectors.joining(terminal.sign(" · ", ", ")));
  }

  static String labels(Map<String, String> labels) {
    return new TreeMap<>(labels)
        .entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining(","));
  }

  static String object(ObjectRef ref) {
    if (ref.getKind().isEmpty()) {
      return "";
    }
    String place = ref.getNamespace().isEmpty() ? "" : ref.getNamespace() + "/";
    return ref.getKind() + " " + place + ref.getName();
  }

  static String hash(String commit) {
    return commit.length() > HASH_CHARACTERS ? commit.substring(0, HASH_CHARACTERS) : commit;
  }

  /** Why a source is not read as it should be: its own reason, else its first problem. */
  static Cell why(Source source) {
    if (!source.getReason().isEmpty() || source.getProblemsCount() == 0) {
      return why(source.getReason(), source.getMessage());
    }
    int more = source.getProblemsCount() - 1;
    return Cell.of(problem(source.getProblems(0)) + (more > 0 ? ", and " + more + " more" : ""));
  }

  /** As compilers write it, so that editors can jump there. */
  static String problem(Problem problem) {
    String place = problem.getLine() > 0 ? ":" + problem.getLine() + ":" + problem.getColumn() : "";
    String field = problem.getField().isEmpty() ? "" : problem.getField() + ": ";
    return Cell.plain(
        problem.getFile()
            + place
            + ": "
            + problem.getReason()
            + ": "
            + field
            + problem.getMessage());
  }

  /** Why a target is as it is: a reason that only repeats the status says nothing. */
  static Cell why(Target target) {
    boolean repeated =
        status(target.getStatus()).map(Status::word).equals(Optional.of(target.getReason()));
    return why(repeated ? "" : target.getReason(), target.getMessage());
  }

  static Cell why(String reason, String message) {
    return Cell.of(
        reason.isEmpty() || message.isEmpty() ? reason + message : reason + ": " + message);
  }

  List<String> changes(Drift drift) {
    if (drift.getFieldsCount() == 0) {
      return List.of(drift.getOperation().equals("Delete") ? "deleted" : drift.getOperation());
    }
    List<String> lines = new ArrayList<>();
    for (FieldChange field :
        drift.getFieldsList().subList(0, Math.min(FIELDS, drift.getFieldsCount()))) {
      lines.add(
          field.getPath()
              + " "
              + or(field.getOldValue(), "none")
              + terminal.sign(" → ", " -> ")
              + or(field.getNewValue(), "none"));
    }
    if (drift.getFieldsCount() > FIELDS) {
      lines.add("and " + (drift.getFieldsCount() - FIELDS) + " more");
    }
    return lines;
  }

  Cell seen(boolean known, Timestamp time) {
    return Cell.of(known ? terminal.age(ProtoJson.instant(time)) : "never");
  }

  static Cell absolute(boolean known, Timestamp time) {
    return Cell.of(known ? atSeconds(ProtoJson.instant(time)) : "");
  }

  /** RFC 3339 in UTC, without the fractions that only programs read. */
  static String atSeconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private String revision(Target target) {
    String applied = or(target.getAppliedRevision(), "none");
    boolean same =
        target.getDesiredRevision().isEmpty()
            || target.getDesiredRevision().equals(target.getAppliedRevision());
    return same ? applied : applied + terminal.sign(" → ", " -> ") + target.getDesiredRevision();
  }

  private static String where(Event event) {
    String cluster = last(event.getCluster());
    String bundle = last(event.getBundle());
    if (bundle.isEmpty() || cluster.isEmpty()) {
      return bundle + cluster;
    }
    return new TargetName(bundle, cluster).toString();
  }

  private static String or(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }
}
