package io.towline.agent.enroll;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** Writes what certificates and requests for them are made of (X.690, the distinguished rules). */
public final class Der {
  public static final int BIT_STRING = 0x03;
  public static final int UTF8_STRING = 0x0c;
  public static final int UTC_TIME = 0x17;
  public static final int SEQUENCE = 0x30;
  public static final int SET = 0x31;

  private static final int MAX_BYTES = 0xffff;

  private Der() {}

  /** AlgorithmIdentifier of ecdsa-with-SHA256 (RFC 5758, section 3.2). */
  public static byte[] ecdsaWithSha256() {
    return HexFormat.of().parseHex("300a06082a8648ce3d040302");
  }

  /**
   * One element.
   *
   * @param parts its content, joined: at most 65,535 bytes
   */
  public static byte[] element(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    int length = content.size();
    if (length > MAX_BYTES) {
      throw new IllegalArgumentException("more than " + MAX_BYTES + " bytes: " + length);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (length > 0xff) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length > 0x7f) {
      out.write(0x81);
    }
    out.write(length);
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}
