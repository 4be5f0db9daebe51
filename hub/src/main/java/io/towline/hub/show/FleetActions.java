package io.towline.hub.show;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import io.towline.envelope.Digest;
import io.towline.fleet.v1.AddClusterRequest;
import io.towline.fleet.v1.AddClusterResponse;
import io.towline.fleet.v1.AgentChart;
import io.towline.fleet.v1.ApproveSourceRequest;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.CordonClusterRequest;
import io.towline.fleet.v1.Envelope;
import io.towline.fleet.v1.GetEnvelopeRequest;
import io.towline.fleet.v1.RemoveClusterRequest;
import io.towline.fleet.v1.RemoveClusterResponse;
import io.towline.fleet.v1.RotateClusterRequest;
import io.towline.fleet.v1.RotateClusterResponse;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.UncordonClusterRequest;
import io.towline.hub.enroll.Registration;
import io.towline.hub.enroll.RegistrationException;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.ClusterView;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.Database;
import io.towline.hub.store.EnvelopeQueries;
import io.towline.hub.store.EnvelopeQueries.Covered;
import io.towline.hub.store.Envelopes;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Place;
import io.towline.hub.stream.AgentStreams;
import io.towline.hub.stream.ProtoTime;
import io.towline.hub.stream.Refusal;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The calls of the people's API that do something, and the export of an envelope. Blocks. Throws as
 * {@link FleetReads} does. Thread-safe.
 */
public final class FleetActions {
  /** All bodies of one exported envelope together, as the API states. */
  static final long MAX_BODY_BYTES = 16L << 20;

  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /** Characters of the reason that a person gives. */
  static final int MAX_REASON = 256;

  private final FleetReads reads;
  private final Registration registration;
  private final Clusters clusters;
  private final AgentStreams streams;
  private final SourceReconciler reconciler;
  private final Envelopes envelopes;
  private final EnvelopeQueries covered;
  private final BodyStore bodies;
  private final Fleet fleet;
  private final AgentChart agentChart;

  /**
   * @param agentChart what the line that installs an agent names
   */
  public FleetActions(
      FleetReads reads,
      Registration registration,
      Clusters clusters,
      AgentStreams streams,
      SourceReconciler reconciler,
      Database database,
      BodyStore bodies,
      Fleet fleet,
      AgentChart agentChart) {
    this.reads = reads;
    this.registration = registration;
    this.clusters = clusters;
    this.streams = streams;
    this.reconciler = reconciler;
    this.envelopes = new Envelopes(database);
    this.covered = new EnvelopeQueries(database);
    this.bodies = bodies;
    this.fleet = fleet;
    this.agentChart = agentChart;
  }

  /** Registers a cluster, or gives a registered one new labels and a new token. */
  public AddClusterResponse addCluster(AddClusterRequest request) {
    if (!request.getOffline() && request.getSealRecipientsCount() > 0) {
      throw Refusal.badField(
          "CLUSTER_INVALID", "seal_recipients", "An agent that calls says its recipients itself.");
    }
    try {
      if (request.getOffline()) {
        return addOffline(request);
      }
      Registration.Registered registered =
          registration.register(
              request.getClusterId(),
              request.getLabelsMap(),
              life(request.hasTtl(), request.getTtl()));
      return AddClusterResponse.newBuilder()
          .setCluster(reads.cluster(ResourceNames.cluster(request.getClusterId())))
          .setJoinToken(registered.token().encode())
          .setTokenExpireTime(ProtoTime.of(registered.token().expires()))
          .setAgentChart(agentChart)
          .build();
    } catch (RegistrationException e) {
      throw Refusal.badField("CLUSTER_INVALID", e.field(), String.valueOf(e.getMessage()));
    }
  }

  private AddClusterResponse addOffline(AddClusterRequest request) {
    if (request.hasTtl()) {
      throw Refusal.badField("CLUSTER_INVALID", "ttl", "An offline token does not expire.");
    }
    Registration.Offline registered =
        registration.registerOffline(
            request.getClusterId(), request.getLabelsMap(), request.getSealRecipientsList());
    return AddClusterResponse.newBuilder()
        .setCluster(reads.cluster(ResourceNames.cluster(request.getClusterId())))
        .setJoinToken(registered.token().encode())
        .setAgentChart(agentChart)
        .build();
  }

  /**
   * A new join token for a cluster; if asked to, the agent that has enrolled is cut off at once.
   */
  public RotateClusterResponse rotateCluster(RotateClusterRequest request) {
    KnownCluster cluster = known(request.getName());
    try {
      Registration.Registered registered =
          registration.rotate(
              cluster,
              life(request.hasTtl(), request.getTtl()),
              request.getRevoke(),
              request.getRebuilt());
      if (request.getRevoke()) {
        streams.cut(cluster, Reason.CERTIFICATE_REVOKED);
      }
      return RotateClusterResponse.newBuilder()
          .setCluster(reads.cluster(request.getName()))
          .setJoinToken(registered.token().encode())
          .setTokenExpireTime(ProtoTime.of(registered.token().expires()))
          .setAgentChart(agentChart)
          .build();
    } catch (RegistrationException e) {
      throw Refusal.badField("CLUSTER_INVALID", e.field(), String.valueOf(e.getMessage()));
    }
  }

