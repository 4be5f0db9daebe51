package io.towline.agent.stream;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.Beat;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.EnrollResponse;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.FullStateRequest;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.GetRootsResponse;
import io.towline.agent.v1.Heartbeat;
import io.towline.agent.v1.IssuedCertificate;
import io.towline.agent.v1.RenewRequest;
import io.towline.agent.v1.RenewResponse;
import io.towline.agent.v1.ReportAck;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.ReportWelcome;
import io.towline.agent.v1.Root;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.agent.v1.Want;
import io.towline.agent.v1.Welcome;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestDelta;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A hub that behaves, over real TLS, and misbehaves when it is told to. */
public final class FakeHub implements AutoCloseable {
  private final FakeFleet fleet;
  private final FakeAuthority authority;
  private final Server server;
  private final List<StreamObserver<FollowResponse>> followers = new CopyOnWriteArrayList<>();
  private final List<StreamObserver<ReportResponse>> reporters = new CopyOnWriteArrayList<>();

  public final BlockingQueue<FollowRequest> follows = new LinkedBlockingQueue<>();

  /** The methods that were called, with whether a certificate came with the call. */
  public final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

  public final BlockingQueue<EnrollRequest> enrollments = new LinkedBlockingQueue<>();
  public final BlockingQueue<RenewRequest> renewals = new LinkedBlockingQueue<>();

  /** Keys that calls came with, newest last. */
  public final List<Digest> keys = new CopyOnWriteArrayList<>();

  /** Why nobody gets a certificate at the moment. */
  public volatile @Nullable StatusRuntimeException noCertificates;

  /** Answers that are lost on their way, though the hub did what was asked. */
  public final AtomicInteger lostAnswers = new AtomicInteger();

  public final BlockingQueue<FetchRequest> fetches = new LinkedBlockingQueue<>();
  public final BlockingQueue<ReportHello> hellos = new LinkedBlockingQueue<>();
  public final BlockingQueue<Heartbeat> heartbeats = new LinkedBlockingQueue<>();
  public final BlockingQueue<ReportBatch> batches = new LinkedBlockingQueue<>();
  public final List<byte[]> roots = new CopyOnWriteArrayList<>();
  public final AtomicLong bytesSent = new AtomicLong();

  public volatile Duration beat = Duration.ofSeconds(20);
  public volatile Duration heartbeat = Duration.ofSeconds(20);
  public volatile int chunkBytes = 256 * 1024;
  public volatile boolean deltas = true;
  public volatile boolean wrongDeltas;
  public volatile boolean acknowledge = true;
  public volatile boolean askForFullState;
  public volatile long lastNumber;
  public volatile long rootVersion = 1;

  /** The next fetch breaks off after so many bytes of bodies; negative: it does not. */
  public final AtomicInteger cutAfter = new AtomicInteger(-1);

  /** Every fetch waits until this is taken away. */
  public volatile @Nullable Runnable beforeFetch;

  private volatile @Nullable SignedEnvelope current;

  public FakeHub(FakeFleet fleet, FakeAuthority authority, int port) throws Exception {
    this(fleet, authority, authority.hub(fleet.fleet), port);
  }

