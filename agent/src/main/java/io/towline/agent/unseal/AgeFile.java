package io.towline.agent.unseal;

import io.towline.agent.enroll.SealIdentity;
import io.towline.agent.unseal.AgeException.Kind;
import io.towline.agent.unseal.AgeHeader.Stanza;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Opens age files that were encrypted to X25519 recipients. Recipients of other types are passed
 * over; a passphrase is refused, since nobody types one here. Pure.
 *
 * <p>Source: C2SP, {@code age.md}, version 1.
 */
final class AgeFile {
  private static final String X25519 = "X25519";
  private static final String SCRYPT = "scrypt";
  private static final String WRAP_LABEL = "age-encryption.org/v1/X25519";
  private static final int KEY_BYTES = 32;
  private static final int TAG_BYTES = 16;
  private static final int FILE_KEY_BYTES = 16;
  private static final int SALT_BYTES = 16;
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final int NONCE_BYTES = 12;

  private AgeFile() {}

  /**
   * What the file holds. All of it is authenticated before any of it is returned.
   *
   * @throws AgeException with the first thing that is wrong
   */
  static byte[] open(byte[] file, List<SealIdentity> identities) throws AgeException {
    AgeHeader header = AgeHeader.read(file);
    byte[] fileKey = unwrap(header.stanzas(), identities);
    byte[] mac = Hkdf.hmac(Hkdf.key(fileKey, new byte[0], "header"), header.authenticated());
    if (!MessageDigest.isEqual(mac, header.mac())) {
      throw new AgeException(Kind.HMAC, "its header was changed");
    }
    return payload(fileKey, Arrays.copyOfRange(file, header.length(), file.length));
  }

  private static byte[] unwrap(List<Stanza> stanzas, List<SealIdentity> identities)
      throws AgeException {
    for (Stanza stanza : stanzas) {
      if (stanza.type().equals(SCRYPT)) {
        throw AgeHeader.refuse("asks for a passphrase, which no agent has");
      }
      if (stanza.type().equals(X25519)) {
        share(stanza);
      }
    }
    for (SealIdentity identity : identities) {
      for (Stanza stanza : stanzas) {
        if (stanza.type().equals(X25519)) {
          Optional<byte[]> fileKey = unwrap(stanza, identity);
          if (fileKey.isPresent()) {
            return fileKey.get();
          }
        }
      }
    }
    throw new AgeException(Kind.NO_MATCH, "it is encrypted for others");
  }

  private static byte[] share(Stanza stanza) throws AgeException {
    if (stanza.arguments().size() != 1 || stanza.body().length != FILE_KEY_BYTES + TAG_BYTES) {
      throw AgeHeader.refuse("has an X25519 stanza of another form");
    }
    byte[] share = AgeHeader.base64(stanza.arguments().getFirst());
    if (share.length != KEY_BYTES) {
      throw AgeHeader.refuse("has an X25519 stanza with a key of another length");
    }
    return share;
  }

  private static Optional<byte[]> unwrap(Stanza stanza, SealIdentity identity) throws AgeException {
    byte[] share = share(stanza);
    byte[] shared =
        identity
            .agree(share)
            .orElseThrow(() -> AgeHeader.refuse("has an X25519 stanza with a weak key"));
    byte[] salt = Arrays.copyOf(share, 2 * KEY_BYTES);
    System.arraycopy(identity.point(), 0, salt, KEY_BYTES, KEY_BYTES);
    byte[] wrapKey = Hkdf.key(shared, salt, WRAP_LABEL);
    return decrypt(wrapKey, new byte[NONCE_BYTES], stanza.body(), 0, stanza.body().length);
  }

  /** STREAM: the nonce counts the chunks and says which one is the last. */
  private static byte[] payload(byte[] fileKey, byte[] sealed) throws AgeException {
    if (sealed.length < SALT_BYTES) {
      throw AgeHeader.refuse("is not followed by a nonce");
    }
    byte[] key = Hkdf.key(fileKey, Arrays.copyOf(sealed, SALT_BYTES), "payload");
    ByteArrayOutputStream out = new ByteArrayOutputStream(sealed.length);
    int at = SALT_BYTES;
    for (long chunk = 0; ; chunk++) {
      int length = Math.min(CHUNK_BYTES + TAG_BYTES, sealed.length - at);
      boolean last = at + length == sealed.length;
      Optional<byte[]> plain =
          length < TAG_BYTES
              ? Optional.empty()
              : decrypt(key, nonce(chunk, last), sealed, at, length);
      if (plain.isEmpty()) {
        throw new AgeException(Kind.PAYLOAD, "its content was changed or cut");
      }
      if (plain.get().length == 0 && chunk > 0) {
        throw new AgeException(Kind.PAYLOAD, "its content ends with an empty piece");
      }
      out.writeBytes(plain.get());
      at += length;
      if (last) {
        return out.toByteArray();
      }
    }
  }

  private static byte[] nonce(long chunk, boolean last) {
    byte[] nonce = new byte[NONCE_BYTES];
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[NONCE_BYTES - 2 - i] = (byte) (chunk >>> (Byte.SIZE * i));
    }
    nonce[NONCE_BYTES - 1] = (byte) (last ? 1 : 0);
    return nonce;
  }

  private static Optional<byte[]> decrypt(
      byte[] key, byte[] nonce, byte[] sealed, int from, int length) {
    try {
      Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
      cipher.init(
          Cipher.DECRYPT_MODE, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
      return Optional.of(cipher.doFinal(sealed, from, length));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has ChaCha20-Poly1305", e);
    }
  }
}
