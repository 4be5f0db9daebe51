package io.towline.agent.stream;

import io.towline.envelope.Digest;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;

/** A key with a certificate of its own, made by the platform's keytool. For tests only. */
public record TlsKey(PrivateKey key, X509Certificate certificate) {
  private static final String PASSWORD = "changeit";

  /** A new key. */
  public static TlsKey create(Path directory) throws Exception {
    Path store = Files.createTempFile(directory, "hub", ".p12");
    Files.delete(store);
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=nobody-looks-at-this",
                "-alias",
                "hub",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
      throw new IllegalStateException("keytool: " + said);
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return new TlsKey(
        (PrivateKey) keys.getKey("hub", PASSWORD.toCharArray()),
        (X509Certificate) keys.getCertificate("hub"));
  }

  public Digest pin() {
    return Digest.of(certificate.getPublicKey().getEncoded());
  }
}
