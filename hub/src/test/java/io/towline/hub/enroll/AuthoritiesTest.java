package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthoritiesTest {
  private static final UUID FLEET = UUID.fromString("00000000-0000-4000-8000-000000000001");
  private static final Duration HOUR = Duration.ofHours(1);

  /** Places in a key usage, RFC 5280, section 4.2.1.3. */
  private static final int DIGITAL_SIGNATURE = 0;

  private static final int KEY_CERT_SIGN = 5;

  private volatile Instant now = Instant.parse("2026-03-01T12:00:00Z");

  @Test
  void keepsTheAuthorityThatAgentsPin(@TempDir Path directory) throws IOException {
    Authorities first = open(directory);
    Authorities second = open(directory);

    assertThat(second.pins()).isEqualTo(first.pins()).hasSize(1);
    assertThat(second.issuing().certificate()).isEqualTo(first.issuing().certificate());
    assertThat(second.issuing().key()).isEqualTo(first.issuing().key());
  }

  @Test
  void keysAreReadableByTheirOwnerAlone(@TempDir Path directory) throws IOException {
    open(directory);

    Path keys = directory.resolve("keys");
    assertThat(permissions(keys.resolve("agents-authority-1.key"))).isEqualTo("rw-------");
    assertThat(permissions(keys)).isEqualTo("rwx------");
    assertThat(keys).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void doesNotReplaceAKeyThatIsGone(@TempDir Path directory) throws IOException {
    open(directory);
    Files.delete(directory.resolve("keys/agents-authority-1.key"));

    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("without its key");
  }

  @Test
  void saysWhichFileOfAnAuthorityCannotBeUsed(@TempDir Path directory) throws IOException {
    open(directory);
    Path key = directory.resolve("keys/agents-authority-1.key");
    Path certificate = directory.resolve("keys/agents-authority-1.crt");
    Files.writeString(key, "");
    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No key in " + key);

    Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(certificate.toString());
  }

  @Test
  void makesTheFirstOneAnewIfItsKeyWasWrittenAndItsCertificateWasNot(@TempDir Path directory)
      throws IOException {
    open(directory);
    Files.delete(directory.resolve("keys/agents-authority-1.crt"));

    assertThat(open(directory).pins()).isEqualTo(open(directory).pins()).hasSize(1);
  }

  @Test
  void saysThatAnAuthorityCannotBeWritten(@TempDir Path directory) throws IOException {
    Files.createDirectories(directory.resolve("keys/agents-authority-1.key/occupied"));

    assertThatThrownBy(() -> open(directory)).isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void anAuthorityVouchesForKeysAndForNothingElse(@TempDir Path directory) throws Exception {
    Authority authority = open(directory).issuing();
    X509Certificate own = authority.certificate();

    assertThat(((ECPublicKey) own.getPublicKey()).getParams().toString()).contains("secp256r1");
    assertThat(own.getBasicConstraints()).as("none below it").isZero();
    assertThat(uses(own)).containsExactly(KEY_CERT_SIGN);
    assertThat(own.getSubjectAlternativeNames()).isNull();
    assertThat(own.getExtendedKeyUsage()).isNull();
    assertThat(own.getCriticalExtensionOIDs()).hasSize(2);
    assertThat(own.getNotBefore()).isEqualTo(now.minus(Duration.ofDays(1)));
    assertThat(own.getNotAfter()).isEqualTo(now.plus(Duration.ofDays(3650)));
    assertThat(authority).hasToString("Authority[" + authority.pin().hex() + "]");
  }

  @Test
  void whatItMakesSignsAndBeginsEarlierOnlyWhereAnAgentsClockJudges(@TempDir Path directory)
      throws Exception {
    Authority authority = open(directory).issuing();
    X509Certificate agents = agentsBy(authority);
    X509Certificate hubs =
        new HubCertificate(open(directory), () -> FLEET, "hub", new SecureRandom(), () -> now)
            .getCertificateChain("hub")[0];

    assertThat(uses(agents)).isEqualTo(uses(hubs)).containsExactly(DIGITAL_SIGNATURE);
    assertThat(agents.getNotBefore()).isEqualTo(now);
    assertThat(hubs.getNotBefore()).isEqualTo(now.minus(Duration.ofDays(1)));
    assertThat(hubs.getNotAfter()).isEqualTo(now.plus(Duration.ofDays(30)));
    assertThat(agents.getSerialNumber()).isPositive().isNotEqualTo(hubs.getSerialNumber());
    assertThat(agentsBy(authority).getSerialNumber()).isNotEqualTo(agents.getSerialNumber());
  }

  private X509Certificate agentsBy(Authority authority) {
    return authority.forAgent(
        TestAgent.create().key().getPublic(),
        "store-0001",
        AgentUri.ofCluster(FLEET, FLEET),
        new SecureRandom(),
        now,
        HOUR);
  }

  private static List<Integer> uses(X509Certificate certificate) {
    boolean[] uses = certificate.getKeyUsage();
    return IntStream.range(0, uses.length).filter(use -> uses[use]).boxed().toList();
  }

  @Test
  void aNewAuthorityIsToldAtOnceVouchesAfterTheOverlapAndRelievesTheOldOneAfterAnother(
      @TempDir Path directory) throws IOException {
    Authorities authorities = open(directory);
    Authority old = authorities.issuing();
    authorities.replace();

    assertThat(authorities.pins()).hasSize(2).startsWith(old.pin());
    assertThat(authorities.issuing()).isEqualTo(old);
    assertThatThrownBy(authorities::replace).isInstanceOf(IllegalStateException.class);

    now = now.plus(Authorities.OVERLAP);
    assertThat(open(directory).issuing()).isNotEqualTo(old);
    assertThat(authorities.issuing()).isNotEqualTo(old);
    assertThat(authorities.believed()).hasSize(2).contains(old);

    now = now.plus(Authorities.OVERLAP);
    assertThat(authorities.believed()).hasSize(1).doesNotContain(old);
    assertThat(open(directory).pins()).isEqualTo(authorities.pins());
  }

  @Test
  void saysWhichOneSignsAndUntilWhenEachIsBelieved(@TempDir Path directory) throws IOException {
    Authorities authorities = open(directory);
    Instant made = now;
    now = now.plus(HOUR);
    authorities.replace();

    assertThat(authorities.states())
        .satisfiesExactly(
            old -> {
              assertThat(old.signs()).isTrue();
              assertThat(old.first()).isTrue();
              assertThat(old.signsFrom()).isEqualTo(made);
              assertThat(old.believedUntil())
                  .contains(now.plus(Authorities.OVERLAP.multipliedBy(2)));
            },
            next -> {
              assertThat(next.signs()).isFalse();
              assertThat(next.signsFrom()).isEqualTo(now.plus(Authorities.OVERLAP));
              assertThat(next.believedUntil()).isEmpty();
            });
    now = now.plus(Authorities.OVERLAP);
    assertThat(authorities.states().stream().map(Authorities.State::signs))
        .containsExactly(false, true);
    assertThatThrownBy(authorities::replace)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(now.plus(Authorities.OVERLAP).toString());
    now = now.plus(Authorities.OVERLAP);
    authorities.replace();
    assertThat(authorities.states()).hasSize(2).noneMatch(Authorities.State::first);
  }

  @Test
  void replacesItselfWhenTwoThirdsOfItsLifeAreOver(@TempDir Path directory) throws IOException {
    Authorities authorities = open(directory);
    now = now.plus(Duration.ofDays(2433));
    assertThat(authorities.pins()).hasSize(1);

    now = now.plus(Duration.ofDays(1));

    assertThat(authorities.pins()).hasSize(2);
    assertThat(open(directory).pins()).isEqualTo(authorities.pins());
  }

  @Test
  void theHubsCertificateIsForTheHubOnlyAndIsMadeAnewInTime(@TempDir Path directory)
      throws Exception {
    Authorities authorities = open(directory);
    HubCertificate shown =
        new HubCertificate(authorities, () -> FLEET, "hub.example", new SecureRandom(), () -> now);

    X509Certificate first = shown.getCertificateChain("hub")[0];
    assertThat(first.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(first.getBasicConstraints()).isEqualTo(-1);
    assertThat(first.getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(
            List.of(6, "spiffe://" + FLEET + "/hub"), List.of(2, "hub.example"));
    first.verify(shown.getCertificateChain("hub")[1].getPublicKey());

    now = now.plus(Duration.ofDays(20)).minus(HOUR);
    assertThat(shown.getCertificateChain("hub")[0]).isEqualTo(first);
    now = now.plus(HOUR);
    assertThat(shown.getCertificateChain("hub")[0]).isNotEqualTo(first);
  }

  @Test
  void theHubsCertificateNamesAnAddressAsAnAddress(@TempDir Path directory) throws Exception {
    for (String address : List.of("127.0.0.1", "2001:db8::1")) {
      HubCertificate shown =
          new HubCertificate(open(directory), () -> FLEET, address, new SecureRandom(), () -> now);

      assertThat(shown.getCertificateChain("hub")[0].getSubjectAlternativeNames())
          .anySatisfy(name -> assertThat(name.getFirst()).isEqualTo(7));
    }
  }

  @Test
  void theHubsCertificateIsMadeAnewWhenAnotherAuthorityVouches(@TempDir Path directory)
      throws Exception {
    Authorities authorities = open(directory);
    HubCertificate shown =
        new HubCertificate(authorities, () -> FLEET, "hub", new SecureRandom(), () -> now);
    X509Certificate first = shown.getCertificateChain("hub")[0];
    authorities.replace();
    assertThat(shown.getCertificateChain("hub")[0]).isEqualTo(first);

    now = now.plus(Authorities.OVERLAP);

    X509Certificate[] next = shown.getCertificateChain("hub");
    assertThat(next[1]).isEqualTo(authorities.issuing().certificate());
    next[0].verify(next[1].getPublicKey());
  }

  @Test
  void theHubShowsItsCertificateAndNeverPlaysTheClient(@TempDir Path directory) throws Exception {
    HubCertificate shown =
        new HubCertificate(
            open(directory), () -> FLEET, "hub.example", new SecureRandom(), () -> now);
    String alias = Objects.requireNonNull(shown.chooseEngineServerAlias("EC", null, null));

    assertThat(alias).isEqualTo(shown.chooseServerAlias("EC", null, null));
    assertThat(shown.getServerAliases("EC", null)).containsExactly(alias);
    assertThat(shown.chooseEngineServerAlias("RSA", null, null)).isNull();
    assertThat(shown.getClientAliases("EC", null)).isNull();
    assertThat(shown.chooseClientAlias(new String[] {"EC"}, null, null)).isNull();
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(shown.getPrivateKey(alias));
    signature.update(new byte[] {1});
    byte[] signed = signature.sign();
    signature.initVerify(shown.getCertificateChain(alias)[0]);
    signature.update(new byte[] {1});
    assertThat(signature.verify(signed)).isTrue();
  }

  private Authorities open(Path directory) throws IOException {
    return Authorities.open(directory, new SecureRandom(), () -> now);
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
