package io.towline.envelope;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/** The form that all kinds of tokens have: a prefix, then fields and a check in base64. */
final class TokenForm {
  private static final int CHECK_BYTES = 4;
  private static final Pattern HOST_PORT =
      Pattern.compile("([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]):[0-9]{1,5}");
  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{22,128}");

  private TokenForm() {}

  interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  static void require(String hub, List<Digest> authorities, String secret) {
    if (!HOST_PORT.matcher(hub).matches()) {
      throw new IllegalArgumentException("a hub's address is host:port");
    }
    if (authorities.isEmpty() || authorities.size() > HubToken.MAX_AUTHORITIES) {
      throw new IllegalArgumentException(
          "a token names 1 to " + HubToken.MAX_AUTHORITIES + " authorities");
    }
    if (!SECRET.matcher(secret).matches()) {
      throw new IllegalArgumentException("a secret is URL-safe base64 of at least 16 bytes");
    }
  }

  static String write(String prefix, Writer fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      fields.write(out);
      out.write(check(bytes.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
  }

  static <T> T read(String prefix, String text, Reader<T> fields) {
    String word = text.strip();
    if (!word.startsWith(prefix) || word.length() > AgentToken.MAX_CHARACTERS) {
      throw new IllegalArgumentException("not a join token: it begins with " + prefix);
    }
    byte[] bytes = Base64Text.read(word.substring(prefix.length())).orElseThrow(TokenForm::damaged);
    int end = bytes.length - CHECK_BYTES;
    if (end < 0
        || !Arrays.equals(
            check(Arrays.copyOf(bytes, end)), Arrays.copyOfRange(bytes, end, bytes.length))) {
      throw damaged();
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, end))) {
      T token = fields.read(in);
      if (in.read() >= 0) {
        throw damaged();
      }
      return token;
    } catch (IOException | DateTimeException e) {
      throw damaged();
    }
  }

  static void write(DataOutputStream out, List<Digest> authorities) throws IOException {
    out.writeByte(authorities.size());
    for (Digest authority : authorities) {
      out.write(authority.bytes());
    }
  }

  static List<Digest> authorities(DataInputStream in) throws IOException {
    int count = in.readUnsignedByte();
    List<Digest> authorities = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      authorities.add(Digest.ofHash(in.readNBytes(Digest.BYTES)));
    }
    return authorities;
  }

  static void write(DataOutputStream out, UUID id) throws IOException {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  static UUID id(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }

  /** Tells a token that was cut or mistyped from one that is refused. */
  private static byte[] check(byte[] bytes) {
    return Arrays.copyOf(Digest.of(bytes).bytes(), CHECK_BYTES);
  }

  private static IllegalArgumentException damaged() {
    return new IllegalArgumentException("the join token is damaged: was it copied whole?");
  }
}
