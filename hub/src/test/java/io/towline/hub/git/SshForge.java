package io.towline.hub.git;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;

/** Makes signatures in OpenSSH's form that no ssh-keygen makes, or not without a device. */
final class SshForge {
  private SshForge() {}

  static KeyPair rsa() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  static KeyPair ed25519() throws GeneralSecurityException {
    return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
  }

  static KeyPair p256() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  static byte[] rsaBlob(KeyPair pair) {
    RSAPublicKey key = (RSAPublicKey) pair.getPublic();
    return strings(
        ascii("ssh-rsa"), key.getPublicExponent().toByteArray(), key.getModulus().toByteArray());
  }

  static byte[] deviceBlob(KeyPair pair, String application) {
    if (pair.getPublic() instanceof ECPublicKey key) {
      byte[] point = new byte[65];
      point[0] = 4;
      right(key.getW().getAffineX(), point, 33);
      right(key.getW().getAffineY(), point, 65);
      return strings(
          ascii("sk-ecdsa-sha2-nistp256@openssh.com"),
          ascii("nistp256"),
          point,
          ascii(application));
    }
    byte[] spki = pair.getPublic().getEncoded();
    return strings(
        ascii("sk-ssh-ed25519@openssh.com"),
        Arrays.copyOfRange(spki, spki.length - 32, spki.length),
        ascii(application));
  }

  private static void right(BigInteger number, byte[] into, int end) {
    byte[] bytes = number.toByteArray();
    int skip = Math.max(0, bytes.length - 32);
    System.arraycopy(bytes, skip, into, end - (bytes.length - skip), bytes.length - skip);
  }

  static String fingerprint(byte[] blob) {
    return "SHA256:"
        + Base64.getEncoder().withoutPadding().encodeToString(SshSignature.digest("SHA-256", blob));
  }

  /** What a signature in the namespace git is over. */
  static byte[] signedPart(byte[] payload) {
    return join(
        ascii("SSHSIG"),
        strings(
            ascii("git"), new byte[0], ascii("sha512"), SshSignature.digest("SHA-512", payload)));
  }

  static byte[] sign(KeyPair pair, String algorithm, byte[] message)
      throws GeneralSecurityException {
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(pair.getPrivate());
    signer.update(message);
    return signer.sign();
  }

  /** A signature of a security key, as PROTOCOL.u2f defines it. */
  static byte[] deviceSignature(KeyPair pair, String application, int flags, byte[] payload)
      throws GeneralSecurityException {
    byte[] tail = ByteBuffer.allocate(5).put((byte) flags).putInt(7).array();
    byte[] signed =
        join(
            SshSignature.digest("SHA-256", ascii(application)),
            tail,
            SshSignature.digest("SHA-256", signedPart(payload)));
    if (pair.getPublic() instanceof ECPublicKey) {
      byte[] raw = sign(pair, "SHA256withECDSAinP1363Format", signed);
      byte[] numbers =
          strings(
              new BigInteger(1, Arrays.copyOf(raw, 32)).toByteArray(),
              new BigInteger(1, Arrays.copyOfRange(raw, 32, 64)).toByteArray());
      return join(strings(ascii("sk-ecdsa-sha2-nistp256@openssh.com"), numbers), tail);
    }
    return join(strings(ascii("sk-ssh-ed25519@openssh.com"), sign(pair, "Ed25519", signed)), tail);
  }

  /** A whole signature in its armor. */
  static byte[] armored(byte[] keyBlob, byte[] signature) {
    return armor(
        join(
            ascii("SSHSIG"),
            new byte[] {0, 0, 0, 1},
            strings(keyBlob, ascii("git"), new byte[0], ascii("sha512"), signature)));
  }

  static byte[] armor(byte[] bytes) {
    return ascii(
        "-----BEGIN SSH SIGNATURE-----\n"
            + Base64.getMimeEncoder(70, new byte[] {'\n'}).encodeToString(bytes)
            + "\n-----END SSH SIGNATURE-----\n");
  }

  static byte[] strings(byte[]... strings) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] string : strings) {
      SshWire.put(out, string);
    }
    return out.toByteArray();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
