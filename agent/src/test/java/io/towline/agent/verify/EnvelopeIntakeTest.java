package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.towline.agent.enroll.CrashingDisk;
import io.towline.agent.enroll.LocalDisk;
import io.towline.agent.enroll.StateException;
import io.towline.agent.stream.FakeAuthority;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.FakeHub;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.JoinToken;
import io.towline.envelope.Previous;
import io.towline.envelope.RootDocument;
import io.towline.envelope.Statement;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvelopeIntakeTest {
  @TempDir static Path keys;
  private static FakeAuthority tls;

  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();
  private FakeHub hub;
  private JoinToken token;

  @BeforeAll
  static void makeTheHubsKey() throws Exception {
    tls = new FakeAuthority();
  }

  @BeforeEach
  void startTheHub() throws Exception {
    hub = new FakeHub(fleet, tls, 0);
    token = fleet.token(hub.address(), tls.pin());
  }

  @AfterEach
  void stopTheHub() throws Exception {
    hub.close();
  }

  @Test
  void acceptsWhatIsSignedForThisClusterAndKeepsItOverARestartWithoutTheHub() throws Exception {
    BundleManifest web = fleet.bundle("web", 20, i -> "one");
    hub.publish(fleet.draft(5, web).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      VerifiedEnvelope accepted = agent.nextAccepted();
      assertThat(accepted.statement().sequence()).isEqualTo(5);
      assertThat(accepted.bundles()).hasSize(1);
      assertThat(agent.trust.floor().sequence()).isEqualTo(5);
      assertThat(agent.bodies.read(web.objects().get(7).digest()))
          .isEqualTo(fleet.bodies.get(web.objects().get(7).digest()));
    }
    hub.close();
    try (AgentUnderTest agent =
        new AgentUnderTest(
            directory, token, new LocalDisk(), new TrustMirror.Reading.Absent(), true)) {
      assertThat(agent.restored).isEmpty();
      IntakeRecorder.Said said = agent.next();
      assertThat(said)
          .isInstanceOfSatisfying(
              IntakeRecorder.Said.Accepted.class,
              a -> {
                assertThat(a.origin()).isEqualTo(EnvelopeIntake.Origin.DISK);
                assertThat(a.envelope().statement().sequence()).isEqualTo(5);
              });
    }
  }

  @Test
  void saysWhatItHoldsWhenItComesBack() throws Exception {
    SignedEnvelope first = fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal();
    hub.publish(first);
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      assertThat(hub.follows.take().hasHeld()).isFalse();
      hub.breakStreams();
      FollowRequest again = hub.follows.take();
      assertThat(again.getHeld()).isEqualTo(first.getPosition());
      hub.publish(fleet.draft(2, fleet.bundle("web", 1, i -> "two")).seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(2);
    }
  }

  @Test
  void refusesInEveryWayWithoutATraceOnDisk() throws Exception {
    BundleManifest web = fleet.bundle("web", 3, i -> "one");
    SignedEnvelope good = fleet.draft(10, web).seal();
    hub.publish(good);
    BundleManifest next = fleet.bundle("web", 3, i -> "two");
    BundleManifest lost = fleet.bundle("web", 2, i -> "lost");
    fleet.bodies.remove(lost.objects().get(1).digest());
    BundleManifest swapped = fleet.bundle("web", 2, i -> "swapped");
    fleet.bodies.put(
        swapped.objects().get(0).digest(), "{\"other\":1}".getBytes(StandardCharsets.UTF_8));
    Map<SignedEnvelope, Reason> refusals = new LinkedHashMap<>();
    FakeFleet.Draft draft = fleet.draft(11, next);
    refusals.put(
        good.toBuilder().setDsseGzip(ByteString.copyFromUtf8("no gzip")).build(),
        Reason.ENVELOPE_MALFORMED);
    refusals.put(
        good.toBuilder()
            .setDsseGzip(ByteString.copyFrom(FakeFleet.gzip(new byte[6_000_000])))
            .build(),
        Reason.ENVELOPE_MALFORMED);
    byte[] payload = draft.statement();
    refusals.put(
        draft.envelope(payload, FakeFleet.sign("application/json", payload, fleet.hubKey)),
        Reason.PAYLOAD_TYPE_WRONG);
    draft.key = FakeFleet.newKey();
    refusals.put(draft.seal(), Reason.SIGNATURE_INVALID);
    draft = fleet.draft(11, next);
    draft.forFleet = UUID.randomUUID();
    refusals.put(draft.seal(), Reason.WRONG_FLEET);
    draft = fleet.draft(11, next);
    draft.forCluster = UUID.randomUUID();
    refusals.put(draft.seal(), Reason.WRONG_CLUSTER);
    draft = fleet.draft(11, next);
    draft.rootVersion = 9;
    refusals.put(draft.seal(), Reason.ROOT_VERSION_MISMATCH);
    draft = fleet.draft(11, next);
    draft.epoch = 2;
    refusals.put(draft.seal(), Reason.EPOCH_MISMATCH);
    refusals.put(fleet.draft(9, next).seal(), Reason.SEQUENCE_ROLLBACK);
    refusals.put(fleet.draft(10, next).seal(), Reason.EQUIVOCATION);
    draft = fleet.draft(11, next);
    draft.previous = Optional.of(new Previous(10, Digest.of(new byte[1])));
    refusals.put(draft.seal(), Reason.CHAIN_BROKEN);
    draft = fleet.draft(11, next);
    draft.expires = FakeFleet.NOW.minusSeconds(1);
    refusals.put(draft.seal(), Reason.ENVELOPE_EXPIRED);
    draft = fleet.draft(11, next);
    draft.expires = FakeFleet.ISSUED.plus(Duration.ofDays(8));
    refusals.put(draft.seal(), Reason.LIFETIME_TOO_LONG);
    draft = fleet.draft(11, next);
    draft.manifestSizeLie = 1;
    refusals.put(draft.seal(), Reason.OBJECT_DIGEST_MISMATCH);
    draft = fleet.draft(11, next);
    draft.index = Optional.of(Digest.of(new byte[2]));
    refusals.put(draft.seal(), Reason.INDEX_MISMATCH);
    refusals.put(fleet.draft(11, lost).seal(), Reason.OBJECT_MISSING);
    refusals.put(fleet.draft(11, swapped).seal(), Reason.OBJECT_DIGEST_MISMATCH);

    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      hub.follows.take();
      Map<String, String> before = trustAndEnvelopes();
      for (Map.Entry<SignedEnvelope, Reason> refusal : refusals.entrySet()) {
        hub.publish(refusal.getKey());
        IntakeRecorder.Said.Refused refused = agent.nextRefused();
        assertThat(refused.reason()).as(refused.message()).isEqualTo(refusal.getValue());
        assertThat(trustAndEnvelopes()).as(refusal.getValue().word()).isEqualTo(before);
        assertThat(agent.intake.held()).contains(good.getPosition());
      }
      hub.publish(fleet.draft(11, next).seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(11);
    }
  }

  @Test
  void refusesEverySignatureWithABitFlipped() throws Exception {
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      hub.follows.take();
      byte[] payload = fleet.draft(1, fleet.bundle("web", 1, i -> "x")).statement();
      byte[] sealed = FakeFleet.sign(Statement.PAYLOAD_TYPE, payload, fleet.hubKey);
      String json = new String(sealed, StandardCharsets.UTF_8);
      int start = json.indexOf("\"sig\":\"") + 7;
      for (int i = 0; i < 80; i += 7) {
        char[] bent = json.toCharArray();
        bent[start + i] = bent[start + i] == 'A' ? 'B' : 'A';
        hub.publish(
            fleet.draft(1).envelope(payload, new String(bent).getBytes(StandardCharsets.UTF_8)));
        assertThat(agent.nextRefused().reason()).isEqualTo(Reason.SIGNATURE_INVALID);
      }
      assertThat(agent.trust.floor().sequence()).isZero();
    }
  }

  @Test
  void followsRootsToANewKeyAndForgetsTheOldOne() throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
    KeyPair newHubKey = FakeFleet.newKey();
    KeyPair newRootKey = FakeFleet.newKey();
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      hub.follows.take();
      hub.roots.add(
          fleet.signedRoot(fleet.root(2, 1, newRootKey, newHubKey), fleet.rootKey, newRootKey));
      FakeFleet.Draft byNewKey = fleet.draft(2, fleet.bundle("web", 1, i -> "two"));
      byNewKey.key = newHubKey;
      byNewKey.rootVersion = 2;
      hub.publish(byNewKey.seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(2);
      FakeFleet.Draft byOldKey = fleet.draft(3, fleet.bundle("web", 1, i -> "three"));
      hub.publish(byOldKey.seal());
      assertThat(agent.nextRefused().reason()).isEqualTo(Reason.SIGNATURE_INVALID);
    }
    try (AgentUnderTest agent =
        new AgentUnderTest(
            directory, token, new LocalDisk(), new TrustMirror.Reading.Absent(), true)) {
      assertThat(agent.trust.root().orElseThrow().document().version()).isEqualTo(2);
    }
  }

  @Test
  void followsSixtyRootsWithoutAnEnvelopeAndSaysThatWhatItEnforcesIsSignedByARetiredKey()
      throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
    KeyPair newHubKey = FakeFleet.newKey();
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      hub.follows.take();
      for (int version = 2; version <= 61; version++) {
        KeyPair key = version < 61 ? fleet.hubKey : newHubKey;
        hub.roots.add(fleet.signedRoot(fleet.root(version, 1, fleet.rootKey, key), fleet.rootKey));
      }
      hub.offerRoot(61);
      assertThat(agent.next()).isEqualTo(new IntakeRecorder.Said.Retired(true));
      assertThat(agent.trust.rootVersion()).isEqualTo(61);
      assertThat(agent.intake.held().orElseThrow().getSequence()).isEqualTo(1);
    }
    hub.rootVersion = 61;
    try (AgentUnderTest agent =
        new AgentUnderTest(
            directory, token, new LocalDisk(), new TrustMirror.Reading.Absent(), true)) {
      agent.nextAccepted();
      assertThat(agent.next()).isEqualTo(new IntakeRecorder.Said.Retired(true));
      FakeFleet.Draft again = fleet.draft(2, fleet.bundle("web", 1, i -> "one"));
      again.key = newHubKey;
      again.rootVersion = 61;
      hub.publish(again.seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(2);
    }
  }

  @Test
  void keepsItsRootWhenOneIsOfferedThatItsPredecessorDidNotSign() throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      hub.follows.take();
      KeyPair thief = FakeFleet.newKey();
      hub.roots.add(fleet.signedRoot(fleet.root(2, 2, thief, FakeFleet.newKey()), thief));
      hub.offerRoot(2);
      assertThat(agent.next()).isEqualTo(new IntakeRecorder.Said.RootRefused(Reason.ROOT_INVALID));
      assertThat(agent.trust.rootVersion()).isEqualTo(1);
      assertThat(agent.intake.held().orElseThrow().getSequence()).isEqualTo(1);
      // As soon as there is the right one it goes on.
      hub.roots.removeLast();
      hub.roots.add(fleet.signedRoot(fleet.root(2, 1, fleet.rootKey, fleet.hubKey), fleet.rootKey));
      hub.publish(fleet.draft(2, fleet.bundle("web", 1, i -> "two")).seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(2);
      assertThat(agent.trust.rootVersion()).isEqualTo(2);
    }
  }

  @Test
  void refusesAFirstRootThatTheTokenDoesNotPin() throws Exception {
    KeyPair evil = FakeFleet.newKey();
    hub.roots.set(0, fleet.signedRoot(fleet.root(1, 1, FakeFleet.newKey(), evil), evil));
    FakeFleet.Draft draft = fleet.draft(1, fleet.bundle("web", 1, i -> "evil"));
    draft.key = evil;
    hub.publish(draft.seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      assertThat(agent.nextRefused().reason()).isEqualTo(Reason.ROOT_INVALID);
      assertThat(agent.trust.root()).isEmpty();
    }
  }

  @Test
  void startsSequencesAnewInTheNextEpoch() throws Exception {
    long last = (1L << 53) - 1;
    hub.publish(fleet.draft(last, fleet.bundle("web", 1, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      hub.follows.take();
      hub.roots.add(fleet.signedRoot(fleet.root(2, 2, fleet.rootKey, fleet.hubKey), fleet.rootKey));
      FakeFleet.Draft draft = fleet.draft(1, fleet.bundle("web", 1, i -> "two"));
      draft.epoch = 2;
      draft.rootVersion = 2;
      hub.publish(draft.seal());
      assertThat(agent.nextAccepted().statement().epoch()).isEqualTo(2);
    }
  }

  @Test
  void goesOnEnforcingAfterExpiryAndReportsIt() throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      agent.now.set(FakeFleet.ISSUED.plus(Duration.ofHours(24)));
      agent.intake.repair();
      assertThat(agent.next()).isEqualTo(new IntakeRecorder.Said.Expiry(true));
      assertThat(agent.intake.held()).isPresent();
      agent.now.set(FakeFleet.NOW);
      agent.intake.repair();
      assertThat(agent.next()).isEqualTo(new IntakeRecorder.Said.Expiry(false));
    }
  }

  @Test
  void saysThatTheClockIsBehindTheLastEnvelopeAndCountsByTheEnvelopesTimeMeanwhile()
      throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      agent.now.set(FakeFleet.ISSUED.minus(EnvelopeVerifier.CLOCK_TOLERANCE));
      hub.publish(fleet.draft(2, fleet.bundle("web", 1, i -> "two")).seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(2);
      // One second more is too much, and years change nothing of what is accepted.
      agent.now.set(
          FakeFleet.ISSUED.minus(EnvelopeVerifier.CLOCK_TOLERANCE).minus(Duration.ofSeconds(1)));
      agent.intake.repair();
      assertThat(agent.next()).isEqualTo(new IntakeRecorder.Said.ClockBehind(true));
      agent.now.set(Instant.EPOCH);
      hub.publish(fleet.draft(3, fleet.bundle("web", 1, i -> "three")).seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(3);
      agent.now.set(FakeFleet.NOW);
      agent.intake.repair();
      assertThat(agent.next()).isEqualTo(new IntakeRecorder.Said.ClockBehind(false));
    }
  }

  @Test
  void looksAtTheShapeOfAnEnvelopeBeforeItsRootsAndAtThoseBeforeTheirExpiry() throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      hub.follows.take();
      KeyPair thief = FakeFleet.newKey();
      hub.roots.add(fleet.signedRoot(fleet.root(2, 2, thief, FakeFleet.newKey()), thief));
      hub.offerRoot(2);
      assertThat(agent.next()).isEqualTo(new IntakeRecorder.Said.RootRefused(Reason.ROOT_INVALID));
      FakeFleet.Draft draft = fleet.draft(2, fleet.bundle("web", 1, i -> "two"));
      byte[] noEnvelope = "{}".getBytes(StandardCharsets.UTF_8);
      hub.publish(draft.envelope(draft.statement(), noEnvelope));
      assertThat(agent.nextRefused().reason()).isEqualTo(Reason.ENVELOPE_MALFORMED);
      agent.now.set(agent.trust.root().orElseThrow().document().expiresAt());
      hub.publish(draft.seal());
      // The clock may be looked at before the envelope is, or after it.
      assertThat(List.of(agent.next(), agent.next()))
          .contains(new IntakeRecorder.Said.Expiry(true))
          .anySatisfy(
              said ->
                  assertThat(said)
                      .isInstanceOfSatisfying(
                          IntakeRecorder.Said.Refused.class,
                          refused -> assertThat(refused.reason()).isEqualTo(Reason.ROOT_INVALID)));
      hub.roots.removeLast();
      hub.publish(draft.seal());
      assertThat(agent.nextRefused().reason()).isEqualTo(Reason.ROOT_EXPIRED);
    }
  }

  @Test
  void comparesTheIndexBeforeItFetchesAnObject() throws Exception {
    BundleManifest web = fleet.bundle("web", 2, i -> "lost");
    web.objects().forEach(object -> fleet.bodies.remove(object.digest()));
    FakeFleet.Draft draft = fleet.draft(1, web);
    draft.index = Optional.of(Digest.of(new byte[2]));
    hub.publish(draft.seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      assertThat(agent.nextRefused().reason()).isEqualTo(Reason.INDEX_MISMATCH);
    }
  }

  @Test
  void enforcesAnExpiredEnvelopeFromDisk() throws Exception {
    FakeFleet.Draft draft = fleet.draft(1, fleet.bundle("web", 1, i -> "one"));
    draft.expires = FakeFleet.NOW.plusSeconds(1);
    hub.publish(draft.seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      agent.now.set(FakeFleet.NOW.plusSeconds(10));
    }
    AgentUnderTest again = new AgentUnderTest(directory, token);
    try (again) {
      again.nextAccepted();
      again.now.set(FakeFleet.NOW.plusSeconds(10));
      again.intake.repair();
      assertThat(again.next()).isEqualTo(new IntakeRecorder.Said.Expiry(true));
    }
  }

  @Test
  void acceptsAnEnvelopeOfTheFutureOnceItsTimeHasCome() throws Exception {
    FakeFleet.Draft draft = fleet.draft(1, fleet.bundle("web", 1, i -> "one"));
    draft.issued = FakeFleet.NOW.plus(Duration.ofHours(1));
    draft.expires = FakeFleet.NOW.plus(Duration.ofHours(2));
    hub.publish(draft.seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      assertThat(agent.nextRefused().reason()).isEqualTo(Reason.ENVELOPE_NOT_YET_VALID);
      agent.now.set(FakeFleet.NOW.plus(Duration.ofMinutes(61)));
      IntakeRecorder.Said said = agent.next();
      while (said instanceof IntakeRecorder.Said.Refused) {
        said = agent.next();
      }
      assertThat(said).isInstanceOf(IntakeRecorder.Said.Accepted.class);
    }
  }

  @Test
  void fetchesAManifestAsADeltaOfTheOneItHolds() throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1000, i -> "value-" + i)).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      long first = hub.bytesSent.getAndSet(0);
      BundleManifest next = fleet.bundle("web", 1000, i -> i == 500 ? "changed" : "value-" + i);
      hub.publish(fleet.draft(2, next).seal());
      agent.nextAccepted();
      assertThat(hub.bytesSent.get()).isLessThan(2_048).isLessThan(first / 20);
    }
  }

  @Test
  void fetchesTheWholeManifestIfADeltaDoesNotLeadToIt() throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 50, i -> "value-" + i)).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      hub.wrongDeltas = true;
      hub.publish(fleet.draft(2, fleet.bundle("web", 50, i -> "new-" + i)).seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(2);
    }
  }

  @Test
  void goesOnWithAFetchWhereItWasCutAtAnyOffset() throws Exception {
    Random random = new Random(7);
    byte[] noise = new byte[9_000];
    random.nextBytes(noise);
    String value = Base64.getEncoder().encodeToString(noise);
    hub.chunkBytes = 1_000;
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      hub.follows.take();
      int sequence = 1;
      for (int cut : List.of(0, 1, 999, 1_000, 1_001, 4_321, 9_000)) {
        int number = sequence;
        BundleManifest bundle = fleet.bundle("b" + number, 1, i -> value + number);
        hub.fetches.clear();
        hub.bytesSent.set(0);
        // The manifest comes first and is small; the cut is meant for the object after it.
        CountDownLatch manifestCame = new CountDownLatch(1);
        hub.beforeFetch =
            () -> {
              if (manifestCame.getCount() == 0) {
                hub.beforeFetch = null;
                hub.cutAfter.set(cut);
              }
              manifestCame.countDown();
            };
        hub.publish(fleet.draft(number, bundle).seal());
        assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(number);
        assertThat(hub.fetches).hasSize(3);
        assertThat(List.copyOf(hub.fetches).get(2).getWants(0).getOffset()).isEqualTo(cut);
        sequence++;
      }
    }
  }

  @Test
  void startsABodyOverIfWhatAnEarlierFetchLeftIsRotten() throws Exception {
    BundleManifest bundle = fleet.bundle("web", 1, i -> "value".repeat(500));
    Digest digest = bundle.objects().get(0).digest();
    Files.createDirectories(directory.resolve("bodies"));
    Files.write(directory.resolve("bodies/" + digest.hex() + ".part"), new byte[] {1, 2, 3, 4});
    hub.publish(fleet.draft(1, bundle).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(1);
    }
  }

  @Test
  void leavesAnEnvelopeForANewerOneThatCameMeanwhile() throws Exception {
    CountDownLatch fetching = new CountDownLatch(1);
    CountDownLatch published = new CountDownLatch(1);
    hub.beforeFetch =
        () -> {
          hub.beforeFetch = null;
          fetching.countDown();
          try {
            published.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    hub.publish(fleet.draft(1, fleet.bundle("web", 10, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      fetching.await();
      hub.follows.take();
      hub.publish(fleet.draft(2, fleet.bundle("web", 10, i -> "two")).seal());
      hub.beatAll();
      published.countDown();
      VerifiedEnvelope accepted = agent.nextAccepted();
      if (accepted.statement().sequence() == 1) {
        // The first one was through before the second one had arrived.
        accepted = agent.nextAccepted();
      }
      assertThat(accepted.statement().sequence()).isEqualTo(2);
    }
  }

  @Test
  void fetchesAnewWhatTheDiskLost() throws Exception {
    BundleManifest web = fleet.bundle("web", 5, i -> "one");
    hub.publish(fleet.draft(1, web).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      Digest digest = web.objects().get(2).digest();
      Path file = directory.resolve("bodies/" + digest.hex() + ".gz");
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 4;
      Files.write(file, bytes);
      assertThatThrownBy(() -> agent.bodies.read(digest)).isInstanceOf(IOException.class);
      hub.publish(fleet.draft(2, web, fleet.bundle("next", 1, i -> "x")).seal());
      agent.nextAccepted();
      assertThat(agent.bodies.read(digest)).isEqualTo(fleet.bodies.get(digest));
    }
  }

  @Test
  void asksTheHubAgainIfABodyIsDamagedAtTheStart() throws Exception {
    BundleManifest web = fleet.bundle("web", 5, i -> "one");
    hub.publish(fleet.draft(1, web).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
    }
    Path file = directory.resolve("bodies/" + web.objects().get(0).digest().hex() + ".gz");
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 20));
    hub.follows.clear();
    try (AgentUnderTest agent =
        new AgentUnderTest(
            directory, token, new LocalDisk(), new TrustMirror.Reading.Absent(), true)) {
      assertThat(agent.restored)
          .hasValueSatisfying(e -> assertThat(e.reason()).isEqualTo(Reason.OBJECT_MISSING));
      assertThat(hub.follows.take().hasHeld()).isFalse();
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(1);
    }
  }

  @Test
  void asksTheHubAgainIfItsEnvelopeIsDamagedAtTheStart() throws Exception {
    SignedEnvelope envelope = fleet.draft(1, fleet.bundle("web", 5, i -> "one")).seal();
    hub.publish(envelope);
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
    }
    Files.write(
        directory.resolve("envelope-" + envelope.getPosition().getPayloadSha256()), new byte[9]);
    try (AgentUnderTest agent =
        new AgentUnderTest(
            directory, token, new LocalDisk(), new TrustMirror.Reading.Absent(), true)) {
      assertThat(agent.restored)
          .hasValueSatisfying(e -> assertThat(e.reason()).isEqualTo(Reason.TRUST_STATE_LOST));
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(1);
    }
  }

  @Test
  void acceptsByItselfWhatItsDiskHadNoRoomForOnceItHas() throws Exception {
    CrashingDisk disk = new CrashingDisk(Integer.MAX_VALUE);
    hub.publish(fleet.draft(1, fleet.bundle("web", 3, i -> "one")).seal());
    try (AgentUnderTest agent =
        new AgentUnderTest(directory, token, disk, new TrustMirror.Reading.Absent(), false)) {
      agent.nextAccepted();
      disk.fail();
      hub.publish(fleet.draft(2, fleet.bundle("web", 3, i -> "two")).seal());
      IntakeRecorder.Said said = agent.next();
      while (said instanceof IntakeRecorder.Said.Untidy) {
        said = agent.next();
      }
      assertThat(said)
          .isInstanceOfSatisfying(
              IntakeRecorder.Said.Refused.class,
              refused -> assertThat(refused.reason()).isEqualTo(Reason.STATE_NOT_STORED));
      assertThat(agent.trust.floor().sequence()).isEqualTo(1);
      disk.mend();
      while (said instanceof IntakeRecorder.Said.Refused) {
        said = agent.next();
      }
      assertThat(said).isInstanceOf(IntakeRecorder.Said.Accepted.class);
      assertThat(agent.trust.floor().sequence()).isEqualTo(2);
    }
  }

  @Test
  void looksForANewerRootThanTheHubSaysItHasIfItsOwnExpired() throws Exception {
    hub.publish(fleet.draft(1, fleet.bundle("web", 1, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      hub.follows.take();
      RootDocument second = fleet.root(2, 1, fleet.rootKey, fleet.hubKey);
      hub.roots.add(
          fleet.signedRoot(
              new RootDocument(
                  second.fleet(),
                  2,
                  1,
                  second.issuedAt(),
                  second.expiresAt().plus(Duration.ofDays(180)),
                  second.keys(),
                  second.root(),
                  second.envelope()),
              fleet.rootKey));
      Instant late = second.expiresAt();
      FakeFleet.Draft draft = fleet.draft(2, fleet.bundle("web", 1, i -> "two"));
      draft.issued = late;
      draft.expires = late.plus(Duration.ofHours(24));
      agent.now.set(late);
      hub.publish(draft.seal());
      IntakeRecorder.Said said = agent.next();
      while (said instanceof IntakeRecorder.Said.Expiry) {
        said = agent.next();
      }
      assertThat(said).isInstanceOf(IntakeRecorder.Said.Accepted.class);
      assertThat(agent.intake.heldEnvelope().orElseThrow().statement().sequence()).isEqualTo(2);
    }
  }

  @Test
  void keepsNoBodyThatNoEnvelopeNamesAndNoEnvelopeButTheLast() throws Exception {
    BundleManifest one = fleet.bundle("web", 5, i -> "one");
    BundleManifest two = fleet.bundle("web", 5, i -> "two");
    SignedEnvelope first = fleet.draft(1, one).seal();
    hub.publish(first);
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
      hub.publish(fleet.draft(2, two).seal());
      agent.nextAccepted();
      hub.publish(fleet.draft(3, two).seal());
      agent.nextAccepted();
      // The third envelope is handed on before the second one's leftovers are removed for sure.
      assertThat(agent.bodies.has(one.digest())).isFalse();
      assertThat(agent.bodies.has(two.digest())).isTrue();
      assertThat(directory.resolve("envelope-" + first.getPosition().getPayloadSha256()))
          .doesNotExist();
    }
  }

  @Test
  void holdsTheOldEnvelopeOrTheNewOneAfterACrashAtEveryEffectOnTheDisk() throws Exception {
    BundleManifest one = fleet.bundle("web", 3, i -> "one");
    BundleManifest two = fleet.bundle("web", 3, i -> "two");
    int seenOld = 0;
    for (int failAt = 3; ; failAt++) {
      Path state = directory.resolve("crash-" + failAt);
      hub.publish(fleet.draft(1, one).seal());
      try (AgentUnderTest agent = new AgentUnderTest(state, token)) {
        agent.nextAccepted();
        hub.follows.take();
      }
      hub.publish(fleet.draft(2, two).seal());
      boolean survived = runUntilItCrashes(state, new CrashingDisk(failAt));
      hub.publish(fleet.draft(1, one).seal());
      try (AgentUnderTest agent =
          new AgentUnderTest(
              state, token, new LocalDisk(), new TrustMirror.Reading.Absent(), true)) {
        assertThat(agent.restored).as("crash at " + failAt).isEmpty();
        VerifiedEnvelope held = agent.nextAccepted();
        long sequence = held.statement().sequence();
        assertThat(sequence).isIn(1L, 2L).isEqualTo(agent.trust.floor().sequence());
        for (var object : held.bundles().get(0).manifest().objects()) {
          assertThat(agent.bodies.read(object.digest()))
              .isEqualTo(fleet.bodies.get(object.digest()));
        }
        if (sequence == 2) {
          assertThat(agent.nextRefused().reason()).isEqualTo(Reason.SEQUENCE_ROLLBACK);
        } else {
          seenOld++;
        }
      }
      if (survived) {
        assertThat(seenOld).isPositive();
        return;
      }
    }
  }

  /** Whether it got to the end of all its work without meeting the crash. */
  private boolean runUntilItCrashes(Path state, CrashingDisk disk) throws Exception {
    hub.follows.clear();
    try (AgentUnderTest agent =
        new AgentUnderTest(state, token, disk, new TrustMirror.Reading.Absent(), true)) {
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(1);
      IntakeRecorder.Said said = agent.next();
      if (said instanceof IntakeRecorder.Said.Accepted) {
        hub.publish(fleet.draft(3).seal().toBuilder().clearDsseGzip().build());
        said = agent.next();
      }
      return switch (said) {
        case IntakeRecorder.Said.Refused refused -> refused.reason() == Reason.ENVELOPE_MALFORMED;
        case IntakeRecorder.Said.Untidy untidy -> false;
        case IntakeRecorder.Said.Accepted accepted -> throw new AssertionError(accepted);
        case IntakeRecorder.Said.Expiry expiry -> throw new AssertionError(expiry);
        case IntakeRecorder.Said.Retired retired -> throw new AssertionError(retired);
        case IntakeRecorder.Said.ClockBehind behind -> throw new AssertionError(behind);
        case IntakeRecorder.Said.RootRefused refused -> throw new AssertionError(refused);
      };
    } catch (StateException e) {
      return false;
    }
  }

  @Test
  void continuesFromTheMirrorWhenTheVolumeIsLost() throws Exception {
    hub.publish(fleet.draft(7, fleet.bundle("web", 2, i -> "one")).seal());
    String mirror;
    try (AgentUnderTest agent = new AgentUnderTest(directory.resolve("a"), token)) {
      agent.nextAccepted();
      InMemoryMirror secret = new InMemoryMirror();
      agent.trust.updateMirror(secret);
      mirror = secret.text().orElseThrow();
    }
    TrustMirror.Reading kept = new TrustMirror.Reading.Present(mirror, "1");
    hub.publish(fleet.draft(6, fleet.bundle("web", 2, i -> "old")).seal());
    try (AgentUnderTest agent =
        new AgentUnderTest(directory.resolve("b"), token, new LocalDisk(), kept, false)) {
      assertThat(agent.restored)
          .hasValueSatisfying(e -> assertThat(e.reason()).isEqualTo(Reason.TRUST_STATE_LOST));
      assertThat(agent.nextRefused().reason()).isEqualTo(Reason.SEQUENCE_ROLLBACK);
      hub.publish(fleet.draft(7, fleet.bundle("web", 2, i -> "one")).seal());
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(7);
    }
  }

  @Test
  void doesNotEnforceAnOlderVolumeThanItsMirror() throws Exception {
    Path state = directory.resolve("a");
    hub.publish(fleet.draft(7, fleet.bundle("web", 2, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(state, token)) {
      agent.nextAccepted();
    }
    InMemoryMirror secret = new InMemoryMirror();
    hub.publish(fleet.draft(8, fleet.bundle("web", 2, i -> "two")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory.resolve("newer"), token)) {
      agent.nextAccepted();
      agent.trust.updateMirror(secret);
    }
    try (AgentUnderTest agent =
        new AgentUnderTest(state, token, new LocalDisk(), secret.read(), true)) {
      assertThat(agent.restored).isPresent();
      VerifiedEnvelope first = agent.nextAccepted();
      assertThat(first.statement().sequence()).isEqualTo(8);
    }
  }

  @Test
  void refusesToStartAnewOnceTrustIsLost() throws Exception {
    hub.publish(fleet.draft(7, fleet.bundle("web", 2, i -> "one")).seal());
    try (AgentUnderTest agent = new AgentUnderTest(directory, token)) {
      agent.nextAccepted();
    }
    Files.delete(directory.resolve("trust"));
    assertThatThrownBy(
            () ->
                new AgentUnderTest(
                    directory, token, new LocalDisk(), new TrustMirror.Reading.Absent(), true))
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.TRUST_STATE_LOST));
  }

  private Map<String, String> trustAndEnvelopes() throws IOException {
    Map<String, String> found = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = file.getFileName().toString();
        if (!name.equals("lock")) {
          found.put(name, Digest.of(Files.readAllBytes(file)).hex());
        }
      }
    }
    return found;
  }
}
