package io.towline.failures;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.Root;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.agent.v1.Want;
import io.towline.envelope.BodySource;
import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import io.towline.testkit.AgentPortClient;
import io.towline.testkit.Gzip;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The least that can talk to a hub as an agent does: it pins the hub's authority, enrols when it
 * first calls, takes what it is offered, and fetches bodies, going on where a stream broke. It
 * believes nothing and decides nothing.
 */
final class CarefulReader implements BodySource, AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int ATTEMPTS = 6;

  private final JoinToken token;
  private final String secret;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private Optional<AgentServiceGrpc.AgentServiceBlockingV2Stub> enrolled = Optional.empty();

  CarefulReader(JoinToken token, String secret) {
    this.token = token;
    this.secret = secret;
  }

  static CarefulReader of(String joinToken) {
    JoinToken token = JoinToken.parse(joinToken);
    return new CarefulReader(token, token.secret());
  }

  private AgentServiceGrpc.AgentServiceBlockingV2Stub stub() throws StatusException {
    if (enrolled.isEmpty()) {
      ManagedChannel channel = AgentPortClient.enrol(token, secret).connect();
      channels.add(channel);
      enrolled = Optional.of(AgentServiceGrpc.newBlockingV2Stub(channel));
    }
    return enrolled.get();
  }

  List<Root> roots() throws StatusException {
    return stub()
        .withDeadlineAfter(PATIENCE)
        .getRoots(GetRootsRequest.getDefaultInstance())
        .getRootsList();
  }

  BlockingClientCall<?, FollowResponse> follow(FollowRequest request) throws StatusException {
    return stub().follow(request);
  }

  BlockingClientCall<ReportRequest, ReportResponse> report() throws StatusException {
    return stub().report();
  }

  /** The envelope that is offered now. */
  SignedEnvelope envelope() throws StatusException, InterruptedException, TimeoutException {
    BlockingClientCall<?, FollowResponse> call = follow(FollowRequest.getDefaultInstance());
    try {
      FollowResponse next = read(call);
      while (!next.hasEnvelope()) {
        next = read(call);
      }
      return next.getEnvelope();
    } finally {
      call.cancel("seen enough", null);
    }
  }

  static <T> T read(BlockingClientCall<?, T> call)
      throws StatusException, InterruptedException, TimeoutException {
    T next = call.read(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    if (next == null) {
      throw new IllegalStateException("the hub ended the call");
    }
    return next;
  }

  /** A body, or nothing if the hub does not deliver one in the way that the API wants. */
  @Override
  public Optional<byte[]> body(Digest digest, long size) {
    ByteString held = ByteString.EMPTY;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      BlockingClientCall<?, FetchResponse> call;
      try {
        call =
            stub()
                .fetch(
                    FetchRequest.newBuilder()
                        .addWants(Want.newBuilder().setSha256(digest.hex()).setOffset(held.size()))
                        .build());
      } catch (StatusException e) {
        return Optional.empty();
      }
      try {
        FetchResponse chunk = call.read(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        while (chunk != null) {
          if (!chunk.getSha256().equals(digest.hex())
              || chunk.getOffset() != held.size()
              || held.size() + chunk.getData().size() > chunk.getEncodedSize()
              || chunk.getEncodedSize() > size + 1_024) {
            return Optional.empty();
          }
          held = held.concat(chunk.getData());
          if (held.size() == chunk.getEncodedSize()) {
            call.cancel("all there", null);
            return unpacked(held);
          }
          chunk = call.read(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
      } catch (StatusException cut) {
        // Goes on where it stopped.
      } catch (TimeoutException e) {
        return Optional.empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      } finally {
        call.cancel("seen enough", null);
      }
    }
    return Optional.empty();
  }

  /** What is not gzip is no body: the verifier says so. */
  private static Optional<byte[]> unpacked(ByteString encoded) {
    try {
      return Optional.of(Gzip.unzip(encoded.toByteArray()));
    } catch (UncheckedIOException e) {
      return Optional.of(new byte[0]);
    }
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
