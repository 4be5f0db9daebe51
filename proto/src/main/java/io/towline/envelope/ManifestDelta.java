package io.towline.envelope;

import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The difference between two manifests as copies out of the base and insertions: one changed object
 * of a thousand costs the bytes of its new digest. Any two byte strings work; the result of {@link
 * #apply} means nothing until it is compared with the digest that was signed.
 *
 * <p>Format: the byte 1, the target's length, then operations until the target is full. An
 * operation is a number {@code 2n} followed by {@code n} bytes to insert, or {@code 2n + 1}
 * followed by an offset in the base to copy {@code n} bytes from. Numbers are unsigned LEB128.
 */
public final class ManifestDelta {
  private static final int FORMAT = 1;

  /** Bytes that have to agree before they are copied; a copy costs up to seven. */
  private static final int BLOCK = 16;

  /** Bytes of a number: 35 bits. */
  private static final int NUMBER_BYTES = 5;

  private ManifestDelta() {}

  /** The delta that makes the target of the base. Deterministic. */
  public static byte[] encode(byte[] base, byte[] target) {
    Map<Long, Integer> blocks = new HashMap<>();
    for (int at = 0; at + BLOCK <= base.length; at += BLOCK) {
      blocks.putIfAbsent(fingerprint(base, at), at);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(FORMAT);
    writeNumber(out, target.length);
    int pending = 0; // Start of what is not written yet.
    int at = 0;
    int expected = 0; // Where the base goes on after the last copy: equal blocks are tried there.
    while (at + BLOCK <= target.length) {
      int from = match(base, target, at, expected, blocks);
      if (from < 0) {
        at++;
        expected++;
        continue;
      }
      int start = at;
      while (start > pending && from > 0 && target[start - 1] == base[from - 1]) {
        start--;
        from--;
      }
      int length = common(base, from, target, start);
      insert(out, target, pending, start);
      writeNumber(out, ((long) length << 1) | 1);
      writeNumber(out, from);
      at = start + length;
      expected = from + length;
      pending = at;
    }
    insert(out, target, pending, target.length);
    return out.toByteArray();
  }

  /**
   * The target. Allocates no more than {@link Limits#STATEMENT_BYTES}.
   *
   * @throws VerificationException {@code ObjectDigestMismatch} if it is not a delta of this base
   */
  public static byte[] apply(byte[] base, byte[] delta) {
    ByteBuffer in = ByteBuffer.wrap(delta);
    if (!in.hasRemaining() || in.get() != FORMAT) {
      throw refuse();
    }
    long length = readNumber(in);
    if (length > Limits.STATEMENT_BYTES) {
      throw refuse();
    }
    ByteBuffer out = ByteBuffer.allocate((int) length);
    while (out.hasRemaining()) {
      long operation = readNumber(in);
      long count = operation >>> 1;
      // An empty operation would let a delta be long without end.
      if (count == 0 || count > out.remaining()) {
        throw refuse();
      }
      if ((operation & 1) == 0) {
        if (count > in.remaining()) {
          throw refuse();
        }
        out.put(delta, in.position(), (int) count);
        in.position(in.position() + (int) count);
      } else {
        long from = readNumber(in);
        if (from > base.length - count) {
          throw refuse();
        }
        out.put(base, (int) from, (int) count);
      }
    }
    if (in.hasRemaining()) {
      throw refuse();
    }
    return out.array();
  }

  private static int match(
      byte[] base, byte[] target, int at, int expected, Map<Long, Integer> blocks) {
    if (expected + BLOCK <= base.length && common(base, expected, target, at) >= BLOCK) {
      return expected;
    }
    Integer from = blocks.get(fingerprint(target, at));
    return from != null && common(base, from, target, at) >= BLOCK ? from : -1;
  }

  private static int common(byte[] base, int from, byte[] target, int at) {
    int length = 0;
    while (from + length < base.length
        && at + length < target.length
        && base[from + length] == target[at + length]) {
      length++;
    }
    return length;
  }

  private static long fingerprint(byte[] bytes, int at) {
    ByteBuffer block = ByteBuffer.wrap(bytes, at, BLOCK);
    return block.getLong() * 0x9E3779B97F4A7C15L + block.getLong();
  }

  private static void insert(ByteArrayOutputStream out, byte[] target, int from, int to) {
    if (to > from) {
      writeNumber(out, (long) (to - from) << 1);
      out.write(target, from, to - from);
    }
  }

  private static void writeNumber(ByteArrayOutputStream out, long number) {
    long rest = number;
    while (rest > 0x7f) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static long readNumber(ByteBuffer in) {
    long number = 0;
    for (int i = 0; i < NUMBER_BYTES && in.hasRemaining(); i++) {
      byte next = in.get();
      number |= (long) (next & 0x7f) << (7 * i);
      if (next >= 0) {
        return number;
      }
    }
    throw refuse();
  }

  private static VerificationException refuse() {
    return new VerificationException(
        Reason.OBJECT_DIGEST_MISMATCH, "the manifest's delta does not fit its base");
  }
}
