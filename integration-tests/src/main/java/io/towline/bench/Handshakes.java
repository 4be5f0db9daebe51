package io.towline.bench;

import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.envelope.JoinToken;
import io.towline.testkit.AgentPortClient;
import io.towline.testkit.HubProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a connection costs the hub: a full handshake of TLS 1.3 with certificates on both sides, no
 * resumption, and the first call. Its processor time is that of the whole hub process, user and
 * system, from {@code /proc}; the hub has nothing else to do. A call on a connection that is open
 * is measured too and taken off.
 */
final class Handshakes {
  /** A hub serves two connections of one agent; the end of one is seen a moment later. */
  private static final int AGENTS = 16;

  /** So many that the hub's compiler is done with what they run through. */
  private static final int WARM_UP = 3_000;

  private static final int CONNECTIONS = 2_000;
  private static final int CALLS = 20_000;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HubProcess hub;
  private final List<AgentPortClient> agents = new ArrayList<>();

  private Handshakes(HubProcess hub) {
    this.hub = hub;
  }

  /** Measures on a hub of its own. */
  static List<Row> measure(Path directory) {
    try (HubProcess hub = HubProcess.in(directory)) {
      hub.start();
      return new Handshakes(hub).measure();
    } catch (StatusException e) {
      throw new IllegalStateException("the hub refused a call: " + e.getStatus(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private List<Row> measure() throws StatusException, InterruptedException {
    for (int i = 0; i < AGENTS; i++) {
      JoinToken token =
          JoinToken.parse(hub.cli().answer("cluster", "add", "bench-" + i, "-o", "token").strip());
      agents.add(AgentPortClient.enrol(token, token.secret()));
    }
    calls(CALLS);
    Duration call = cpu(() -> calls(CALLS)).dividedBy(CALLS);
    connect(WARM_UP);
    Duration connection = cpu(() -> connect(CONNECTIONS)).dividedBy(CONNECTIONS);
    double milliseconds = connection.minus(call).toNanos() / 1e6;
    return List.of(
        Row.of(13, "hub CPU, a full handshake of an agent", 0, milliseconds, 6, "ms"),
        Row.of(13, "full handshakes a second of hub CPU", 0, 1_000 / milliseconds, "1/s"),
        Row.of(13, "hub CPU, a small call of an agent", 0, call.toNanos() / 1e6, "ms"));
  }

  /** What is measured. */
  @FunctionalInterface
  private interface Work {
    void run() throws StatusException, InterruptedException;
  }

  private Duration cpu(Work work) throws StatusException, InterruptedException {
    Duration before = hub.process().footprint().cpu();
    work.run();
    return hub.process().footprint().cpu().minus(before);
  }

  private void connect(int times) throws StatusException, InterruptedException {
    for (int i = 0; i < times; i++) {
      ManagedChannel channel = agents.get(i % AGENTS).connect();
      call(channel);
      channel.shutdown();
      if (!channel.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("a connection does not close");
      }
    }
  }

  private void calls(int times) throws StatusException, InterruptedException {
    ManagedChannel channel = agents.getFirst().connect();
    for (int i = 0; i < times; i++) {
      call(channel);
    }
    channel.shutdown();
    channel.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static void call(ManagedChannel channel) throws StatusException {
    var unused =
        AgentServiceGrpc.newBlockingV2Stub(channel)
            .withDeadlineAfter(PATIENCE)
            .getRoots(GetRootsRequest.newBuilder().setAfterVersion(1).build());
  }
}
