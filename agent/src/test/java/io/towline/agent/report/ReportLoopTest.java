package io.towline.agent.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.enroll.Identity;
import io.towline.agent.stream.Backoff;
import io.towline.agent.stream.FakeAuthority;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.FakeHub;
import io.towline.agent.stream.HubCalls;
import io.towline.agent.stream.HubException;
import io.towline.agent.stream.HubRoute;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.TargetReport;
import io.towline.agent.verify.AgentUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportLoopTest {
  @TempDir static Path keys;
  private static FakeAuthority tls;

  private final FakeFleet fleet = new FakeFleet();
  private final ReportQueue queue = new ReportQueue();
  private FakeHub hub;
  private HubCalls calls;
  private Thread thread;

  @BeforeAll
  static void makeTheHubsKey() throws Exception {
    tls = new FakeAuthority();
  }

  @BeforeEach
  void start() throws Exception {
    hub = new FakeHub(fleet, tls, 0);
    calls = new HubCalls("test", HubRoute.DIRECT, () -> FakeFleet.NOW);
    calls.use(new Identity(fleet.token(hub.address(), tls.pin())), tls.credential());
    ReportLoop loop =
        new ReportLoop(
            calls,
            AgentUnderTest.FAST,
            queue,
            new Self(),
            new Backoff(Duration.ofMillis(50), Duration.ofMillis(60), new Random(1)),
            Thread::sleep,
            InstantSource.system());
    thread =
        Thread.ofVirtual()
            .unstarted(
                () -> {
                  try {
                    loop.run();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
  }

  @AfterEach
  void stop() throws Exception {
    calls.close();
    thread.interrupt();
    thread.join();
    hub.close();
  }

  @Test
  void saysWhoSpeaksAndThenWhatThereIs() throws Exception {
    queue.expect(List.of("web"));
    queue.target(target("Ready"));
    thread.start();
    assertThat(hub.hellos.take().getIncarnation()).isEqualTo(42);
    ReportBatch batch = hub.batches.take();
    assertThat(batch.getFullState()).isTrue();
    assertThat(batch.getItems(0).getTarget().getStatus()).isEqualTo("Ready");
  }

  @Test
  void goesOnAfterABreakWithTheBatchThatWasNotAcknowledged() throws Exception {
    queue.expect(List.of("web"));
    hub.acknowledge = false;
    queue.target(target("Ready"));
    thread.start();
    ReportBatch sent = hub.batches.take();
    hub.lastNumber = 0;
    hub.acknowledge = true;
    hub.hellos.clear();
    hub.breakStreams();
    hub.hellos.take();
    assertThat(hub.batches.take()).isEqualTo(sent);
    queue.target(target("Failed"));
    assertThat(hub.batches.take().getNumber()).isEqualTo(sent.getNumber() + 1);
  }

  @Test
  void tellsEverythingWhenTheHubAsks() throws Exception {
    queue.expect(List.of("web"));
    queue.target(target("Ready"));
    thread.start();
    hub.batches.take();
    hub.wantFullState();
    ReportBatch again = hub.batches.take();
    assertThat(again.getFullState()).isTrue();
    assertThat(again.getItemsCount()).isEqualTo(1);
  }

  @Test
  void beatsWhenItHasNothingToSay() throws Exception {
    hub.heartbeat = Duration.ofMillis(60);
    thread.start();
    hub.heartbeats.take();
    assertThat(hub.heartbeats.take().getHeld().getSequence()).isEqualTo(7);
    assertThat(hub.batches).isEmpty();
  }

  private static TargetReport target(String status) {
    return TargetReport.newBuilder().setBundle("web").setStatus(status).build();
  }

  private static final class Self implements ReportLoop.Self {
    @Override
    public long incarnation() {
      return 42;
    }

    @Override
    public AgentFacts facts() {
      return AgentFacts.newBuilder().setAgentVersion("1").build();
    }

    @Override
    public Optional<Position> held() {
      return Optional.of(Position.newBuilder().setEpoch(1).setSequence(7).build());
    }

    @Override
    public void lost(HubException why, Duration wait) {}
  }
}
