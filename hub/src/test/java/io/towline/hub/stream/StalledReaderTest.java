package io.towline.hub.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.v1.Beat;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.Want;
import io.towline.agent.v1.Welcome;
import io.towline.envelope.BundleManifest;
import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.KnownCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent that does not read costs the hub. */
class StalledReaderTest {
  private FleetFixture fixture;
  private KnownCluster cluster;
  private AgentQueries queries;

  @BeforeEach
  void open(@TempDir Path directory) {
    fixture = new FleetFixture(directory);
    cluster = fixture.cluster("store-0001", Map.of());
    queries = new AgentQueries(fixture.database);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aStalledFetchHoldsLessThan64KibibytesAndThenGoesOn() {
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      byte[] body = new byte[300_000];
      new Random(i).nextBytes(body);
      bodies.add(body);
    }
    BundleManifest bundle = fixture.bundle("podinfo", bodies);
    fixture.publish(cluster, 1, bundle);
    FetchRequest.Builder request = FetchRequest.newBuilder();
    bundle
        .objects()
        .forEach(entry -> request.addWants(Want.newBuilder().setSha256(entry.digest().hex())));
    FakeReader<FetchResponse> reader = new FakeReader<>();
    EncodedBodies encoded = new EncodedBodies(fixture.bodies, 4 << 20);
    FetchCall call =
        new FetchCall(
            cluster, FetchPlan.of(cluster, request.build(), queries), encoded, reader, new Calls());
    reader.setOnReadyHandler(call::pump);

    call.pump();

    assertThat(reader.mostQueuedBytes()).isLessThan(65 * 1024);
    reader.readAll();
    assertThat(reader.completed()).isTrue();
    assertThat(reader.mostQueuedBytes()).isLessThan(65 * 1024);
    assertThat(reader.messages().stream().mapToLong(m -> m.getData().size()).sum())
        .isGreaterThan(20 * 300_000L);
    assertThat(encoded.keptBytes()).isBetween(300_000L, 4L << 20);
  }

  @Test
  void aStalledFollowerHoldsNothingAndCatchesUpWithTheNewest() {
    FakeReader<FollowResponse> reader = new FakeReader<>();
    Follower follower = new Follower(cluster, Position.getDefaultInstance(), reader, 0);
    reader.setOnReadyHandler(
        () -> {
          if (follower.catchesUp()) {
            queries.newestEnvelope(cluster.id()).ifPresent(e -> follower.offer(e, 0));
          }
        });
    follower.welcome(Welcome.getDefaultInstance(), 0);
    reader.readAll();
    reader.stall();

    for (int sequence = 1; sequence <= 100; sequence++) {
      follower.offer(fixture.publish(cluster, sequence), sequence);
      follower.beat(Beat.getDefaultInstance(), Long.MAX_VALUE, 1);
    }

    assertThat(reader.queued()).isZero();
    reader.readAll();
    assertThat(reader.messages()).hasSize(2);
    assertThat(reader.messages().getLast().getEnvelope().getPosition().getSequence())
        .isEqualTo(100);
  }

  @Test
  void nothingIsSentBeforeTheWelcomeAndNothingBackwards() {
    FakeReader<FollowResponse> reader = new FakeReader<>();
    Follower follower = new Follower(cluster, Position.getDefaultInstance(), reader, 0);
    var first = fixture.publish(cluster, 1);
    var second = fixture.publish(cluster, 2);

    follower.offer(first, 0);
    follower.beat(Beat.getDefaultInstance(), 1_000, 1);
    follower.welcome(Welcome.getDefaultInstance(), 0);
    follower.offer(second, 0);
    follower.offer(first, 0);
    follower.offer(second, 0);
    reader.readAll();

    assertThat(reader.messages()).hasSize(2);
    assertThat(reader.messages().getFirst().hasWelcome()).isTrue();
    assertThat(reader.messages().getLast().getEnvelope().getPosition().getSequence()).isEqualTo(2);
  }
}
