package io.towline.hub.stream;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.EnrollResponse;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.GetRootsResponse;
import io.towline.agent.v1.RenewRequest;
import io.towline.agent.v1.RenewResponse;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.Root;
import io.towline.agent.v1.Welcome;
import io.towline.hub.enroll.AgentsSettings;
import io.towline.hub.enroll.Caller;
import io.towline.hub.enroll.EnrollException;
import io.towline.hub.enroll.Enrolling;
import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.StoreException;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * What an agent asks of its hub. Every call acts for the cluster that {@link Authentication} found,
 * never for one that a message names. No thread belongs to a stream: gRPC calls in on virtual
 * threads when there is something to do. Thread-safe.
 */
public final class AgentStreams extends AgentServiceGrpc.AgentServiceImplBase {
  private static final Logger LOG = Logger.getLogger(AgentStreams.class);

  private final AgentQueries queries;
  private final Fleet fleet;
  private final ReportSink sink;
  private final AgentsSettings settings;
  private final String hubVersion;
  private final InstantSource time;
  private final LongSupplier nanoTime;
  private final ScheduledExecutorService timer;
  private final Calls calls = new Calls();
  private final EncodedBodies bodies;
  private final EnvelopeFeed feed;
  private final Enrolling enrolling;
  private final EnrollCalls enrollCalls;
  private final Executor executor;
  private final AtomicLong sweptNanos;

  /** How long a key that was revoked elsewhere may go on, at most. */
  private static final long SWEEP_NANOS = Duration.ofSeconds(3).toNanos();

  /**
   * @param executor runs what blocks
   * @param timer runs what does not; shut down by whoever made it
   * @param nanoTime as {@link System#nanoTime}
   */
  public AgentStreams(
      AgentQueries queries,
      Fleet fleet,
      BodyStore bodies,
      Enrolling enrolling,
      ReportSink sink,
      AgentsSettings settings,
      String hubVersion,
      InstantSource time,
      LongSupplier nanoTime,
      Executor executor,
      ScheduledExecutorService timer) {
    this.queries = queries;
    this.fleet = fleet;
    this.sink = sink;
    this.settings = settings;
    this.hubVersion = hubVersion;
    this.time = time;
    this.nanoTime = nanoTime;
    this.timer = timer;
    this.bodies = new EncodedBodies(bodies, settings.limits().encodedCacheBytes());
    this.feed = new EnvelopeFeed(queries, calls, executor, time, nanoTime, settings.beatInterval());
    this.enrolling = enrolling;
    this.enrollCalls =
        new EnrollCalls(
            enrolling, timer, nanoTime, cluster -> cut(cluster, Reason.CERTIFICATE_REVOKED));
    this.executor = executor;
    this.sweptNanos = new AtomicLong(nanoTime.getAsLong());
  }

  /** Wakes the streams when envelopes or a root were published; returns what ends that. */
  public AutoCloseable listen(Changes changes) {
    return changes.listen(
        topic -> {
          if (topic == Changes.Topic.ENVELOPE) {
            feed.wake();
          } else if (topic == Changes.Topic.ROOT) {
            feed.rootChanged();
          }
        });
  }

  /**
   * Has to be called every second: beats, what a lost wake-up left, and calls whose key was
   * revoked. Does not block.
   */
  public void tick() {
    feed.tick();
    long now = nanoTime.getAsLong();
    long before = sweptNanos.get();
    if (now - before >= SWEEP_NANOS && sweptNanos.compareAndSet(before, now)) {
      executor.execute(this::cutRevoked);
    }
  }

  private void cutRevoked() {
    try {
      for (Caller caller : enrolling.revoked(calls.callers())) {
        calls.cut(caller, Refusal.of(new EnrollException(Reason.CERTIFICATE_REVOKED)));
      }
    } catch (StoreException e) {
      // The next sweep tries again; whoever opens a call meanwhile is asked anyway.
      LOG.warn("Revoked keys could not be read", e);
    }
  }

  /** Ends all calls of a cluster at once: it was removed, or its keys were revoked. */
  public void cut(KnownCluster cluster, Reason why) {
    calls.cut(cluster.id(), Refusal.of(new EnrollException(why)));
  }

  /** Ends all calls as UNAVAILABLE, and those that come later: the hub stops. Idempotent. */
  void stop() {
    calls.stop();
  }

  /** Clusters whose envelope stream is open. */
  public int streams() {
    return (int) calls.followers().count();
  }

  /** Bytes of encoded bodies that are kept. */
  long encodedBytes() {
    return bodies.keptBytes();
  }