  /** A hub, or somebody who shows something else than a hub does. */
  public FakeHub(FakeFleet fleet, FakeAuthority authority, FakeAuthority.Server shown, int port)
      throws Exception {
    this.fleet = fleet;
    this.authority = authority;
    roots.add(fleet.signedRoot(fleet.root(1, 1, fleet.rootKey, fleet.hubKey), fleet.rootKey));
    this.server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forServer(shown.key(), shown.chain()), SslProvider.JDK)
                    .trustManager(authority.certificate())
                    .clientAuth(ClientAuth.OPTIONAL)
                    .protocols("TLSv1.3")
                    .build())
            .intercept(new Credentials())
            .addService(new Service())
            .build()
            .start();
  }

  public String address() {
    return "127.0.0.1:" + server.getPort();
  }

  public int port() {
    return server.getPort();
  }

  /** Makes an envelope the newest one and tells everybody who follows. */
  public synchronized void publish(SignedEnvelope envelope) {
    current = envelope;
    tellFollowers(FollowResponse.newBuilder().setEnvelope(envelope).build());
  }

  /** Tells everybody who follows that there are roots up to this version. */
  public synchronized void offerRoot(long version) {
    tellFollowers(
        FollowResponse.newBuilder().setBeat(Beat.newBuilder().setRootVersion(version)).build());
  }

  public synchronized void beatAll() {
    tellFollowers(FollowResponse.newBuilder().setBeat(Beat.getDefaultInstance()).build());
  }

  private void tellFollowers(FollowResponse message) {
    for (StreamObserver<FollowResponse> follower : List.copyOf(followers)) {
      try {
        follower.onNext(message);
      } catch (StatusRuntimeException gone) {
        followers.remove(follower);
      }
    }
  }

  /** Breaks every stream that is open. */
  public synchronized void breakStreams() {
    for (StreamObserver<FollowResponse> follower : List.copyOf(followers)) {
      followers.remove(follower);
      follower.onError(Status.UNAVAILABLE.asRuntimeException());
    }
    for (StreamObserver<ReportResponse> reporter : List.copyOf(reporters)) {
      reporters.remove(reporter);
      reporter.onError(Status.UNAVAILABLE.asRuntimeException());
    }
  }

  public void wantFullState() {
    for (StreamObserver<ReportResponse> reporter : List.copyOf(reporters)) {
      synchronized (reporter) {
        reporter.onNext(
            ReportResponse.newBuilder()
                .setFullState(FullStateRequest.getDefaultInstance())
                .build());
      }
    }
  }

  @Override
  public void close() throws Exception {
    server.shutdownNow();
    if (!server.awaitTermination(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the fake hub does not stop");
    }
  }

  private final class Credentials implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      Optional<Digest> key = keyOf(call);
      key.ifPresent(keys::add);
      calls.add(
          call.getMethodDescriptor().getBareMethodName()
              + (key.isPresent() ? "" : " of a stranger"));
      boolean open = "Enroll".equals(call.getMethodDescriptor().getBareMethodName());
      if (key.isEmpty() && !open) {
        call.close(Status.UNAUTHENTICATED, new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return Contexts.interceptCall(Context.current(), call, headers, next);
    }
  }

  private static Optional<Digest> keyOf(ServerCall<?, ?> call) {
    try {
      SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      return Optional.of(Digest.of(session.getPeerCertificates()[0].getPublicKey().getEncoded()));
    } catch (SSLPeerUnverifiedException stranger) {
      return Optional.empty();
    }
  }

  private IssuedCertificate certify(ByteString request) throws Exception {
    StatusRuntimeException refusal = noCertificates;
    if (refusal != null) {
      throw refusal;
    }
    IssuedCertificate issued =
        IssuedCertificate.newBuilder()
            .setCertificate(
                ByteString.copyFrom(
                    authority.certify(request.toByteArray(), fleet.name, fleet.uri()).getEncoded()))
            .addAuthoritySha256(authority.pin().hex())
            .build();
    if (lostAnswers.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw Status.UNAVAILABLE.asRuntimeException();
    }
    return issued;
  }

  private final class Service extends AgentServiceGrpc.AgentServiceImplBase {
    @Override
    public void enroll(EnrollRequest request, StreamObserver<EnrollResponse> observer) {
      enrollments.add(request);
      try {
        observer.onNext(
            EnrollResponse.newBuilder()
                .setIssued(certify(request.getCertificateRequest()))
                .build());
        observer.onCompleted();
      } catch (Exception e) {
        observer.onError(e);
      }
    }

    @Override
    public void renew(RenewRequest request, StreamObserver<RenewResponse> observer) {
      renewals.add(request);
      try {
        observer.onNext(
            RenewResponse.newBuilder().setIssued(certify(request.getCertificateRequest())).build());
        observer.onCompleted();
      } catch (Exception e) {
        observer.onError(e);
      }
    }

    @Override
    public void getRoots(GetRootsRequest request, StreamObserver<GetRootsResponse> observer) {
      GetRootsResponse.Builder response = GetRootsResponse.newBuilder();
      for (int i = (int) request.getAfterVersion(); i < roots.size(); i++) {
        response.addRoots(
            Root.newBuilder().setVersion(i + 1L).setDsse(ByteString.copyFrom(roots.get(i))));
      }
      observer.onNext(response.build());
      observer.onCompleted();
    }

    @Override
    public void follow(FollowRequest request, StreamObserver<FollowResponse> observer) {
      synchronized (FakeHub.this) {
        observer.onNext(
            FollowResponse.newBuilder()
                .setWelcome(
                    Welcome.newBuilder()
                        .setHubVersion("fake")
                        .setHubTime(Timestamps.fromMillis(FakeFleet.NOW.toEpochMilli()))
                        .setBeatInterval(Durations.fromMillis(beat.toMillis()))
                        .setHeartbeatInterval(Durations.fromMillis(heartbeat.toMillis()))
                        .setRootVersion(rootVersion))
                .build());
        SignedEnvelope newest = current;
        if (newest != null && !newest.getPosition().equals(request.getHeld())) {
          observer.onNext(FollowResponse.newBuilder().setEnvelope(newest).build());
        }
        followers.add(observer);
      }
      follows.add(request);
    }

    @Override
    public void fetch(FetchRequest request, StreamObserver<FetchResponse> observer) {
      fetches.add(request);
      Runnable before = beforeFetch;
      if (before != null) {
        before.run();
      }
      int budget = cutAfter.getAndSet(-1);
      for (Want want : request.getWantsList()) {
        byte[] body = fleet.bodies.get(new Digest(want.getSha256()));
        if (body == null) {
          observer.onError(Status.NOT_FOUND.asRuntimeException());
          return;
        }
        for (FetchResponse chunk : chunks(want, body)) {
          int length = chunk.getData().size();
          if (budget >= 0 && budget < length) {
            FetchResponse rest =
                chunk.toBuilder().setData(chunk.getData().substring(0, budget)).build();
            if (budget > 0) {
              observer.onNext(rest);
            }
            observer.onError(Status.UNAVAILABLE.asRuntimeException());
            return;
          }
          budget -= budget >= 0 ? length : 0;
          bytesSent.addAndGet(length);
          observer.onNext(chunk);
        }
      }
      observer.onCompleted();
    }

    private List<FetchResponse> chunks(Want want, byte[] body) {
      FetchResponse.Builder head = FetchResponse.newBuilder().setSha256(want.getSha256());
      Optional<Digest> base =
          want.getHeldBasesList().stream()
              .map(Digest::new)
              .filter(b -> deltas && fleet.bodies.containsKey(b))
              .findFirst();
      byte[] encoded;
      if (base.isPresent()) {
        byte[] target = wrongDeltas ? body.clone() : body;
        if (wrongDeltas) {
          target[0] ^= 1;
        }
        encoded = FakeFleet.gzip(ManifestDelta.encode(fleet.body(base.get()), target));
        head.setEncoding(FetchResponse.Encoding.ENCODING_DELTA_GZIP)
            .setBaseSha256(base.get().hex());
      } else {
        encoded = FakeFleet.gzip(body);
        head.setEncoding(FetchResponse.Encoding.ENCODING_GZIP);
      }
      head.setEncodedSize(encoded.length);
      List<FetchResponse> chunks = new ArrayList<>();
      int size = chunkBytes;
      for (int at = (int) want.getOffset(); at < encoded.length; at += size) {
        chunks.add(
            head.setOffset(at)
                .setData(ByteString.copyFrom(encoded, at, Math.min(size, encoded.length - at)))
                .build());
      }
      return chunks;
    }

    @Override
    public StreamObserver<ReportRequest> report(StreamObserver<ReportResponse> observer) {
      return new StreamObserver<>() {
        @Override
        public void onNext(ReportRequest request) {
          switch (request.getMessageCase()) {
            case HELLO -> {
              synchronized (observer) {
                observer.onNext(
                    ReportResponse.newBuilder()
                        .setWelcome(
                            ReportWelcome.newBuilder()
                                .setLastNumber(lastNumber)
                                .setHeartbeatInterval(Durations.fromMillis(heartbeat.toMillis())))
                        .build());
              }
              reporters.add(observer);
              hellos.add(request.getHello());
              if (askForFullState) {
                wantFullState();
              }
            }
            case HEARTBEAT -> heartbeats.add(request.getHeartbeat());
            case BATCH -> {
              lastNumber = Math.max(lastNumber, request.getBatch().getNumber());
              batches.add(request.getBatch());
              if (acknowledge) {
                synchronized (observer) {
                  observer.onNext(
                      ReportResponse.newBuilder()
                          .setAck(ReportAck.newBuilder().setNumber(request.getBatch().getNumber()))
                          .build());
                }
              }
            }
            case MESSAGE_NOT_SET -> throw new IllegalStateException();
          }
        }

        @Override
        public void onError(Throwable broken) {
          reporters.remove(observer);
        }

        @Override
        public void onCompleted() {
          reporters.remove(observer);
          observer.onCompleted();
        }
      };
    }
  }
}
