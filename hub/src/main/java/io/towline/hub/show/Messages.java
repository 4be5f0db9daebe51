package io.towline.hub.show;

import io.towline.envelope.Digest;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Drift;
import io.towline.fleet.v1.Event;
import io.towline.fleet.v1.FieldChange;
import io.towline.fleet.v1.ObjectProblem;
import io.towline.fleet.v1.ObjectRef;
import io.towline.fleet.v1.Problem;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Target;
import io.towline.hub.store.BundleView;
import io.towline.hub.store.ClusterView;
import io.towline.hub.store.DriftView;
import io.towline.hub.store.EventView;
import io.towline.hub.store.SourceView;
import io.towline.hub.store.TargetView;
import io.towline.hub.stream.ProtoTime;
import io.towline.vocabulary.Connection;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;

/** Turns what the store holds into the messages of the people's API. Pure. */
final class Messages {
  private Messages() {}

  static io.towline.fleet.v1.Status status(Status status) {
    return io.towline.fleet.v1.Status.valueOf("STATUS_" + status.name());
  }

  static io.towline.fleet.v1.Connection connection(Connection connection) {
    return io.towline.fleet.v1.Connection.valueOf("CONNECTION_" + connection.name());
  }

  static Target target(TargetView view) {
    Target.Builder target =
        Target.newBuilder()
            .setName(ResourceNames.target(view.bundle(), view.cluster()))
            .setStatus(status(view.status()))
            .setDesiredRevision(view.desiredRevision())
            .setDesiredCommit(view.desiredCommit())
            .setDesiredSigner(view.desiredSigner())
            .setAppliedRevision(view.appliedRevision())
            .setEnvelopeDigest(view.envelopeDigest())
            .setSequence(view.sequence())
            .setMatchedTarget(view.matchedTarget())
            .addAllMatchedOverrides(view.matchedOverrides())
            .setReason(view.reason())
            .setMessage(message(view))
            .setNextStep(nextStep(view.reason()))
            .setObjects(view.objects())
            .setObjectsCurrent(view.objectsCurrent())
            .putAllClusterLabels(view.clusterLabels())
            .addAllConditions(Conditions.of(view));
    view.observedAt().ifPresent(at -> target.setObservedTime(ProtoTime.of(at)));
    if (view.status() == Status.UNKNOWN) {
      target.setLastKnownStatus(status(view.lastKnownStatus()));
    }
    for (TargetView.StoredProblem problem : view.problems()) {
      target.addProblems(
          ObjectProblem.newBuilder()
              .setObject(
                  object(problem.apiVersion(), problem.kind(), problem.namespace(), problem.name()))
              .setReason(problem.reason())
              .setMessage(problem.message()));
    }
    return target.setEtag(Digest.of(target.build().toByteArray()).shortHex()).build();
  }

  /** What is said of the status shown; of the last known one only while that is shown. */
  static String message(TargetView view) {
    boolean overridden = view.status() != view.lastKnownStatus();
    return overridden
        ? Reason.ofWord(view.reason()).map(Reason::explanation).orElse(view.message())
        : view.message();
  }

  static Cluster cluster(ClusterView view) {
    Cluster.Builder cluster =
        Cluster.newBuilder()
            .setName(ResourceNames.cluster(view.name()))
            .setUid(view.id().toString())
            .putAllLabels(view.labels())
            .setLabelsFromGit(view.labelsFromGit())
            .setConnection(connection(view.connection()))
            .setAgentVersion(view.agentVersion().orElse(""))
            .setKubernetesVersion(view.kubernetesVersion().orElse(""))
            .setHeldSequence(view.heldSequence())
            .setCreateTime(ProtoTime.of(view.createdAt()))
            .putAllTargetsByStatus(view.targets())
            .addAllSealRecipients(view.sealRecipients())
            .setPool(view.pool().map(ResourceNames::pool).orElse(""))
            .setWaitsForAcceptance(view.waits())
            .setNextStep(Conditions.wrong(view).map(Reason::nextStep).orElse(""))
            .setOffline(view.offline())
            .addAllConditions(Conditions.of(view));
    view.lastSeenAt().ifPresent(at -> cluster.setLastSeenTime(ProtoTime.of(at)));
    view.certificateExpiresAt().ifPresent(at -> cluster.setCertificateExpireTime(ProtoTime.of(at)));
    view.cordon().ifPresent(why -> cluster.setCordoned(true).setCordonReason(why));
    view.clockSkew().ifPresent(skew -> cluster.setClockSkew(ProtoTime.of(skew)));
    view.newest()
        .ifPresent(
            newest ->
                cluster
                    .setSequence(newest.sequence())
                    .setEnvelopeExpireTime(ProtoTime.of(newest.expiresAt())));
    return cluster.build();
  }

