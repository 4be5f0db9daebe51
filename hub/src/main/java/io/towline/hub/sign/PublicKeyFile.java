package io.towline.hub.sign;

import io.towline.envelope.SigningKey;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A public Ed25519 key as openssl writes it: a SubjectPublicKeyInfo in PEM (RFC 8410). */
public final class PublicKeyFile {
  private static final String LABEL = "PUBLIC KEY";
  private static final int MAX_BYTES = 4_096;

  private PublicKeyFile() {}

  /** The PEM of a key. */
  public static String pem(SigningKey key) {
    return KeyFile.pem(LABEL, key.spki());
  }

  /**
   * Reads a key; one that is weak is refused.
   *
   * @throws SignException if it is not such a file
   * @throws VerificationException {@code RootInvalid} for a key that signs for anything
   */
  public static SigningKey read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new SignException(Reason.INTERNAL, file + " is too large for a key");
      }
      return parse(Files.readString(file, StandardCharsets.US_ASCII), file.toString());
    } catch (IOException e) {
      throw new SignException(Reason.INTERNAL, file + " cannot be read", e);
    }
  }

  /** Reads PEM that came from there. */
  static SigningKey parse(String pem, String whence) {
    byte[] der =
        KeyFile.der(LABEL, pem)
            .orElseThrow(
                () ->
                    new SignException(
                        Reason.INTERNAL, whence + " is not a public key in PEM: towline key show"));
    if (der.length <= SigningKey.BYTES) {
      throw notEd25519(whence);
    }
    byte[] bytes = Arrays.copyOfRange(der, der.length - SigningKey.BYTES, der.length);
    SigningKey key = SigningKey.of(bytes);
    if (!Arrays.equals(key.spki(), der)) {
      throw notEd25519(whence);
    }
    return key;
  }

  private static SignException notEd25519(String whence) {
    return new SignException(Reason.INTERNAL, whence + " is not an Ed25519 key");
  }
}
