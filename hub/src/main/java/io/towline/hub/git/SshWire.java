package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what SSH writes, from bytes that nobody vouches for: every length is checked against what
 * there is, and every number has one spelling.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4251#section-5">RFC 4251, section 5</a>
 */
final class SshWire {
  private final byte[] bytes;
  private int at;

  SshWire(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The next so many bytes. */
  byte[] raw(int length) {
    if (length < 0 || length > bytes.length - at) {
      throw broken();
    }
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  int octet() {
    return raw(1)[0] & 0xff;
  }

  /** A number of 32 bits without a sign. */
  long number() {
    return ByteBuffer.wrap(raw(Integer.BYTES)).getInt() & 0xffff_ffffL;
  }

  /** A string of bytes with its length before it. */
  byte[] string() {
    long length = number();
    if (length > bytes.length - at) {
      throw broken();
    }
    return raw((int) length);
  }

  /** A string of printable ASCII characters. */
  String text() {
    byte[] string = string();
    for (byte b : string) {
      if (b < ' ' || b > '~') {
        throw broken();
      }
    }
    return new String(string, StandardCharsets.US_ASCII);
  }

  /** A number above 0 in its shortest form. */
  BigInteger positive() {
    byte[] string = string();
    boolean shortest =
        string.length > 0 && (string[0] != 0 || (string.length > 1 && string[1] < 0));
    if (!shortest || string[0] < 0) {
      throw broken();
    }
    return new BigInteger(string);
  }

  /** Nothing may follow. */
  void end() {
    if (at != bytes.length) {
      throw broken();
    }
  }

  /** Appends a string with its length before it. */
  static void put(ByteArrayOutputStream out, byte[] string) {
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(string.length).array());
    out.writeBytes(string);
  }

  private static GitException broken() {
    return new GitException(
        Reason.COMMIT_SIGNATURE_INVALID, "has an SSH signature that is not well-formed");
  }
}