  static Bundle bundle(BundleView view) {
    return Bundle.newBuilder()
        .setName(ResourceNames.bundle(view.name()))
        .setSource(ResourceNames.source(view.source()))
        .setPath(view.path())
        .setCommit(view.commit())
        .setRevision(view.revision())
        .putAllLabels(view.labels())
        .setStatus(status(view.status()))
        .setReason(view.reason().orElse(""))
        .setMessage(view.message())
        .setNextStep(nextStep(view.reason().orElse("")))
        .putAllTargetsByStatus(view.targets())
        .addAllConditions(Conditions.of(view))
        .build();
  }

  static Source source(SourceView view) {
    Source.Builder source =
        Source.newBuilder()
            .setName(ResourceNames.source(view.name()))
            .setUrl(view.url())
            .setRef(view.ref())
            .setCommit(view.commit().orElse(""))
            .setReason(view.reason().orElse(""))
            .setMessage(view.message())
            .setSigner(view.signer())
            .setCommitsPolicy(view.commitsPolicy())
            .setRefusedCommit(view.refusedCommit())
            .setBundles(view.bundles());
    view.lastSuccessAt().ifPresent(at -> source.setLastSuccessTime(ProtoTime.of(at)));
    view.lastAttemptAt().ifPresent(at -> source.setLastAttemptTime(ProtoTime.of(at)));
    for (SourceView.StoredProblem problem : view.problems()) {
      source.addProblems(
          Problem.newBuilder()
              .setBundle(problem.bundle())
              .setFile(problem.file())
              .setLine(problem.line())
              .setColumn(problem.column())
              .setField(problem.field())
              .setReason(problem.reason())
              .setMessage(problem.message()));
    }
    return source.build();
  }

  static Drift drift(DriftView view) {
    Drift.Builder drift =
        Drift.newBuilder()
            .setName(ResourceNames.drift(view.bundle(), view.cluster(), view.id()))
            .setObject(object(view.apiVersion(), view.kind(), view.namespace(), view.name()))
            .setOperation(view.operation())
            .setManager(view.manager())
            .setChangedTime(ProtoTime.of(view.changedAt()))
            .setObservedTime(ProtoTime.of(view.observedAt()))
            .setAction(view.action())
            .setMessage(view.message());
    for (DriftView.Change change : view.fields()) {
      drift.addFields(
          FieldChange.newBuilder()
              .setPath(change.path())
              .setOldValue(change.oldValue())
              .setNewValue(change.newValue()));
    }
    return drift.build();
  }

  static Event event(EventView view) {
    Event.Builder event =
        Event.newBuilder()
            .setName(ResourceNames.event(view.id()))
            .setType(view.type())
            .setReason(view.reason())
            .setAction(view.action())
            .setBundle(view.bundle())
            .setCluster(view.cluster())
            .setMessage(view.message())
            .setTime(ProtoTime.of(view.at()))
            .setSource(view.origin());
    if (!view.kind().isEmpty()) {
      event.setObject(object(view.apiVersion(), view.kind(), view.namespace(), view.name()));
    }
    return event.build();
  }

  /** What to do about a reason; empty for none. */
  static String nextStep(String reason) {
    return Reason.ofWord(reason).map(Reason::nextStep).orElse("");
  }

  private static ObjectRef object(String apiVersion, String kind, String namespace, String name) {
    return ObjectRef.newBuilder()
        .setApiVersion(apiVersion)
        .setKind(kind)
        .setNamespace(namespace)
        .setName(name)
        .build();
  }
}
