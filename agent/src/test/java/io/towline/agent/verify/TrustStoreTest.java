package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.LocalDisk;
import io.towline.agent.stream.FakeFleet;
import io.towline.envelope.Digest;
import io.towline.envelope.Floor;
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