  /** Holds new content back from a cluster. */
  public Cluster cordonCluster(CordonClusterRequest request) {
    if (request.getReason().length() > MAX_REASON) {
      throw Refusal.badField(
          "LIMIT_EXCEEDED", "reason", "A reason has at most " + MAX_REASON + " characters.");
    }
    clusters.cordon(known(request.getName()), Optional.of(request.getReason()));
    return reads.cluster(request.getName());
  }

  /** Lets a cluster have new content again. */
  public Cluster uncordonCluster(UncordonClusterRequest request) {
    clusters.cordon(known(request.getName()), Optional.empty());
    return reads.cluster(request.getName());
  }

  /** Forgets a cluster and tells its agent, if that is connected, that it was removed. */
  public RemoveClusterResponse removeCluster(RemoveClusterRequest request) {
    KnownCluster cluster = known(request.getName());
    if (request.getWaitingOnly()) {
      if (!clusters.reject(cluster)) {
        throw Refusal.of(
            Code.FAILED_PRECONDITION,
            "NOT_WAITING",
            cluster.name() + " does not wait to be accepted; towline cluster remove lets it go.");
      }
      return RemoveClusterResponse.getDefaultInstance();
    }
    clusters.remove(cluster);
    streams.cut(cluster, Reason.CLUSTER_REMOVED);
    return RemoveClusterResponse.getDefaultInstance();
  }

  private KnownCluster known(String name) {
    ClusterView view = reads.clusterView(name);
    return new KnownCluster(view.id(), view.name());
  }

  static Optional<Duration> life(boolean given, com.google.protobuf.Duration ttl) {
    return given ? Optional.of(Duration.ofSeconds(ttl.getSeconds())) : Optional.empty();
  }

  /** Takes a source through the journey now. */
  public Source reconcile(String name) throws InterruptedException {
    reads.source(name);
    reconciler.reconcile(ResourceNames.sourceOf(name));
    return reads.source(name);
  }

  /**
   * Takes over a commit that does not follow from the last good one. The commit has to be what the
   * repository holds now, and signed as the source asks.
   */
  public Source approve(ApproveSourceRequest request) throws InterruptedException {
    String commit = request.getCommit();
    if (!COMMIT.matcher(commit).matches()) {
      throw Refusal.badField(
          "COMMIT_INVALID", "commit", "A commit is approved by all of its 40 hexadecimal digits.");
    }
    Source before = reads.source(request.getName());
    if (before.getCommit().equals(commit) && before.getReason().isEmpty()) {
      return before;
    }
    reconciler.approve(ResourceNames.sourceOf(request.getName()), commit);
    Source after = reads.source(request.getName());
    if (!after.getCommit().equals(commit)) {
      throw Refusal.of(
          Code.FAILED_PRECONDITION,
          "COMMIT_NOT_TAKEN",
          after.getReason().isEmpty()
              ? "The repository is at commit " + after.getCommit() + ", which was taken."
              : after.getReason() + ": " + after.getMessage(),
          Map.of("name", request.getName(), "commit", after.getRefusedCommit()));
    }
    return after;
  }

  /** The newest envelope of a cluster with what is needed to check it elsewhere. */
  public Envelope envelope(GetEnvelopeRequest request) {
    ClusterView cluster = reads.clusterView(request.getName());
    Envelopes.Stored newest =
        envelopes
            .newest(cluster.id())
            .orElseThrow(
                () ->
                    Refusal.of(
                        Code.NOT_FOUND,
                        "ENVELOPE_NOT_FOUND",
                        "Nothing was published for " + request.getName() + " yet.",
                        Map.of("name", request.getName())));
    Envelope.Builder envelope =
        Envelope.newBuilder()
            .setCluster(request.getName())
            .setDsse(ByteString.copyFrom(newest.dsse()))
            .setEpoch(newest.head().epoch())
            .setSequence(newest.head().sequence());
    for (Fleet.Root root : fleet.rootsAfter(0)) {
      envelope.addRoots(ByteString.copyFrom(root.dsse()));
    }
    if (request.getWithBodies()) {
      envelope.addAllBodies(
          bodies(
              bodies,
              covered.covered(
                  cluster.id(), new Place(newest.head().epoch(), newest.head().sequence()))));
    }
    return envelope.build();
  }

  /** The contents of what an envelope covers. */
  static List<Envelope.Body> bodies(BodyStore store, List<Covered> wanted) {
    long total = wanted.stream().mapToLong(Covered::size).sum();
    if (total > MAX_BODY_BYTES) {
      throw Refusal.of(
          Code.FAILED_PRECONDITION,
          "BODIES_TOO_LARGE",
          "The bodies have " + total + " bytes; at most " + MAX_BODY_BYTES + " are handed out.",
          Map.of("bytes", Long.toString(total)));
    }
    List<Envelope.Body> contents = new ArrayList<>();
    for (Covered body : wanted) {
      byte[] content =
          store
              .bytes(new Digest(body.digest()))
              .orElseThrow(
                  () ->
                      Refusal.of(
                          Code.ABORTED,
                          "ENVELOPE_REPLACED",
                          "A newer envelope was published meanwhile; ask again."));
      contents.add(
          Envelope.Body.newBuilder()
              .setSha256(body.digest())
              .setContent(ByteString.copyFrom(content))
              .build());
    }
    return contents;
  }
}
