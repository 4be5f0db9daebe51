package io.towline.testkit;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.Beat;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.EnrollResponse;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.GetRootsResponse;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.RenewRequest;
import io.towline.agent.v1.RenewResponse;
import io.towline.agent.v1.ReportAck;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.ReportWelcome;
import io.towline.agent.v1.Root;
import io.towline.agent.v1.Want;
import io.towline.agent.v1.Welcome;
import io.towline.envelope.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The calls of a {@link LyingHub}. Thread-safe. */
final class LyingService extends AgentServiceGrpc.AgentServiceImplBase implements AutoCloseable {

  private static final Duration BEAT_INTERVAL = Duration.ofSeconds(2);
  private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(2);

  private final HeardReports heard = new HeardReports();
  private final List<Want> wants = new CopyOnWriteArrayList<>();
  private final BodyDeliveries deliveries = new BodyDeliveries();
  private final List<Follower> followers = new ArrayList<>();
  private final Executor threads;
  private final LyingEnrolment enrolment;
  private final ScheduledExecutorService beats =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("lying-hub-beats").unstarted(task));
  private List<Root> roots;
  private @Nullable Offer offer;

  LyingService(Executor threads, List<byte[]> roots, LyingEnrolment enrolment) {
    this.threads = threads;
    this.enrolment = enrolment;
    this.roots = numbered(roots);
    var unused =
        beats.scheduleAtFixedRate(
            this::beat, BEAT_INTERVAL.toMillis(), BEAT_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  HeardReports heard() {
    return heard;
  }

  List<Want> wants(Digest body) {
    return wants.stream().filter(want -> want.getSha256().equals(body.hex())).toList();
  }

  long bytesSent() {
    return deliveries.bytesSent();
  }

  synchronized void offer(Offer next) {
    offer = next;
    deliveries.begin(next);
    followers.forEach(follower -> follower.send(envelope(next)));
  }

  synchronized void publishRoots(List<byte[]> next) {
    roots = numbered(next);
    followers.forEach(Follower::hangUp);
    followers.clear();
  }

  synchronized void awaitFollower(Duration within) {
    Deadline deadline = Deadline.in(within);
    try {
      while (followers.isEmpty()) {
        if (deadline.expired()) {
          throw deadline.missed("an agent follows");
        }
        wait(Math.max(1, deadline.remaining().toMillis()));
      }
    } catch (InterruptedException e) {
      throw KubeClient.interrupted(e);
    }
  }

  @Override
  public void enroll(EnrollRequest request, StreamObserver<EnrollResponse> answer) {
    enrolment.enroll(request, answer);
  }

  @Override
  public void renew(RenewRequest request, StreamObserver<RenewResponse> answer) {
    enrolment.renew(request, answer);
  }

  @Override
  public void getRoots(GetRootsRequest request, StreamObserver<GetRootsResponse> answer) {
    GetRootsResponse.Builder response = GetRootsResponse.newBuilder();
    synchronized (this) {
      roots.stream()
          .filter(root -> root.getVersion() > request.getAfterVersion())
          .forEach(response::addRoots);
    }
    answer.onNext(response.build());
    answer.onCompleted();
  }

  @Override
  public void follow(FollowRequest request, StreamObserver<FollowResponse> answer) {
    Follower follower = new Follower((ServerCallStreamObserver<FollowResponse>) answer);
    synchronized (this) {
      followers.add(follower);
      follower.out.setOnCancelHandler(() -> forget(follower));
      follower.send(FollowResponse.newBuilder().setWelcome(welcome()).build());
      Optional.ofNullable(offer)
          .filter(current -> !isHeld(request, current.position()))
          .ifPresent(current -> follower.send(envelope(current)));
      notifyAll();
    }
  }

  @Override
  public void fetch(FetchRequest request, StreamObserver<FetchResponse> answer) {
    ServerCallStreamObserver<FetchResponse> out = (ServerCallStreamObserver<FetchResponse>) answer;
    BodyDeliveries.Call call = deliveries.call(out);
    // Blocks while the reader is slow, which a thread of the call must not.
    threads.execute(
        () -> {
          for (Want want : request.getWantsList()) {
            wants.add(want);
            if (!call.answer(want)) {
              return;
            }
          }
          out.onCompleted();
        });
  }

  @Override
  public StreamObserver<ReportRequest> report(StreamObserver<ReportResponse> answer) {
    return new ReportCall(heard, answer);
  }

  @Override
  public synchronized void close() {
    beats.shutdownNow();
    followers.clear();
  }

  private synchronized void forget(Follower follower) {
    followers.remove(follower);
  }

  private synchronized void beat() {
    FollowResponse beat =
        FollowResponse.newBuilder().setBeat(Beat.newBuilder().setHubTime(now())).build();
    followers.forEach(follower -> follower.send(beat));
  }

  private Welcome welcome() {
    return Welcome.newBuilder()
        .setHubVersion("0.0.0-lying")
        .setHubTime(now())
        .setBeatInterval(proto(BEAT_INTERVAL))
        .setHeartbeatInterval(proto(HEARTBEAT_INTERVAL))
        .setRootVersion(roots.getLast().getVersion())
        .build();
  }

  private static Timestamp now() {
    Instant now = Instant.now();
    return Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()).build();
  }

  private static com.google.protobuf.Duration proto(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.toSeconds())
        .setNanos(duration.toNanosPart())
        .build();
  }

  private static boolean isHeld(FollowRequest request, Position position) {
    return request.hasHeld() && request.getHeld().equals(position);
  }

  private static FollowResponse envelope(Offer offer) {
    return FollowResponse.newBuilder().setEnvelope(offer.envelope()).build();
  }

  private static List<Root> numbered(List<byte[]> dsses) {
    List<Root> numbered = new ArrayList<>();
    for (byte[] dsse : dsses) {
      numbered.add(
          Root.newBuilder()
              .setVersion(numbered.size() + 1L)
              .setDsse(ByteString.copyFrom(dsse))
              .build());
    }
    return List.copyOf(numbered);
  }

  /** One open stream of envelopes; used under the service's lock. */
  private record Follower(ServerCallStreamObserver<FollowResponse> out) {

    void send(FollowResponse message) {
      if (!out.isCancelled()) {
        out.onNext(message);
      }
    }

    void hangUp() {
      if (!out.isCancelled()) {
        out.onError(Status.UNAVAILABLE.withDescription("the hub hangs up").asRuntimeException());
      }
    }
  }

  /** One stream of reports. gRPC calls it from one thread at a time. */
  private static final class ReportCall implements StreamObserver<ReportRequest> {
    private final HeardReports heard;
    private final StreamObserver<ReportResponse> out;
    private Optional<Long> incarnation = Optional.empty();

    ReportCall(HeardReports heard, StreamObserver<ReportResponse> out) {
      this.heard = heard;
      this.out = out;
    }

    @Override
    public void onNext(ReportRequest request) {
      switch (request.getMessageCase()) {
        case HELLO -> greet(request.getHello().getIncarnation());
        case BATCH -> {
          if (incarnation.isEmpty()) {
            out.onError(Status.INVALID_ARGUMENT.withDescription("no hello").asRuntimeException());
            return;
          }
          heard.take(incarnation.get(), request.getBatch());
          out.onNext(
              ReportResponse.newBuilder()
                  .setAck(ReportAck.newBuilder().setNumber(request.getBatch().getNumber()))
                  .build());
        }
        case HEARTBEAT, MESSAGE_NOT_SET -> {
          // The agent lives, and that is all it says.
        }
      }
    }

    private void greet(long start) {
      incarnation = Optional.of(start);
      out.onNext(
          ReportResponse.newBuilder()
              .setWelcome(
                  ReportWelcome.newBuilder()
                      .setLastNumber(heard.lastNumber(start))
                      .setHeartbeatInterval(proto(HEARTBEAT_INTERVAL)))
              .build());
    }

    @Override
    public void onError(Throwable broken) {
      // The agent comes back, and says what was not acknowledged again.
    }

    @Override
    public void onCompleted() {
      out.onCompleted();
    }
  }
}
