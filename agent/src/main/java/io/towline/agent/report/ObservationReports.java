package io.towline.agent.report;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.towline.agent.observe.Observation;
import io.towline.agent.observe.ObservationSink;
import io.towline.agent.v1.DeletionReport;
import io.towline.agent.v1.DriftReport;
import io.towline.agent.v1.FieldChange;
import io.towline.agent.v1.ObjectProblem;
import io.towline.agent.v1.ObjectRef;
import io.towline.agent.v1.TargetRemoved;
import io.towline.agent.v1.TargetReport;
import io.towline.envelope.Digest;
import io.towline.vocabulary.Reason;
import java.time.Instant;

/** Says in the words of the API what was observed, and puts it into the queue. Thread-safe. */
public final class ObservationReports implements ObservationSink {
  /** Characters of a JSON pointer that a report carries. */
  private static final int MAX_PATH = 512;

  private static final int MAX_PROBLEM_MESSAGE = 1_024;

  private final ReportQueue queue;

  public ObservationReports(ReportQueue queue) {
    this.queue = queue;
  }

  @Override
  public void accept(Observation observation) {
    switch (observation) {
      case Observation.TargetState state -> queue.target(target(state));
      case Observation.TargetGone gone ->
          queue.targetRemoved(
              TargetRemoved.newBuilder()
                  .setBundle(gone.bundle())
                  .setObservedTime(time(gone.observed()))
                  .build());
      case Observation.Drift drift -> queue.drift(drift(drift));
      case Observation.DeletionDone done ->
          queue.deletion(
              DeletionReport.newBuilder()
                  .setBundle(done.deletion().bundle())
                  .setObject(ref(done.deletion().ref()))
                  .setSince(done.deletion().since())
                  .build());
    }
  }

  private static TargetReport target(Observation.TargetState state) {
    TargetReport.Builder report =
        TargetReport.newBuilder()
            .setBundle(state.bundle())
            .setAppliedManifestSha256(state.appliedManifest().map(Digest::hex).orElse(""))
            .setStatus(state.status().word())
            .setReason(state.reason().map(Reason::word).orElse(""))
            .setMessage(state.message())
            .setObjects(state.objects())
            .setObjectsCurrent(state.current())
            .setObservedTime(time(state.observed()))
            .setSequence(state.sequence())
            .setDesiredManifestSha256(state.desiredManifest().hex());
    for (io.towline.agent.apply.ObjectProblem problem : state.problems()) {
      report.addProblems(
          ObjectProblem.newBuilder()
              .setObject(ref(problem.object()))
              .setReason(problem.reason().word())
              .setMessage(shortened(problem.message(), MAX_PROBLEM_MESSAGE)));
    }
    return report.build();
  }

  private static DriftReport drift(Observation.Drift drift) {
    DriftReport.Builder report =
        DriftReport.newBuilder()
            .setId(drift.id())
            .setBundle(drift.bundle())
            .setObject(ref(drift.object()))
            .setOperation(drift.operation().word())
            .setManager(drift.manager())
            .setChangedTime(time(drift.changed()))
            .setObservedTime(time(drift.observed()))
            .setAction(
                switch (drift.action()) {
                  case CORRECTED -> DriftReport.Action.ACTION_CORRECTED;
                  case REPORTED -> DriftReport.Action.ACTION_REPORTED;
                  case FAILED -> DriftReport.Action.ACTION_FAILED;
                  case RESOLVED -> DriftReport.Action.ACTION_RESOLVED;
                })
            .setMessage(drift.message());
    for (Observation.FieldChange field : drift.fields()) {
      report.addFields(
          FieldChange.newBuilder()
              .setPath(shortened(field.path(), MAX_PATH))
              .setOldValue(field.old())
              .setNewValue(field.found()));
    }
    return report.build();
  }

  private static ObjectRef ref(io.towline.envelope.ObjectRef ref) {
    return ObjectRef.newBuilder()
        .setApiVersion(ref.apiVersion())
        .setKind(ref.kind())
        .setNamespace(ref.namespace())
        .setName(ref.name())
        .build();
  }

  private static Timestamp time(Instant instant) {
    return Timestamps.fromMillis(instant.toEpochMilli());
  }

  private static String shortened(String text, int limit) {
    return text.length() <= limit ? text : text.substring(0, limit - 1) + "…";
  }
}
