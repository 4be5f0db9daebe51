package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.charts.ChartReference;
import io.towline.testkit.Helm;
import io.towline.testkit.HubProcess;
import io.towline.testkit.TowlineCli;
import io.towline.testkit.TrustedCertificates;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub takes the properties that its chart renders, and serves as the chart says. */
final class HubChartTest {
  private static final String TOKEN = "a-token-of-the-owner";

  @TempDir Path directory;

  /** Prepares a hub with the properties of a release, and the files that its pod would mount. */
  private HubProcess prepare(String values) throws IOException {
    Path file = Files.writeString(directory.resolve("values.yaml"), values);
    TowlineCli.Result rendered =
        new Helm(directory.resolve("helm"))
            .template(ChartReference.folder("towline-hub"), "towline", "--values", file.toString());
    assertThat(rendered.exitCode()).as(rendered.stderr()).isZero();
    String properties =
        Helm.objects(rendered.stdout()).stream()
            .filter(object -> object.path("kind").asText().equals("ConfigMap"))
            .map(map -> map.at("/data/hub.properties").asText())
            .findFirst()
            .orElseThrow()
            .replace("/etc/towline/", directory + "/")
            .replace("/scratch/", directory + "/");
    return HubProcess.in(directory.resolve("hub"))
        .withEnvironment(
            "SMALLRYE_CONFIG_LOCATIONS",
            Files.writeString(directory.resolve("hub.properties"), properties).toString());
  }

  @Test
  void takesItsSourcesItsTokenAndTheAgentsChartFromTheRelease() throws IOException {
    String values =
        """
        adminToken: {existingSecret: admin}
        agents: {chart: oci://registry.example.com/charts/towline-agent}
        sources:
          shops:
            url: https://git.invalid/shops.git
            branch: production
            path: fleet
            interval: 1h
            declaresClusters: true
            allowRewrite: true
            username: robot
            existingSecret: shops
            passwordKey: password
            webhookSecretKey: webhook
            commits: {policy: head}
            signers:
              alice:
                fingerprint: SHA256:K9gGyX8OAK8aH8Myj6djqSaXI8jbj6xPk69x2xhtbpA
                format: ssh
                notBefore: "2026-01-31T00:00:00Z"
                notAfter: "2027-01-31T00:00:00Z"
        config: {towline.sign.envelope-life: 12h}
        """;
    Files.createDirectory(directory.resolve("admin"));
    Files.writeString(directory.resolve("admin/token"), TOKEN);
    Path secret = Files.createDirectories(directory.resolve("sources/shops/secret"));
    Files.writeString(secret.resolve("password"), "password");
    try (HubProcess hub =
        prepare(values).withEnvironment("WEBHOOK_SECRET_SHOPS", "webhook").start()) {
      TowlineCli cli = new TowlineCli(hub.url(), TOKEN, directory.resolve("cli"));

      assertThat(cli.answer("get", "sources")).contains("shops");
      assertThat(cli.answer("describe", "source", "shops")).contains("production", "git.invalid");
      assertThat(cli.answer("cluster", "add", "store", "-o", "helm"))
          .startsWith(
              "helm upgrade --install towline-agent oci://registry.example.com/charts/towline-agent"
                  + " --version ");
      assertThat(hub.dataDirectory().resolve("admin-token")).doesNotExist();
    }
  }

  @Test
  void servesPeopleWithTheCertificateOfTheRelease() throws Exception {
    Path tls = Files.createDirectory(directory.resolve("tls"));
    certify(tls.resolve("tls.crt"), tls.resolve("tls.key"));
    try (HubProcess hub = prepare("tls: {existingSecret: tls}");
        HttpClient trusting =
            HttpClient.newBuilder()
                .sslContext(TrustedCertificates.context(tls.resolve("tls.crt")))
                .build();
        HttpClient plain = HttpClient.newHttpClient()) {
      String port = Integer.toString(hub.url().getPort());
      hub.with("quarkus.http.ssl-port", port).start();
      URI people = URI.create("https://localhost:" + port + "/hooks/none");
      HttpResponse<Void> answer =
          trusting.send(
              HttpRequest.newBuilder(people)
                  .POST(HttpRequest.BodyPublishers.ofString("{}"))
                  .build(),
              HttpResponse.BodyHandlers.discarding());
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.version()).as("gRPC needs it").isEqualTo(HttpClient.Version.HTTP_2);
      assertThatThrownBy(
              () ->
                  plain.send(
                      HttpRequest.newBuilder(hub.url()).build(),
                      HttpResponse.BodyHandlers.discarding()))
          .isInstanceOf(IOException.class);
    }
  }

  private static void certify(Path certificate, Path key) throws Exception {
    Process openssl =
        new ProcessBuilder(
                List.of(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:prime256v1",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=localhost",
                    "-addext",
                    "subjectAltName=DNS:localhost",
                    "-keyout",
                    key.toString(),
                    "-out",
                    certificate.toString()))
            .redirectErrorStream(true)
            .start();
    openssl.getInputStream().readAllBytes();
    assertThat(openssl.waitFor()).isZero();
  }
}
