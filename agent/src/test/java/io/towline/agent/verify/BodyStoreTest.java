package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.towline.agent.enroll.CrashingDisk;
import io.towline.agent.enroll.StateException;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.Wanted;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestDelta;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies on a disk that fails, rots and is not trusted. */
class BodyStoreTest {
  /** Larger than any buffer on the way, and hardly compressible. */
  private static final byte[] BODY = noise(20_000);

  private static final Wanted WANTED = wanted(BODY);
  private static final byte[] GZIP = FakeFleet.gzip(BODY);

  @TempDir Path directory;
  private final AtomicInteger damages = new AtomicInteger();

  @Test
  void keepsABodyThatCameInPieces() throws IOException {
    BodyStore store = store(new CrashingDisk(Integer.MAX_VALUE));
    assertThat(store.partialBytes(WANTED)).isZero();
    store.append(WANTED, bytes(GZIP, 0, 9_000));
    assertThat(store.partialBytes(WANTED)).isEqualTo(9_000);
    assertThat(store.has(WANTED.digest())).isFalse();
    store.append(WANTED, bytes(GZIP, 9_000, GZIP.length));

    store.complete(WANTED);

    assertThat(store.has(WANTED.digest())).isTrue();
    assertThat(store.partialBytes(WANTED)).isZero();
    assertThat(store.read(WANTED.digest())).isEqualTo(BODY);
    assertThat(store.body(WANTED.digest(), WANTED.size())).hasValue(BODY);
    assertThat(damages).hasValue(0);
  }

  @Test
  void beginsAnewWhatWasDropped() {
    BodyStore store = store(new CrashingDisk(Integer.MAX_VALUE));
    store.append(WANTED, bytes(GZIP, 0, 10));

    store.drop(WANTED);

    assertThat(store.partialBytes(WANTED)).isZero();
  }

  @Test
  void keepsNothingThatIsNotTheBodyThatWasSigned() {
    byte[] other = BODY.clone();
    other[7] ^= 1;
    byte[] rotten = GZIP.clone();
    rotten[rotten.length - 6] ^= 1;
    for (byte[] came :
        List.of(
            FakeFleet.gzip(other),
            FakeFleet.gzip(Arrays.copyOf(BODY, BODY.length - 1)),
            FakeFleet.gzip(Arrays.copyOf(BODY, BODY.length + 1)),
            FakeFleet.gzip(new byte[1_000_000]),
            Arrays.copyOf(GZIP, GZIP.length - 1),
            Arrays.copyOf(GZIP, 5),
            rotten,
            BODY)) {
      BodyStore store = store(new CrashingDisk(Integer.MAX_VALUE));
      store.append(WANTED, ByteString.copyFrom(came));

      assertNotSigned(() -> store.complete(WANTED));

      assertThat(store.has(WANTED.digest())).isFalse();
      assertThat(store.partialBytes(WANTED)).isZero();
    }
  }

  @Test
  void keepsNoBodyUnderASizeThatWasNotSigned() {
    BodyStore store = store(new CrashingDisk(Integer.MAX_VALUE));
    for (int more : List.of(-1, 1)) {
      Wanted lie = new Wanted(WANTED.digest(), BODY.length + more, List.of());
      store.append(lie, ByteString.copyFrom(GZIP));
      assertNotSigned(() -> store.complete(lie));
    }
    assertThat(store.has(WANTED.digest())).isFalse();
  }

  @Test
  void makesABodyOfADeltaAndTheOneBefore() {
    byte[] next = BODY.clone();
    next[10_000] ^= 1;
    BodyStore store = holding(BODY);
    byte[] delta = FakeFleet.gzip(ManifestDelta.encode(BODY, next));

    store.completeDelta(wanted(next), WANTED.digest(), delta);

    assertThat(store.body(Digest.of(next), next.length)).hasValue(next);
    assertThat(store.has(WANTED.digest())).isTrue();
  }

  @Test
  void keepsNothingThatADeltaDoesNotLeadTo() {
    byte[] next = BODY.clone();
    next[10_000] ^= 1;
    Wanted wanted = wanted(next);
    BodyStore store = holding(BODY);
    byte[] delta = FakeFleet.gzip(ManifestDelta.encode(BODY, next));
    byte[] same = FakeFleet.gzip(ManifestDelta.encode(BODY, BODY));
    Wanted longer = new Wanted(wanted.digest(), next.length + 1, List.of());

    assertNotSigned(() -> store.completeDelta(wanted, WANTED.digest(), same));
    assertNotSigned(() -> store.completeDelta(longer, WANTED.digest(), delta));
    assertNotSigned(() -> store.completeDelta(wanted, wanted.digest(), delta));
    assertNotSigned(() -> store.completeDelta(wanted, WANTED.digest(), BODY));
    assertThat(store.has(wanted.digest())).isFalse();
    assertThat(damages).as("a base that is not here is no damage").hasValue(0);
  }

