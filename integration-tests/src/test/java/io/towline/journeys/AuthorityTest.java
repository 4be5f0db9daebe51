package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.Folders;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Date;
import java.util.Map;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hub's authority is replaced while agents work, and one of them is away (F38 in small). */
final class AuthorityTest {
  private static final String CERTIFIED = "certified by the hub";

  @TempDir private Path scratch;

  @Test
  void agentsGoOverToANewAuthorityAtWorkAndOneThatWasAwaySaysWhatToDo() throws Exception {
    try (WebFleet web =
        new WebFleet(scratch.resolve("fleet"), Map.of("towline.agents.certificate-life", "PT1M"))) {
      Fleet fleet = web.fleet();
      AgentProcess agent = web.store().agent();
      agent.stop();
      Path away = scratch.resolve("away");
      Folders.copy(agent.stateDirectory(), away.resolve("state"));
      agent.start();
      web.declare("before");
      web.awaitValue("before");

      fleet.cli().answer("authority", "replace");

      assertThat(fleet.cli().run("authority", "replace").stderr()).contains("is taking over");
      int certificates = certificates(agent);
      Deadline.in(WebFleet.SOON)
          .until("the agent renews", () -> certificates(agent) >= certificates + 1);
      web.declare("while one takes over");
      web.awaitValue("while one takes over");
      web.waitFor("ready");

      fleet.hub().stop();
      makeOlder(fleet.hub().dataDirectory().resolve("keys"), Duration.ofDays(8));
      fleet.hub().start();
      web.declare("by the new one");
      web.awaitValue("by the new one");
      web.waitFor("ready");
      Deadline.in(WebFleet.SOON)
          .until(
              "the new one stands for the agent",
              () -> {
                JsonNode newest = fleet.cli().json("authority", "list").at("/items/1");
                return newest.path("signs").asBoolean() && newest.path("agents").asInt() == 1;
              });

      agent.stop();
      try (AgentProcess back =
          AgentProcess.in(
              away, web.store().controlPlane().apiServer().kubeconfig(ApiServer.AGENT))) {
        back.launch();
        Deadline.in(WebFleet.SOON).until("it says why", () -> log(back).contains("HubNotTrusted"));
        assertThat(log(back)).contains("towline cluster rotate");
      }
    }
  }

  private static int certificates(AgentProcess agent) {
    return log(agent).split(CERTIFIED, -1).length - 1;
  }

  private static String log(AgentProcess agent) {
    try {
      return Files.readString(agent.process().log());
    } catch (IOException e) {
      return "";
    }
  }

  /** Has the second authority begin its life earlier, as if that time had passed since. */
  private static void makeOlder(Path keys, Duration by) throws Exception {
    Path file = keys.resolve("agents-authority-2.crt");
    X509Certificate made;
    try (var in = Files.newInputStream(file)) {
      made = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
    PrivateKey key;
    try (PemReader pem =
        new PemReader(Files.newBufferedReader(keys.resolve("agents-authority-2.key")))) {
      key =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(pem.readPemObject().getContent()));
    }
    byte[] older =
        new JcaX509v3CertificateBuilder(
                made.getSubjectX500Principal(),
                BigInteger.TWO,
                Date.from(made.getNotBefore().toInstant().minus(by)),
                made.getNotAfter(),
                made.getSubjectX500Principal(),
                made.getPublicKey())
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key))
            .getEncoded();
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject("CERTIFICATE", older));
    }
    Files.writeString(file, text.toString());
  }
}
