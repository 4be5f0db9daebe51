package io.towline.agent.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.agent.stream.FakeAuthority;
import io.towline.envelope.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.interfaces.ECKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialsTest {
  @TempDir Path directory;
  private DurableFiles files;
  private Credentials credentials;

  @BeforeEach
  void open() {
    files = DurableFiles.open(new LocalDisk(), directory);
    credentials = new Credentials(files, new SecureRandom());
  }

  @AfterEach
  void close() {
    files.close();
  }

  @Test
  void writesARequestThatAnotherImplementationTakesInDerAndByteForByte() throws Exception {
    for (int i = 0; i < 50; i++) {
      AgentKey key = AgentKey.generate(new SecureRandom());
      byte[] request = key.certificateRequest();

      PKCS10CertificationRequest read = new PKCS10CertificationRequest(request);
      assertThat(read.toASN1Structure().getEncoded(ASN1Encoding.DER)).isEqualTo(request);
      assertThat(Digest.of(read.getSubjectPublicKeyInfo().getEncoded())).isEqualTo(key.digest());
      assertThat(new FakeAuthority().certify(request)).isNotNull();
    }
  }

  @Test
  void keepsTheNextKeyUntilItIsCertifiedSoThatALostAnswerCanBeAskedForAgain() throws Exception {
    AgentKey first = credentials.next();

    assertThat(credentials.next().digest()).isEqualTo(first.digest());
    credentials.keep(certified(first));

    assertThat(credentials.next().digest()).isNotEqualTo(first.digest());
    assertThat(credentials.current().orElseThrow().key().digest()).isEqualTo(first.digest());
  }

  @Test
  void readsBackWhatItKept() throws Exception {
    Credential kept = certified(credentials.next());
    credentials.keep(kept);

    Credential read = new Credentials(files, new SecureRandom()).current().orElseThrow();

    assertThat(read.certificate()).isEqualTo(kept.certificate());
    assertThat(read.authorities()).isEqualTo(kept.authorities());
    assertThat(read.received()).isEqualTo(kept.received());
    assertThat(read.token()).isEqualTo(kept.token());
    assertThat(new FakeAuthority().certify(read.key().certificateRequest())).isNotNull();
  }

  @Test
  void keysAreReadableByTheirOwnerAlone() throws Exception {
    credentials.next();
    assertThat(permissions("next-key")).isEqualTo("rw-------");
    credentials.keep(certified(credentials.next()));
    assertThat(permissions("credential")).isEqualTo("rw-------");
    assertThat(directory.resolve("next-key")).doesNotExist();
  }

  @Test
  void refusesACertificateForAnotherKey() throws Exception {
    AgentKey mine = credentials.next();
    byte[] others =
        new FakeAuthority()
            .certify(AgentKey.generate(new SecureRandom()).certificateRequest())
            .getEncoded();

    assertThatThrownBy(
            () ->
                Credential.of(
                    mine, others, List.of(Digest.of(others)), Instant.EPOCH, Digest.of(others)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void makesKeysOfP256AndShowsNoSecret() throws Exception {
    AgentKey key = AgentKey.generate(new SecureRandom());
    Credential credential = certified(key);

    assertThat(((ECKey) key.secret()).getParams().getCurve().getField().getFieldSize())
        .isEqualTo(256);
    assertThat(key.toString()).isEqualTo("AgentKey[" + key.digest() + "]");
    assertThat(credential.toString())
        .startsWith("Credential[" + key.digest() + " until ")
        .endsWith("]");
    assertThat(credential.life())
        .isEqualTo(
            Duration.between(
                credential.certificate().getNotBefore().toInstant(),
                credential.certificate().getNotAfter().toInstant()))
        .isPositive();
  }

  @Test
  void takesFromOneToFourAuthorities() throws Exception {
    Credential good = certified(AgentKey.generate(new SecureRandom()));
    for (int count : List.of(1, Credential.MAX_AUTHORITIES)) {
      assertThat(withAuthorities(good, count).authorities()).hasSize(count);
    }
    for (int count : List.of(0, Credential.MAX_AUTHORITIES + 1)) {
      assertThatThrownBy(() -> withAuthorities(good, count))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static Credential withAuthorities(Credential good, int count) {
    return new Credential(
        good.key(),
        good.certificate(),
        Collections.nCopies(count, good.token()),
        good.received(),
        good.token());
  }

  private String permissions(String name) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name)));
  }

  private static Credential certified(AgentKey key) throws Exception {
    FakeAuthority authority = new FakeAuthority();
    return Credential.of(
        key,
        authority.certify(key.certificateRequest()).getEncoded(),
        List.of(authority.pin()),
        Instant.ofEpochMilli(1_234),
        Digest.of(new byte[] {7}));
  }
}
