package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets through the handshake of the agents' port, whichever way TLS asks. */
class AgentCertificatesTest {
  private static final UUID FLEET = UUID.fromString("00000000-0000-4000-8000-000000000001");
  private static final String KEY_EXCHANGE = "ECDHE_ECDSA";

  @TempDir Path directory;
  private volatile Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private Authorities authorities;
  private AgentCertificates gate;

  @BeforeEach
  void open() throws IOException {
    authorities = open("data");
    gate = new AgentCertificates(authorities);
  }

  @Test
  void letsInWhatThisHubMadeForAnAgent() throws Exception {
    X509Certificate agents = madeBy(authorities.issuing());

    for (ThrowingCallable way : ways(agents)) {
      assertThatCode(way).doesNotThrowAnyException();
    }
  }

  @Test
  void refusesWhatAnotherHubMadeEvenUnderTheSameName() throws Exception {
    Authority namesake = open("other").issuing();
    now = now.plusSeconds(1);
    Authority stranger = open("third").issuing();

    assertThat(namesake.certificate().getSubjectX500Principal())
        .isEqualTo(authorities.issuing().certificate().getSubjectX500Principal());
    refuses(madeBy(namesake));
    refuses(madeBy(stranger));
  }

  @Test
  void refusesWhatIsNoAgentsCertificateThoughThisHubMadeIt() throws Exception {
    Authority issuing = authorities.issuing();
    HubCertificate hub =
        new HubCertificate(authorities, () -> FLEET, "hub.example", new SecureRandom(), () -> now);

    refuses(hub.getCertificateChain("hub")[0]);
    refuses(issuing.certificate());
    refuses();
  }

  @Test
  void refusesWhatAnAuthorityMadeThatIsBelievedNoMore() throws Exception {
    X509Certificate agents = madeBy(authorities.issuing());
    authorities.replace();
    now = now.plus(Authorities.OVERLAP.multipliedBy(2)).minusSeconds(1);
    gate.checkClientTrusted(new X509Certificate[] {agents}, KEY_EXCHANGE);

    now = now.plusSeconds(1);

    refuses(agents);
    gate.checkClientTrusted(new X509Certificate[] {madeBy(authorities.issuing())}, KEY_EXCHANGE);
  }

  @Test
  void trustsNoServerAndNamesNoAuthorityToStrangers() throws Exception {
    X509Certificate[] chain = {madeBy(authorities.issuing())};

    assertThat(gate.getAcceptedIssuers()).isEmpty();
    for (ThrowingCallable way :
        List.<ThrowingCallable>of(
            () -> gate.checkServerTrusted(chain, KEY_EXCHANGE),
            () -> gate.checkServerTrusted(chain, KEY_EXCHANGE, new Socket()),
            () -> gate.checkServerTrusted(chain, KEY_EXCHANGE, engine()))) {
      assertThatThrownBy(way).isInstanceOf(CertificateException.class);
    }
  }

  private Authorities open(String name) throws IOException {
    return Authorities.open(directory.resolve(name), new SecureRandom(), () -> now);
  }

  private X509Certificate madeBy(Authority authority) {
    return authority.forAgent(
        TestAgent.create().key().getPublic(),
        "store-0001",
        AgentUri.ofCluster(FLEET, UUID.randomUUID()),
        new SecureRandom(),
        now,
        Duration.ofDays(1));
  }

  private void refuses(X509Certificate... chain) throws Exception {
    for (ThrowingCallable way : ways(chain)) {
      assertThatThrownBy(way).isInstanceOf(CertificateException.class);
    }
  }

  private List<ThrowingCallable> ways(X509Certificate... chain) throws Exception {
    SSLEngine engine = engine();
    return List.of(
        () -> gate.checkClientTrusted(chain, KEY_EXCHANGE),
        () -> gate.checkClientTrusted(chain, KEY_EXCHANGE, new Socket()),
        () -> gate.checkClientTrusted(chain, KEY_EXCHANGE, engine));
  }

  private static SSLEngine engine() throws Exception {
    return SSLContext.getDefault().createSSLEngine();
  }
}
