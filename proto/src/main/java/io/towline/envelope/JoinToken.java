package io.towline.envelope;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What an agent is started with: where its hub is, how to know it, who it is itself, and the secret
 * that proves it once.
 *
 * @param hub {@code host:port} of the hub's port for agents
 * @param hubKey SHA-256 of the SubjectPublicKeyInfo of the hub's TLS key
 * @param fleet the fleet's id
 * @param cluster the cluster's id
 * @param clusterName the cluster's name
 * @param root SHA-256 of the payload of root 1
 * @param secret URL-safe base64 of random bytes; never logged
 */
public record JoinToken(
    String hub,
    Digest hubKey,
    UUID fleet,
    UUID cluster,
    String clusterName,
    Digest root,
    String secret) {
  /** Every token begins with this, so that it is recognised where it does not belong. */
  public static final String PREFIX = "twl1_";

  /** Characters of an encoded token. */
  public static final int MAX_CHARACTERS = 2_048;

  private static final int CHECK_BYTES = 4;
  private static final Pattern HOST_PORT =
      Pattern.compile("([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]):[0-9]{1,5}");
  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{22,128}");

  public JoinToken {
    BundleEntry.requireName(clusterName);
    if (!HOST_PORT.matcher(hub).matches()) {
      throw new IllegalArgumentException("a hub's address is host:port");
    }
    if (!SECRET.matcher(secret).matches()) {
      throw new IllegalArgumentException("a secret is URL-safe base64 of at least 16 bytes");
    }
  }

  /** The token as it is handed over: one word. It carries the secret. */
  public String encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(hub);
      out.write(hubKey.bytes());
      write(out, fleet);
      write(out, cluster);
      out.writeUTF(clusterName);
      out.write(root.bytes());
      out.writeUTF(secret);
      out.write(check(bytes.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
  }

  /**
   * Reads a token; white space around it is ignored, as it comes from files.
   *
   * @throws IllegalArgumentException if it is not a whole token; the message holds none of it
   */
  public static JoinToken parse(String text) {
    String word = text.strip();
    if (!word.startsWith(PREFIX) || word.length() > MAX_CHARACTERS) {
      throw new IllegalArgumentException("not a join token: it begins with " + PREFIX);
    }
    byte[] bytes = Base64Text.read(word.substring(PREFIX.length())).orElseThrow(JoinToken::damaged);
    int end = bytes.length - CHECK_BYTES;
    if (end < 0
        || !Arrays.equals(
            check(Arrays.copyOf(bytes, end)), Arrays.copyOfRange(bytes, end, bytes.length))) {
      throw damaged();
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, end))) {
      JoinToken token =
          new JoinToken(
              in.readUTF(),
              Digest.ofHash(in.readNBytes(Digest.BYTES)),
              new UUID(in.readLong(), in.readLong()),
              new UUID(in.readLong(), in.readLong()),
              in.readUTF(),
              Digest.ofHash(in.readNBytes(Digest.BYTES)),
              in.readUTF());
      if (in.read() >= 0) {
        throw damaged();
      }
      return token;
    } catch (IOException e) {
      throw damaged();
    }
  }

  /** Everything but the secret. */
  @Override
  public String toString() {
    return "JoinToken[hub=" + hub + ", fleet=" + fleet + ", cluster=" + clusterName + "]";
  }

  private static void write(DataOutputStream out, UUID id) throws IOException {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  /** Tells a token that was cut or mistyped from one that is refused. */
  private static byte[] check(byte[] bytes) {
    return Arrays.copyOf(Digest.of(bytes).bytes(), CHECK_BYTES);
  }

  private static IllegalArgumentException damaged() {
    return new IllegalArgumentException("the join token is damaged: was it copied whole?");
  }
}