  @Override
  public void enroll(EnrollRequest request, StreamObserver<EnrollResponse> out) {
    enrollCalls.enroll(request, out);
  }

  @Override
  public void renew(RenewRequest request, StreamObserver<RenewResponse> out) {
    enrollCalls.renew(Authentication.caller(), request, out);
  }

  @Override
  public void getRoots(GetRootsRequest request, StreamObserver<GetRootsResponse> out) {
    try {
      GetRootsResponse.Builder response = GetRootsResponse.newBuilder();
      // A version beyond what a signed number holds is beyond every root.
      long after = request.getAfterVersion() < 0 ? Long.MAX_VALUE : request.getAfterVersion();
      for (Fleet.Root root : fleet.rootsAfter(after)) {
        response.addRoots(
            Root.newBuilder().setVersion(root.version()).setDsse(ByteString.copyFrom(root.dsse())));
      }
      out.onNext(response.build());
      out.onCompleted();
    } catch (StoreException e) {
      LOG.warn("Roots could not be read", e);
      out.onError(Calls.unavailable());
    }
  }

  @Override
  public void follow(FollowRequest request, StreamObserver<FollowResponse> observer) {
    Caller caller = Authentication.caller();
    KnownCluster cluster = caller.cluster();
    var out = (ServerCallStreamObserver<FollowResponse>) observer;
    Follower follower = new Follower(cluster, request.getHeld(), out, nanoTime.getAsLong());
    out.setOnCancelHandler(() -> closed(follower));
    out.setOnCloseHandler(() -> closed(follower));
    out.setOnReadyHandler(
        () -> {
          if (follower.catchesUp()) {
            serve(follower);
          }
        });
    try {
      Facts.check(request.getFacts());
      // Before the older stream is ended for this one.
      enrolling.requireSameCluster(caller, request.getFacts().getKubeSystemUid());
      calls.opened(caller, follower);
      sink.followed(cluster, request);
      follower.welcome(welcome(), nanoTime.getAsLong());
    } catch (StatusRuntimeException e) {
      end(follower, e);
      return;
    } catch (EnrollException e) {
      end(follower, Refusal.of(e));
      return;
    } catch (StoreException e) {
      LOG.warn("A stream could not be opened", e);
      end(follower, Calls.unavailable());
      return;
    }
    serve(follower);
  }

  private Welcome welcome() {
    return Welcome.newBuilder()
        .setHubVersion(hubVersion)
        .setHubTime(ProtoTime.of(time.instant()))
        .setBeatInterval(ProtoTime.of(settings.beatInterval()))
        .setHeartbeatInterval(ProtoTime.of(settings.heartbeatInterval()))
        .setRootVersion(queries.newestRoot())
        .build();
  }

  private void serve(Follower follower) {
    try {
      feed.serve(follower);
    } catch (StoreException e) {
      LOG.warn("The newest envelope could not be read", e);
      end(follower, Calls.unavailable());
    }
  }

  private void end(Follower follower, StatusRuntimeException why) {
    calls.closed(follower.cluster().id(), follower);
    follower.end(why);
  }

  private void closed(Follower follower) {
    follower.gone();
    calls.closed(follower.cluster().id(), follower);
  }

  @Override
  public void fetch(FetchRequest request, StreamObserver<FetchResponse> observer) {
    Caller caller = Authentication.caller();
    KnownCluster cluster = caller.cluster();
    var out = (ServerCallStreamObserver<FetchResponse>) observer;
    try {
      FetchCall call =
          new FetchCall(cluster, FetchPlan.of(cluster, request, queries), bodies, out, calls);
      out.setOnCancelHandler(call::gone);
      out.setOnReadyHandler(call::pump);
      calls.opened(caller, call);
      call.pump();
    } catch (StatusRuntimeException e) {
      out.onError(e);
    } catch (StoreException e) {
      LOG.warn("A fetch could not be judged", e);
      out.onError(Calls.unavailable());
    }
  }

  @Override
  public StreamObserver<ReportRequest> report(StreamObserver<ReportResponse> observer) {
    var out = (ServerCallStreamObserver<ReportResponse>) observer;
    ReportCall call =
        new ReportCall(
            Authentication.caller(),
            enrolling,
            sink,
            out,
            calls,
            timer,
            nanoTime,
            new Pace(settings.limits().reportsPerSecond(), nanoTime.getAsLong()),
            settings.heartbeatInterval());
    out.disableAutoRequest();
    out.setOnCancelHandler(call::gone);
    out.request(1);
    return call;
  }
}
