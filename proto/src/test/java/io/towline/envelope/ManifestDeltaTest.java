package io.towline.envelope;

import static io.towline.envelope.RefusalsTest.assertReason;
import static org.assertj.core.api.Assertions.assertThat;

import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a delta costs, and what is none. */
class ManifestDeltaTest {
  private static final byte[] BASE = noise(1, 2_000);

  /** A copy costs up to seven bytes, an insertion two and what it inserts, the head three. */
  @Test
  void anInsertionCostsWhatIsNewWhereverItStands() {
    byte[] fresh = noise(2, 5);
    for (int at : new int[] {16, 500, 1_001, 1_984}) {
      byte[] target = joined(Arrays.copyOf(BASE, at), fresh, Arrays.copyOfRange(BASE, at, 2_000));

      byte[] delta = ManifestDelta.encode(BASE, target);

      assertThat(ManifestDelta.apply(BASE, delta)).isEqualTo(target);
      assertThat(delta.length).as("at " + at).isLessThanOrEqualTo(3 + 7 + 1 + 5 + 7);
    }
  }

  @Test
  void aRemovalAndAMoveCostTwoCopies() {
    byte[] without = joined(Arrays.copyOf(BASE, 700), Arrays.copyOfRange(BASE, 711, 2_000));
    byte[] moved = joined(Arrays.copyOfRange(BASE, 1_003, 2_000), Arrays.copyOf(BASE, 1_003));

    for (byte[] target : new byte[][] {without, moved}) {
      byte[] delta = ManifestDelta.encode(BASE, target);

      assertThat(ManifestDelta.apply(BASE, delta)).isEqualTo(target);
      assertThat(delta.length).isLessThanOrEqualTo(3 + 7 + 7);
    }
  }

  @Test
  void aChangedByteAmongManyAlikeCostsFewBytes() {
    byte[] base = new byte[2_000];
    byte[] target = base.clone();
    target[1_000] = 1;

    byte[] delta = ManifestDelta.encode(base, target);

    assertThat(ManifestDelta.apply(base, delta)).isEqualTo(target);
    assertThat(delta.length).isLessThanOrEqualTo(3 + 7 + 2 + 7);
  }

  @Test
  void whatIsCopiedLiesInTheBase() {
    assertThat(ManifestDelta.apply(BASE, bytes(1, 4, 9, 0xcc, 0x0f)))
        .isEqualTo(Arrays.copyOfRange(BASE, 1_996, 2_000));
    for (byte[] beyond :
        new byte[][] {
          bytes(1, 4, 9, 0xcd, 0x0f),
          bytes(1, 4, 9, 0xd0, 0x0f),
          bytes(1, 4, 9, 0xff, 0xff, 0xff, 0xff, 0x7f)
        }) {
      refused(beyond);
    }
  }

  @Test
  void refusesWhatIsNoDelta() {
    for (byte[] wrong :
        new byte[][] {
          bytes(),
          bytes(2, 0),
          bytes(1),
          bytes(1, 0x80),
          bytes(1, 0x80, 0x80, 0x80, 0x80, 0x80, 0),
          bytes(1, 4, 8, 'a', 'b', 'c'),
          bytes(1, 4, 10, 'a', 'b', 'c', 'd', 'e'),
          bytes(1, 4, 8, 'a', 'b', 'c', 'd', 'e'),
          bytes(1, 4, 0, 8, 'a', 'b', 'c', 'd'),
          bytes(1, 4)
        }) {
      refused(wrong);
    }
    assertThat(ManifestDelta.apply(BASE, bytes(1, 0))).isEmpty();
    assertThat(
            ManifestDelta.apply(BASE, bytes(1, 0x84, 0x80, 0x80, 0x80, 0, 8, 'a', 'b', 'c', 'd')))
        .asString()
        .isEqualTo("abcd");
  }

  @Test
  void makesNothingLargerThanAManifestMayBe() {
    byte[] most = new byte[Limits.STATEMENT_BYTES];
    byte[] more = new byte[Limits.STATEMENT_BYTES + 1];

    assertThat(ManifestDelta.apply(most, ManifestDelta.encode(most, most))).isEqualTo(most);
    byte[] delta = ManifestDelta.encode(more, more);
    assertReason(() -> ManifestDelta.apply(more, delta), Reason.OBJECT_DIGEST_MISMATCH);
  }

  private static void refused(byte[] delta) {
    assertReason(() -> ManifestDelta.apply(BASE, delta), Reason.OBJECT_DIGEST_MISMATCH);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] noise(long seed, int length) {
    byte[] noise = new byte[length];
    new Random(seed).nextBytes(noise);
    return noise;
  }
}
