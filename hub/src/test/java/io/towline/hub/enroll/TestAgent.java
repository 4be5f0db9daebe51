package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** A key as an agent makes one, and the request for its certificate. */
public record TestAgent(KeyPair key) {
  /** One with a new key. */
  public static TestAgent create() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return new TestAgent(generator.generateKeyPair());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  public byte[] request() {
    try {
      return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=x"), key.getPublic())
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
          .getEncoded();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  public Digest digest() {
    return Digest.of(key.getPublic().getEncoded());
  }
}
