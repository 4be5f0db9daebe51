package io.towline.envelope;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What an agent is started with: where its hub is, how to know it, who it is itself, and the secret
 * that buys one certificate for one key, once.
 *
 * @param hub {@code host:port} of the hub's port for agents
 * @param authorities SHA-256 of the SubjectPublicKeyInfo of each authority that may vouch for the
 *     hub; more than one while an authority is being replaced
 * @param fleet the fleet's id
 * @param cluster the cluster's id
 * @param clusterName the cluster's name
 * @param root SHA-256 of the payload of root 1
 * @param expires when the hub takes the secret no more, in whole seconds
 * @param secret URL-safe base64 of random bytes; never logged
 */
public record JoinToken(
    String hub,
    List<Digest> authorities,
    UUID fleet,
    UUID cluster,
    String clusterName,
    Digest root,
    Instant expires,
    String secret) {
  /** Every token begins with this, so that it is recognised where it does not belong. */
  public static final String PREFIX = "twl1_";

  /** Characters of an encoded token. */
  public static final int MAX_CHARACTERS = 2_048;

  /** Authorities that one token names. */
  public static final int MAX_AUTHORITIES = 4;

  private static final int CHECK_BYTES = 4;
  private static final Pattern HOST_PORT =
      Pattern.compile("([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]):[0-9]{1,5}");
  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{22,128}");

  public JoinToken {
    BundleEntry.requireName(clusterName);
    if (!HOST_PORT.matcher(hub).matches()) {
      throw new IllegalArgumentException("a hub's address is host:port");
    }
    authorities = List.copyOf(authorities);
    if (authorities.isEmpty() || authorities.size() > MAX_AUTHORITIES) {
      throw new IllegalArgumentException("a token names 1 to " + MAX_AUTHORITIES + " authorities");
    }
    expires = expires.truncatedTo(ChronoUnit.SECONDS);
    if (!SECRET.matcher(secret).matches()) {
      throw new IllegalArgumentException("a secret is URL-safe base64 of at least 16 bytes");
    }
  }

  /** The token as it is handed over: one word. It carries the secret. */
  public String encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(hub);
      out.writeByte(authorities.size());
      for (Digest authority : authorities) {
        out.write(authority.bytes());
      }
      write(out, fleet);
      write(out, cluster);
      out.writeUTF(clusterName);
      out.write(root.bytes());
      out.writeLong(expires.getEpochSecond());
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
              authorities(in),
              new UUID(in.readLong(), in.readLong()),
              new UUID(in.readLong(), in.readLong()),
              in.readUTF(),
              Digest.ofHash(in.readNBytes(Digest.BYTES)),
              Instant.ofEpochSecond(in.readLong()),
              in.readUTF());
      if (in.read() >= 0) {
        throw damaged();
      }
      return token;
    } catch (IOException | DateTimeException e) {
      throw damaged();
    }
  }

  private static List<Digest> authorities(DataInputStream in) throws IOException {
    int count = in.readUnsignedByte();
    List<Digest> authorities = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      authorities.add(Digest.ofHash(in.readNBytes(Digest.BYTES)));
    }
    return authorities;
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
