package io.towline.failures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.towline.agent.v1.EnvelopeVerdict;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.Root;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.agent.v1.Want;
import io.towline.envelope.Digest;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.Floor;
import io.towline.envelope.JoinToken;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.testkit.Forge;
import io.towline.testkit.Gzip;
import io.towline.testkit.HeardReports;
import io.towline.testkit.LyingHub;
import io.towline.testkit.NotInTime;
import io.towline.testkit.Offer;
import io.towline.testkit.Rendered;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The hub of {@link RefusalTest} itself: it offers what it is told to, every lie is wrong in the
 * one thing that its reason names, and what is not a lie can be verified.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LyingHubTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final Forge forge = new Forge("store-0107", InstantSource.system());
  private final EnvelopeVerifier verifier = new EnvelopeVerifier(forge.fleet(), forge.cluster());
  private LyingHub hub;
  private CarefulReader reader;
  private TrustedRoot root;
  private Floor floor;
  private Scene scene;

  @BeforeAll
  void holdAnEnvelope() throws Exception {
    hub = LyingHub.start(forge);
    reader = CarefulReader.of(hub.joinToken());
    JoinToken token = JoinToken.parse(hub.joinToken());
    List<Root> roots = reader.roots();
    root = RootChain.pinned(roots.getFirst().getDsse().toByteArray(), token.root());
    Rendered held = Scene.honest("held");
    hub.offer(forge.offer(forge.draft(5).with(held)));
    floor = Floor.none();
    VerifiedEnvelope verified = verifyOffered();
    floor = verified.floor();
    scene = new Scene(forge, 5, verified.position().payload(), held);
  }

  @AfterAll
  void close() {
    reader.close();
    hub.close();
  }

  static List<Lie> lies() {
    return Lie.all();
  }

  static List<Oddity> oddities() {
    return Oddity.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lies")
  void tellsLiesThatAreWrongInOneThing(Lie lie) {
    hub.offer(lie.tell(scene, "lie: " + lie));

    assertThatThrownBy(this::verifyOffered)
        .isInstanceOfSatisfying(
            VerificationException.class, e -> assertThat(e.reason()).isEqualTo(lie.reason()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oddities")
  void makesOdditiesThatAreRight(Oddity oddity) throws Exception {
    hub.offer(oddity.make(scene, "oddity: " + oddity));

    assertThat(verifyOffered().position().sequence()).isEqualTo(6);
  }

  @Test
  void goesOnWhereItWasCut() throws Exception {
    Oddity cut =
        Oddity.all().stream()
            .filter(oddity -> oddity.name().contains("cut"))
            .findFirst()
            .orElseThrow();
    Offer offer = cut.make(scene, "going on");
    Digest body = Scene.honest("going on").entry(Scene.CATALOGUE).digest();
    int size = Gzip.zip(Scene.honest("going on").body(Scene.CATALOGUE)).length;
    hub.offer(offer);

    VerifiedEnvelope verified = verifyOffered();

    assertThat(verified.position().sequence()).isEqualTo(6);
    assertThat(hub.wants(body))
        .extracting(Want::getOffset)
        .containsExactly(0L, 0L, size / 3L, size / 2L, size - 1L);
  }

  @Test
  void tellsAFollowerAtOnceWhatIsNewAndNothingThatItHolds() throws Exception {
    Offer first = forge.offer(scene.next(Scene.honest("first")));
    Offer second = forge.offer(scene.next(Scene.honest("second")));
    hub.offer(first);
    BlockingClientCall<?, FollowResponse> call =
        reader.follow(FollowRequest.newBuilder().setHeld(first.position()).build());
    assertThat(CarefulReader.read(call).hasWelcome()).isTrue();

    hub.offer(second);

    FollowResponse next = CarefulReader.read(call);
    while (next.hasBeat()) {
      next = CarefulReader.read(call);
    }
    assertThat(next.getEnvelope().getPosition()).isEqualTo(second.position());
    call.cancel("seen enough", null);
  }

  @Test
  void keepsReportsOnceAndSaysHowFarItHasThem() throws Exception {
    Offer offer = scene.offer("reported");
    HeardReports.Mark mark = hub.heard().mark();
    ReportItem verdict =
        ReportItem.newBuilder()
            .setVerdict(
                EnvelopeVerdict.newBuilder()
                    .setPosition(offer.position())
                    .setReason("WrongCluster"))
            .build();
    ReportRequest batch =
        ReportRequest.newBuilder()
            .setBatch(ReportBatch.newBuilder().setNumber(1).addItems(verdict))
            .build();

    BlockingClientCall<ReportRequest, ReportResponse> call = hello();
    assertThat(CarefulReader.read(call).getWelcome().getLastNumber()).isZero();
    assertThat(call.write(batch)).isTrue();
    assertThat(CarefulReader.read(call).getAck().getNumber()).isEqualTo(1);
    call.cancel("broken", null);
    BlockingClientCall<ReportRequest, ReportResponse> again = hello();
    assertThat(CarefulReader.read(again).getWelcome().getLastNumber()).isEqualTo(1);
    assertThat(again.write(batch)).isTrue();
    assertThat(CarefulReader.read(again).getAck().getNumber()).isEqualTo(1);
    again.cancel("seen enough", null);

    assertThat(hub.heard().awaitVerdict(mark, offer, SOON).getReason()).isEqualTo("WrongCluster");
    assertThat(hub.heard().since(mark)).hasSize(1);
    HeardReports.Mark now = hub.heard().mark();
    assertThatThrownBy(() -> hub.heard().awaitVerdict(now, offer, Duration.ofMillis(50)))
        .isInstanceOf(NotInTime.class);
  }

  @Test
  void answersNobodyWithoutTheSecret() {
    JoinToken token = JoinToken.parse(hub.joinToken());
    try (CarefulReader stranger = new CarefulReader(token, "guessed")) {
      assertThatThrownBy(stranger::roots)
          .isInstanceOfSatisfying(
              StatusException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
    }
  }

  @Test
  void isNotBelievedUnderAnotherKey() {
    LyingHub first = LyingHub.start(forge);
    String token = first.joinToken();
    first.close();
    try (LyingHub impostor = first.impostor();
        CarefulReader pinned = CarefulReader.of(token);
        CarefulReader fooled = CarefulReader.of(impostor.joinToken())) {
      assertThatThrownBy(pinned::roots)
          .isInstanceOfSatisfying(
              StatusException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
      assertThat(impostor.calls().granted()).isZero();
      assertThat(impostor.calls().refused()).isZero();
      assertThat(fooled).satisfies(reader -> assertThat(reader.roots()).hasSize(1));
    }
  }

  private BlockingClientCall<ReportRequest, ReportResponse> hello() throws Exception {
    BlockingClientCall<ReportRequest, ReportResponse> call = reader.report();
    assertThat(
            call.write(
                ReportRequest.newBuilder()
                    .setHello(ReportHello.newBuilder().setIncarnation(42))
                    .build()))
        .isTrue();
    return call;
  }

  /** What an agent does with an offer, without any of its care for disks and clusters. */
  private VerifiedEnvelope verifyOffered() throws Exception {
    SignedEnvelope offered = reader.envelope();
    byte[] dsse;
    try {
      dsse = Gzip.unzip(offered.getDsseGzip().toByteArray());
    } catch (UncheckedIOException e) {
      dsse = new byte[0];
    }
    return verifier.verifyBodies(verifier.verify(dsse, root, floor, forge.now()), reader);
  }
}
