package io.towline.agent.enroll;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Bech32 as BIP 173 defines it, without its limit of 90 characters: how age writes recipients and
 * identities. Pure.
 */
final class Bech32 {
  private static final String CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  private static final int[] GENERATOR = {
    0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3
  };
  private static final int CHECKSUM = 6;
  private static final int BITS = 5;
  private static final int MASK = 31;

  private Bech32() {}

  /** The text for some bytes, in lower case. */
  static String encode(String prefix, byte[] bytes) {
    byte[] groups = regroup(bytes, Byte.SIZE, BITS, true);
    StringBuilder text = new StringBuilder(prefix).append('1');
    for (byte group : groups) {
      text.append(CHARSET.charAt(group));
    }
    int checksum = polymod(prefix, groups, CHECKSUM) ^ 1;
    for (int i = 0; i < CHECKSUM; i++) {
      text.append(CHARSET.charAt((checksum >>> (BITS * (CHECKSUM - 1 - i))) & MASK));
    }
    return text.toString();
  }

  /**
   * The bytes of a text, which is all in lower or all in upper case.
   *
   * @throws IllegalArgumentException if it has another prefix or is damaged; nothing of it is said
   */
  static byte[] decode(String prefix, String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (!text.equals(lower) && !text.equals(text.toUpperCase(Locale.ROOT))) {
      throw new IllegalArgumentException("mixes cases");
    }
    if (!lower.startsWith(prefix + "1") || lower.length() < prefix.length() + 1 + CHECKSUM) {
      throw new IllegalArgumentException("does not begin with " + prefix + "1");
    }
    byte[] groups = new byte[lower.length() - prefix.length() - 1];
    for (int i = 0; i < groups.length; i++) {
      int group = CHARSET.indexOf(lower.charAt(prefix.length() + 1 + i));
      if (group < 0) {
        throw new IllegalArgumentException("holds a character that cannot be there");
      }
      groups[i] = (byte) group;
    }
    if (polymod(prefix, groups, 0) != 1) {
      throw new IllegalArgumentException("has a wrong checksum");
    }
    byte[] data = new byte[groups.length - CHECKSUM];
    System.arraycopy(groups, 0, data, 0, data.length);
    return regroup(data, BITS, Byte.SIZE, false);
  }

  private static int polymod(String prefix, byte[] groups, int zeros) {
    int state = 1;
    byte[] letters = prefix.getBytes(StandardCharsets.US_ASCII);
    for (byte letter : letters) {
      state = step(state, letter >>> BITS);
    }
    state = step(state, 0);
    for (byte letter : letters) {
      state = step(state, letter & MASK);
    }
    for (byte group : groups) {
      state = step(state, group);
    }
    for (int i = 0; i < zeros; i++) {
      state = step(state, 0);
    }
    return state;
  }

  private static int step(int state, int value) {
    int top = state >>> 25;
    int next = ((state & 0x1ffffff) << BITS) ^ value;
    for (int i = 0; i < GENERATOR.length; i++) {
      next ^= ((top >>> i) & 1) == 1 ? GENERATOR[i] : 0;
    }
    return next;
  }

  private static byte[] regroup(byte[] from, int fromBits, int toBits, boolean pad) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int held = 0;
    int bits = 0;
    for (byte group : from) {
      held = (held << fromBits) | (group & 0xff);
      bits += fromBits;
      while (bits >= toBits) {
        bits -= toBits;
        out.write((held >>> bits) & ((1 << toBits) - 1));
      }
      held &= (1 << bits) - 1;
    }
    if (pad && bits > 0) {
      out.write(held << (toBits - bits));
    } else if (!pad && (bits >= fromBits || held != 0)) {
      throw new IllegalArgumentException("ends with bits that belong to nothing");
    }
    return out.toByteArray();
  }
}