  @Test
  void dropsADamagedBodyAndSaysSoOnce() throws IOException {
    BodyStore store = holding(BODY);
    Path file = file(WANTED.digest(), "gz");
    byte[] another = FakeFleet.gzip(noise(3));
    for (byte[] damaged : List.of(new byte[0], Arrays.copyOf(GZIP, 4_000), another)) {
      damages.set(0);
      Files.write(file, damaged);

      assertThat(store.body(WANTED.digest(), WANTED.size())).isEmpty();
      assertThat(store.body(WANTED.digest(), WANTED.size())).isEmpty();

      assertThat(damages).hasValue(1);
      assertThat(file).doesNotExist();
      assertThatThrownBy(() -> store.read(WANTED.digest()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(WANTED.digest().shortHex());
    }
  }

  @Test
  void readsNoMoreOfABodyThanWasSigned() throws IOException {
    BodyStore store = holding(BODY);

    assertThat(store.body(WANTED.digest(), WANTED.size() - 2)).isEmpty();
    assertThat(file(WANTED.digest(), "gz")).doesNotExist();
  }

  @Test
  void keepsWhatIsNeededAndWhatIsOnItsWayThere() throws IOException {
    BodyStore store = holding(BODY);
    byte[] old = noise(100);
    keep(store, old);
    Wanted coming = wanted(noise(50));
    store.append(coming, ByteString.copyFrom(new byte[] {1}));
    Wanted abandoned = wanted(noise(51));
    store.append(abandoned, ByteString.copyFrom(new byte[] {1}));
    Files.writeString(directory.resolve("bodies/else"), "");

    int gone = store.retain(Set.of(WANTED.digest(), coming.digest()));

    assertThat(gone).isEqualTo(3);
    assertThat(store.has(WANTED.digest())).isTrue();
    assertThat(store.partialBytes(coming)).isEqualTo(1);
    assertThat(store.has(Digest.of(old))).isFalse();
    assertThat(store.partialBytes(abandoned)).isZero();
    assertThat(store.retain(Set.of(WANTED.digest(), coming.digest()))).isZero();
  }

  @Test
  void forcesEveryNewBodyAndItsNameOnceAndNothingThatIsGone() {
    CrashingDisk disk = new CrashingDisk(Integer.MAX_VALUE);
    BodyStore store = store(disk);
    keep(store, BODY);
    keep(store, noise(1));
    keep(store, noise(2));
    store.retain(Set.of(WANTED.digest(), Digest.of(noise(1))));
    int before = disk.effects();

    store.makeDurable();

    assertThat(disk.effects() - before).as("two bodies and their directory").isEqualTo(3);
    store.makeDurable();
    assertThat(disk.effects() - before).as("nothing is new").isEqualTo(3);
  }

  @Test
  void saysThatADiskFailedWhateverItWasAskedFor() {
    CrashingDisk counting = new CrashingDisk(Integer.MAX_VALUE);
    live(counting, directory.resolve("counted"));
    assertThat(counting.effects()).isGreaterThan(8);

    for (int failAt = 1; failAt <= counting.effects(); failAt++) {
      Path state = directory.resolve("fails-" + failAt);
      CrashingDisk disk = new CrashingDisk(failAt);

      assertThat(catchThrowableOfType(StateException.class, () -> live(disk, state)))
          .as("effect " + failAt)
          .isNotNull()
          .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.STATE_NOT_STORED))
          .hasMessageContaining(state.toString());
    }
  }

  @Test
  void saysThatADirectoryIsNoBody() throws IOException {
    BodyStore store = store(new CrashingDisk(Integer.MAX_VALUE));
    Files.createDirectories(file(WANTED.digest(), "gz"));
    Files.createDirectories(file(WANTED.digest(), "part"));

    assertThatThrownBy(() -> store.body(WANTED.digest(), 1)).isInstanceOf(StateException.class);
    assertThatThrownBy(() -> store.read(WANTED.digest())).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> store.complete(WANTED)).isInstanceOf(StateException.class);
    Files.delete(file(WANTED.digest(), "part"));
    Files.delete(file(WANTED.digest(), "gz"));
    Files.delete(directory.resolve("bodies"));
    assertThatThrownBy(() -> store.retain(Set.of())).isInstanceOf(StateException.class);
  }

  /** Every effect that a store has on its disk. */
  private void live(CrashingDisk disk, Path state) {
    BodyStore store = new BodyStore(disk, state, damages::incrementAndGet);
    keep(store, BODY);
    byte[] next = BODY.clone();
    next[10_000] ^= 1;
    store.completeDelta(
        wanted(next), WANTED.digest(), FakeFleet.gzip(ManifestDelta.encode(BODY, next)));
    store.makeDurable();
    store.retain(Set.of());
  }

  private BodyStore holding(byte[] body) {
    BodyStore store = store(new CrashingDisk(Integer.MAX_VALUE));
    keep(store, body);
    return store;
  }

  private BodyStore store(CrashingDisk disk) {
    return new BodyStore(disk, directory, damages::incrementAndGet);
  }

  private static void keep(BodyStore store, byte[] body) {
    store.append(wanted(body), ByteString.copyFrom(FakeFleet.gzip(body)));
    store.complete(wanted(body));
  }

  private Path file(Digest digest, String kind) {
    return directory.resolve("bodies/" + digest.hex() + "." + kind);
  }

  private static Wanted wanted(byte[] body) {
    return new Wanted(Digest.of(body), body.length, List.of());
  }

  private static ByteString bytes(byte[] all, int from, int to) {
    return ByteString.copyFrom(all, from, to - from);
  }

  private static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(length).nextBytes(noise);
    return noise;
  }

  private static void assertNotSigned(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.OBJECT_DIGEST_MISMATCH));
  }
}
