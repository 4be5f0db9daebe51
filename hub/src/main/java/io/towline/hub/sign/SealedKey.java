package io.towline.hub.sign;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;

/**
 * A PrivateKeyInfo under a passphrase: PBES2 with PBKDF2 and AES-256 (RFC 8018), as openssl does.
 */
final class SealedKey {
  private static final String ALGORITHM = "PBEWithHmacSHA256AndAES_256";

  /** OWASP's figure for PBKDF2 with HMAC-SHA-256. */
  private static final int ITERATIONS = 600_000;

  private static final int SALT_BYTES = 16;
  private static final int IV_BYTES = 16;

  private SealedKey() {}

  /** Seals; the result is an EncryptedPrivateKeyInfo. */
  static byte[] seal(byte[] der, char[] passphrase, SecureRandom random) {
    byte[] salt = new byte[SALT_BYTES];
    byte[] iv = new byte[IV_BYTES];
    random.nextBytes(salt);
    random.nextBytes(iv);
    try {
      Cipher cipher = Cipher.getInstance(ALGORITHM);
      cipher.init(
          Cipher.ENCRYPT_MODE,
          key(ALGORITHM, passphrase),
          new PBEParameterSpec(salt, ITERATIONS, new IvParameterSpec(iv)));
      // Under the name that stands in the file: the platform knows no number for the cipher's own.
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("PBES2");
      parameters.init(cipher.getParameters().getEncoded());
      return new EncryptedPrivateKeyInfo(parameters, cipher.doFinal(der)).getEncoded();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("every Java platform has PBES2 with AES", e);
    }
  }

  /**
   * Opens.
   *
   * @throws SignException if the passphrase is wrong, or the sealing another one
   */
  static byte[] open(Path file, byte[] sealed, char[] passphrase) {
    try {
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(sealed);
      AlgorithmParameters parameters = info.getAlgParameters();
      // PBES2 names key derivation and cipher in its parameters; their text is the cipher's name.
      String algorithm = String.valueOf(parameters);
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(Cipher.DECRYPT_MODE, key(algorithm, passphrase), parameters);
      return cipher.doFinal(info.getEncryptedData());
    } catch (GeneralSecurityException | IOException e) {
      throw new SignException(
          Reason.INTERNAL, file + " cannot be opened: is that its passphrase?", e);
    }
  }

  private static SecretKey key(String algorithm, char[] passphrase)
      throws GeneralSecurityException {
    PBEKeySpec spec = new PBEKeySpec(passphrase);
    try {
      return SecretKeyFactory.getInstance(algorithm).generateSecret(spec);
    } finally {
      spec.clearPassword();
    }
  }
}
