package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.LocalDisk;
import io.towline.agent.enroll.StateException;
import io.towline.agent.stream.FakeFleet;
import io.towline.envelope.Digest;
import io.towline.envelope.Floor;
import io.towline.envelope.RootChain;
import io.towline.envelope.RootDocument;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustStoreTest {
  private static final TrustMirror.Reading NO_MIRROR = new TrustMirror.Reading.Absent();

  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();
  private final Identity identity =
      new Identity(fleet.token("127.0.0.1:1", Digest.of(new byte[1])));
  private final InMemoryMirror mirror = new InMemoryMirror();
  private DurableFiles files;

  @BeforeEach
  void open() {
    files = DurableFiles.open(new LocalDisk(), directory);
  }

  @AfterEach
  void close() {
    files.close();
  }

  @Test
  void beginsWithNothingAtTheFirstStart() throws Exception {
    TrustStore trust = TrustStore.load(files, identity, false, NO_MIRROR);
    assertThat(trust.floor()).isEqualTo(Floor.none());
    assertThat(trust.mirrorIsBehind()).isTrue();
    trust.updateMirror(mirror);
    assertThat(trust.mirrorIsBehind()).isFalse();
    assertThat(mirror.text()).isPresent();
  }

  @Test
  void takesTheHigherOfDiskAndMirror() throws Exception {
    raised(5).updateMirror(mirror);
    raised(9);
    assertThat(TrustStore.load(files, identity, true, mirror.read()).floor().sequence())
        .isEqualTo(9);
    TrustRecord record = TrustRecord.parse(mirror.text().orElseThrow());
    InMemoryMirror ahead = new InMemoryMirror();
    ahead.put(record.withFloor(floor(12, "by a pod with another volume")).text());
    assertThat(TrustStore.load(files, identity, true, ahead.read()).floor().sequence())
        .isEqualTo(12);
    Files.delete(directory.resolve("trust"));
    assertThat(TrustStore.load(files, identity, true, mirror.read()).floor().sequence())
        .isEqualTo(5);
  }

  @Test
  void writesTheMirrorAnewWhenItIsGone() throws Exception {
    TrustStore trust = raised(5);
    trust.updateMirror(mirror);
    mirror.put(null);
    TrustStore again = TrustStore.load(files, identity, true, mirror.read());
    assertThat(again.mirrorIsBehind()).isTrue();
    again.updateMirror(mirror);
    assertThat(TrustRecord.parse(mirror.text().orElseThrow()).floor().sequence()).isEqualTo(5);
  }

  @Test
  void goesOnWithTheDiskWhenTheMirrorIsDamagedOrDenied() throws Exception {
    raised(5).updateMirror(mirror);
    mirror.put(mirror.text().orElseThrow().replace("sequence 5", "sequence 2"));
    TrustStore trust = TrustStore.load(files, identity, true, mirror.read());
    assertThat(trust.floor().sequence()).isEqualTo(5);
    trust.updateMirror(mirror);
    assertThat(TrustRecord.parse(mirror.text().orElseThrow()).floor().sequence()).isEqualTo(5);
    mirror.deny(true);
    assertThat(TrustStore.load(files, identity, true, mirror.read()).floor().sequence())
        .isEqualTo(5);
  }

  @Test
  void refusesToGoOnWithoutASoundRecordOnceThereWasOne() throws Exception {
    raised(5).updateMirror(mirror);
    String good = mirror.text().orElseThrow();
    Files.delete(directory.resolve("trust"));
    assertLost(() -> TrustStore.load(files, identity, true, NO_MIRROR));
    mirror.put("");
    assertLost(() -> TrustStore.load(files, identity, false, mirror.read()));
    for (int i = 0; i < good.length(); i++) {
      char[] flipped = good.toCharArray();
      flipped[i] = (char) (flipped[i] ^ 1);
      mirror.put(new String(flipped));
      assertLost(() -> TrustStore.load(files, identity, false, mirror.read()));
    }
  }

  @Test
  void refusesARecordOfANewerFormat() throws Exception {
    raised(5).updateMirror(mirror);
    String good = mirror.text().orElseThrow();
    String body = good.substring(0, good.lastIndexOf("sha256 ")).replace("trust 1", "trust 2");
    String sum = Digest.of(body.getBytes(StandardCharsets.UTF_8)).hex();
    Files.delete(directory.resolve("trust"));
    mirror.put(body + "sha256 " + sum + "\n");
    assertLost(() -> TrustStore.load(files, identity, true, mirror.read()));
  }

  @Test
  void refusesTheTrustOfAnotherCluster() throws Exception {
    raised(5).updateMirror(mirror);
    Identity other = new Identity(new FakeFleet().token("127.0.0.1:1", Digest.of(new byte[1])));
    assertLost(() -> TrustStore.load(files, other, false, NO_MIRROR));
    Files.delete(directory.resolve("trust"));
    assertLost(() -> TrustStore.load(files, other, false, mirror.read()));
  }

  @Test
  void refusesTwoRecordsOfOnePlaceThatContradictEachOther() throws Exception {
    raised(5).updateMirror(mirror);
    TrustRecord record = TrustRecord.parse(mirror.text().orElseThrow());
    mirror.put(record.withFloor(floor(5, "another")).text());
    assertLost(() -> TrustStore.load(files, identity, true, mirror.read()));
  }

  @Test
  void neverLowersTheFloor() {
    TrustStore trust = raised(5);
    Floor seen = trust.floor();
    assertThatThrownBy(() -> trust.raise(seen, floor(4, "lower")))
        .isInstanceOf(VerificationException.class);
    assertThatThrownBy(() -> trust.raise(floor(3, "stale"), floor(6, "next")))
        .isInstanceOf(VerificationException.class);
    assertThat(trust.floor()).isEqualTo(seen);
  }

  @Test
  void takesInWhatSomebodyElseWroteBeforeItWritesAgain() throws Exception {
    TrustStore trust = raised(5);
    trust.updateMirror(mirror);
    TrustRecord record = TrustRecord.parse(mirror.text().orElseThrow());
    mirror.put(record.withFloor(floor(8, "by another")).text());
    trust.raise(trust.floor(), floor(6, "mine"));
    assertThatThrownBy(() -> trust.updateMirror(mirror))
        .isInstanceOf(TrustMirror.MirrorException.class);
    assertThat(trust.floor().sequence()).isEqualTo(8);
    assertThat(trust.mirrorIsBehind()).isFalse();
  }

  @Test
  void keepsTheMirrorBehindUntilItCouldBeWritten() throws Exception {
    TrustStore trust = raised(5);
    mirror.unavailable(true);
    assertThatThrownBy(() -> trust.updateMirror(mirror))
        .isInstanceOf(TrustMirror.MirrorException.class);
    assertThat(trust.mirrorIsBehind()).isTrue();
    mirror.unavailable(false);
    trust.updateMirror(mirror);
    assertThat(trust.mirrorIsBehind()).isFalse();
  }

  @Test
  void neverLowersTheTimeOfTheFloorNorAnEpoch() {
    TrustStore trust = raised(5);
    Floor seen = trust.floor();
    Floor earlier = new Floor(1, 6, seen.payload(), seen.time().minusNanos(1));
    Floor later = new Floor(1, 5, seen.payload(), seen.time().plusNanos(1));

    assertRollback(() -> trust.raise(seen, earlier));
    assertThat(trust.floor()).isEqualTo(seen);
    trust.raise(seen, later);
    assertThat(trust.floor()).isEqualTo(later);
    trust.raise(later, new Floor(2, 1, seen.payload(), later.time()));
    assertRollback(() -> trust.raise(trust.floor(), new Floor(1, 9, seen.payload(), later.time())));
  }

  @Test
  void writesAFloorThatRoseBeforeItReturnsAndNothingIfItDidNot() throws Exception {
    TrustStore trust = raised(5);
    assertThat(TrustStore.load(files, identity, true, NO_MIRROR).floor()).isEqualTo(trust.floor());
    Files.delete(directory.resolve("trust"));

    trust.raise(trust.floor(), trust.floor());
    assertThat(directory.resolve("trust")).doesNotExist();
    trust.raise(trust.floor(), floor(6, "accepted 6"));
    assertThat(TrustStore.load(files, identity, true, NO_MIRROR).floor().sequence()).isEqualTo(6);
  }

  @Test
  void believesTheNewestRootThatItSawAndNoOtherOfItsVersion() throws Exception {
    TrustStore trust = TrustStore.load(files, identity, false, NO_MIRROR);
    TrustedRoot first = root(1, 1);
    TrustedRoot second = root(2, 1);
    trust.believe(first);
    trust.believe(second);

    assertInvalid(() -> trust.believe(first));
    assertInvalid(() -> trust.believe(root(2, 2)));
    assertThat(directory.resolve("root-1")).doesNotExist();
    assertThat(trust.root()).hasValueSatisfying(root -> assertThat(root).isSameAs(second));
    Files.delete(directory.resolve("root-2"));
    trust.believe(second);
    TrustStore again = TrustStore.load(files, identity, true, NO_MIRROR);
    assertThat(again.root().orElseThrow().payload()).isEqualTo(second.payload());
    assertThat(again.rootVersion()).isEqualTo(2);
    assertThat(again.firstRoot()).isEqualTo(identity.firstRoot());
  }

  @Test
  void bothOfDiskAndMirrorMayBeDamagedButNotAtOnce() throws Exception {
    raised(5).updateMirror(mirror);
    Files.write(directory.resolve("trust"), new byte[] {1});

    assertThat(TrustStore.load(files, identity, true, mirror.read()).floor().sequence())
        .isEqualTo(5);
    assertThat(TrustStore.load(files, identity, true, NO_MIRROR).floor().sequence())
        .as("what the mirror held is on the disk again")
        .isEqualTo(5);
    Files.write(directory.resolve("trust"), new byte[] {1});
    assertLost(() -> TrustStore.load(files, identity, false, NO_MIRROR));
    files.write("trust", "towline-trust 1\n".getBytes(StandardCharsets.UTF_8));
    assertLost(() -> TrustStore.load(files, identity, false, NO_MIRROR));
  }

  @Test
  void doesNotTakeADiskThatCannotBeReadForOneThatLostItsRecord() throws Exception {
    raised(5).updateMirror(mirror);
    Files.delete(directory.resolve("trust"));
    Files.createDirectories(directory.resolve("trust/occupied"));
    TrustMirror.Reading reading = mirror.read();

    assertThatThrownBy(() -> TrustStore.load(files, identity, true, reading))
        .isInstanceOfSatisfying(
            StateException.class, e -> assertThat(e.reason()).isEqualTo(Reason.STATE_NOT_STORED));
  }

  @Test
  void writesWhatItTookFromTheMirrorAndGoesOnFromItsVersion() throws Exception {
    TrustStore trust = raised(5);
    trust.updateMirror(mirror);
    TrustRecord record = TrustRecord.parse(mirror.text().orElseThrow());
    mirror.put(record.withFloor(floor(8, "by another")).text());
    assertThatThrownBy(() -> trust.updateMirror(mirror))
        .isInstanceOf(TrustMirror.MirrorException.class);
    assertThat(TrustStore.load(files, identity, true, NO_MIRROR).floor().sequence()).isEqualTo(8);

    trust.raise(trust.floor(), floor(9, "mine"));
    assertThat(trust.mirrorIsBehind()).isTrue();
    trust.updateMirror(mirror);

    assertThat(TrustRecord.parse(mirror.text().orElseThrow()).floor().sequence()).isEqualTo(9);
  }

  @Test
  void makesTheMirrorAnewThatSomebodyRemovedMeanwhile() throws Exception {
    TrustStore trust = raised(5);
    trust.updateMirror(mirror);
    mirror.put(null);
    trust.raise(trust.floor(), floor(6, "mine"));
    assertThatThrownBy(() -> trust.updateMirror(mirror))
        .isInstanceOf(TrustMirror.MirrorException.class);

    trust.updateMirror(mirror);

    assertThat(TrustRecord.parse(mirror.text().orElseThrow()).floor().sequence()).isEqualTo(6);
    assertThat(trust.mirrorIsBehind()).isFalse();
  }

  private TrustedRoot root(long version, long epoch) {
    RootDocument document = fleet.root(version, epoch, fleet.rootKey, fleet.hubKey);
    return RootChain.pinned(fleet.signedRoot(document, fleet.rootKey), Digest.of(document.bytes()));
  }

  private static void assertRollback(ThrowingCallable raise) {
    assertThatThrownBy(raise)
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.SEQUENCE_ROLLBACK));
  }

  private static void assertInvalid(ThrowingCallable believe) {
    assertThatThrownBy(believe)
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.ROOT_INVALID));
  }

  private TrustStore raised(long sequence) {
    TrustStore trust =
        TrustStore.load(
            files, identity, files.read("trust").isPresent(), new TrustMirror.Reading.Absent());
    trust.raise(trust.floor(), floor(sequence, "accepted " + sequence));
    return trust;
  }

  private static Floor floor(long sequence, String payload) {
    return new Floor(
        1,
        sequence,
        Optional.of(Digest.of(payload.getBytes(StandardCharsets.UTF_8))),
        Instant.parse("2026-11-23T08:00:00Z"));
  }

  private static void assertLost(ThrowingCallable load) {
    assertThatThrownBy(load)
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.TRUST_STATE_LOST));
  }
}
