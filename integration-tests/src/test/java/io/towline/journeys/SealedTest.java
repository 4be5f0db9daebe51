package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.KubeClient;
import io.towline.testkit.TowlineCli;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sealed files from Git to a live Secret, over a packaged hub and agent and a real API server; and
 * a search of everything that Towline writes or says for what was in them.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class SealedTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String SEALED_CANARY = "Canary-sealed";
  private static final String PLAIN_CANARY = "Canary-plain-Harbour-42";
  private static final Path FIXTURES = Path.of("src/test/resources/sealed");
  private static final String CREDENTIALS = secret("credentials");

  @TempDir private static Path scratch;
  private static Fleet fleet;
  private static FleetCluster store;

  @BeforeAll
  static void startAFleet() {
    fleet = new Fleet(scratch);
    fleet
        .repository()
        .write("apps/web/towline.yaml", Yaml.bundle("web", Yaml.EVERYWHERE))
        .write("apps/web/namespace.yaml", Yaml.namespace("web"))
        .write("apps/web/credentials.yaml", fixture("credentials.sops.yaml"))
        .write("apps/web/fixed.yaml", fixture("fixed.sops.yaml"))
        .write(
            "apps/web/plain.yaml",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: plain}
            stringData: {password: %s}
            """
                .formatted(PLAIN_CANARY))
        .write("apps/operators/towline.yaml", Yaml.bundle("operators", Yaml.EVERYWHERE))
        .write("apps/operators/namespace.yaml", Yaml.namespace("operators"))
        .write(
            "apps/operators/definitions.yaml",
            definition("external-secrets.io", "v1", "externalsecrets", "ExternalSecret")
                + "---\n"
                + definition("bitnami.com", "v1alpha1", "sealedsecrets", "SealedSecret"))
        .write("apps/operators/external.yaml", EXTERNAL_SECRET)
        .write("apps/operators/sealed.yaml", SEALED_SECRET)
        .commit("seal");
    fleet.start();
    store = fleet.addCluster("store", Map.of());
    store.agent().stop();
    store
        .agent()
        .with(
            "towline.secrets.identity-file",
            FIXTURES.resolve("test-identity-a.txt").toAbsolutePath().toString())
        .start();
    for (String name : List.of("credentials", "fixed", "plain")) {
      store.admin().await(secret(name), SOON, "has arrived", o -> true);
    }
  }

  @AfterAll
  static void endIt() {
    fleet.close();
  }

  @Test
  @Order(1)
  void whatWasSealedIsOpenInTheClusterAndNowhereElse() {
    JsonNode live = store.admin().get(CREDENTIALS).orElseThrow();

    assertThat(decoded(live, "password")).isEqualTo("Canary-sealed-text-credentials");
    assertThat(decoded(live, "token")).isEqualTo("Canary-sealed-base64-credentials");
    assertThat(live.has("sops")).isFalse();
    assertThat(live.at("/metadata/labels/towline.io~1bundle").asText()).isEqualTo("web");
    assertThat(fleet.cli().run("wait", "target/web@store", "--for", "ready", "--timeout", "60s"))
        .matches(waited -> waited.exitCode() == 0, "the target is ready");
  }

  @Test
  @Order(2)
  void theClustersRecipientsAreShownToPeople() {
    JsonNode cluster = fleet.cli().json("get", "cluster", "store");
    List<String> recipients = new ArrayList<>();
    cluster.findValues("sealRecipients").getFirst().forEach(one -> recipients.add(one.asText()));

    assertThat(recipients)
        .hasSize(2)
        .allSatisfy(one -> assertThat(one).matches("age1[02-9ac-hj-np-z]{58}"))
        .endsWith("age1rjy6clh0gv3xq60qkrsvwkke3f4k0egdqqpyvz4gq8qewl4wtussh94yyu");
    assertThat(fleet.cli().answer("get", "clusters", "-o", "wide"))
        .contains("RECIPIENT", recipients.getFirst());
    assertThat(fleet.cli().answer("describe", "cluster", "store")).contains(recipients.getFirst());
  }

  @Test
  @Order(3)
  void driftOfASealedSecretIsCorrectedAndItsValuesAreMasked() {
    store
        .person()
        .patch(
            CREDENTIALS + "?fieldManager=kubectl-edit",
            KubeClient.MERGE_PATCH,
            Map.of("stringData", Map.of("password", "Canary-sealed-edited-by-hand")));
    store
        .admin()
        .await(
            CREDENTIALS,
            SOON,
            "is as it was sealed",
            o -> decoded(o, "password").equals("Canary-sealed-text-credentials"));

    JsonNode record = awaitDrift("credentials");
    assertThat(record.at("/fields/0/path").asText()).isEqualTo("/data/password");
    assertThat(record.at("/fields/0/oldValue").asText()).isEqualTo("(hidden)");
    assertThat(record.at("/fields/0/newValue").asText()).isEqualTo("(hidden)");
    store
        .person()
        .patch(
            secret("plain") + "?fieldManager=kubectl-edit",
            KubeClient.MERGE_PATCH,
            Map.of("stringData", Map.of("password", PLAIN_CANARY + "-edited")));
    store
        .admin()
        .await(secret("plain"), SOON, "is back", o -> decoded(o, "password").equals(PLAIN_CANARY));
  }

  @Test
  @Order(4)
  void aFailingApplyOfASealedSecretSaysWhyAndStopsNoOther() {
    fleet
        .repository()
        .write("apps/web/fixed.yaml", fixture("fixed-changed.sops.yaml"))
        .write("apps/web/settings.yaml", Yaml.configMap("settings", "beside"))
        .commit("change what cannot be changed");
    fleet.cli().answer("reconcile", "source", Fleet.SOURCE);

    store.admin().await("/api/v1/namespaces/web/configmaps/settings", SOON, "goes on", o -> true);
    Deadline.in(SOON)
        .until(
            "the target says which object cannot be changed",
            () ->
                fleet
                    .cli()
                    .run("describe", "target", "web@store")
                    .stdout()
                    .contains("ImmutableField"));
    assertThat(decoded(store.admin().get(secret("fixed")).orElseThrow(), "password"))
        .isEqualTo("Canary-sealed-text-first");
  }

  @Test
  @Order(5)
  void aFileThatTheClusterCannotOpenIsNotDelivered() {
    fleet
        .repository()
        .write("apps/web/fixed.yaml", fixture("fixed.sops.yaml"))
        .write("apps/web/credentials.yaml", fixture("for-another.sops.yaml"))
        .commit("seal for another cluster");
    fleet.cli().answer("reconcile", "source", Fleet.SOURCE);

    String told = fleet.cli().answer("describe", "target", "web@store");
    assertThat(told).contains("SealedForOthers", "Secret", "web/credentials", "sops updatekeys");
    assertThat(decoded(store.admin().get(CREDENTIALS).orElseThrow(), "password"))
        .isEqualTo("Canary-sealed-text-credentials");
  }

  @Test
  @Order(6)
  void externalSecretsAndSealedSecretsPassUntouched() {
    String base = "/apis/%s/namespaces/operators/%s";
    JsonNode external =
        store
            .admin()
            .await(
                base.formatted("external-secrets.io/v1", "externalsecrets/database"),
                SOON,
                "has arrived",
                o -> true);
    JsonNode sealed =
        store
            .admin()
            .await(
                base.formatted("bitnami.com/v1alpha1", "sealedsecrets/database"),
                SOON,
                "has arrived",
                o -> true);

    assertThat(external.at("/spec/data/0/remoteRef/key").asText()).isEqualTo("shop/database");
    assertThat(external.at("/spec/target/template/data/url").asText()).contains("{{ .password }}");
    assertThat(sealed.at("/spec/encryptedData/password").asText()).startsWith("AgBy3i4OJSWK");
    assertThat(sealed.at("/spec/template/metadata/annotations/sealedsecrets~1managed").asText())
        .isEqualTo("true");
  }

  @Test
  @Order(7)
  void nothingThatTowlineWritesOrSaysHoldsWhatWasSealed() throws Exception {
    Map<String, byte[]> all = new LinkedHashMap<>();
    for (List<String> command :
        List.of(
            List.of("status"),
            List.of("drift", "-o", "json"),
            List.of("drift"),
            List.of("events", "-o", "json"),
            List.of("describe", "target", "web@store"),
            List.of("describe", "cluster", "store"),
            List.of("describe", "bundle", "web"),
            List.of("get", "targets", "-o", "json"),
            List.of("get", "clusters", "-o", "json"),
            List.of("get", "sources", "-o", "json"))) {
      TowlineCli.Result said = fleet.cli().run(command.toArray(String[]::new));
      all.put(
          "towline " + String.join(" ", command),
          (said.stdout() + said.stderr()).getBytes(StandardCharsets.UTF_8));
    }
    for (URI management : List.of(store.agent().managementUrl(), fleet.hub().managementUrl())) {
      all.put(management.resolve("/metrics").toString(), page(management.resolve("/metrics")));
    }
    all.put("the agent's log", Files.readAllBytes(store.agent().process().log()));
    all.put("the hub's log", Files.readAllBytes(fleet.hub().process().log()));
    // What is on disk is read after the end, when everything is written.
    store.agent().stop();
    fleet.hub().stop();
    all.putAll(files(store.agent().stateDirectory()));
    all.putAll(files(fleet.hub().dataDirectory()));

    assertThat(all.keySet()).anyMatch(name -> name.endsWith("seal-identities"));
    assertThat(all.keySet()).anyMatch(name -> name.contains("bodies") || name.contains("/b/"));
    assertThat(findings(all, SEALED_CANARY)).isEmpty();
    assertThat(findings(all, PLAIN_CANARY))
        .as("a plain Secret is in Git and in the bodies that the agent keeps, as it was signed")
        .isNotEmpty()
        .allMatch(name -> name.contains("/git/") || isBody(name));
  }

  @Test
  @Order(8)
  void whatTheRealSopsSealsForTheClustersOwnRecipientOpensThere() throws Exception {
    Optional<Path> sops = onPath("sops");
    assumeTrue(
        sops.isPresent(),
        "no sops on PATH: go install github.com/getsops/sops/v3/cmd/sops@v3.13.3");
    fleet.hub().start();
    store.agent().start();
    String own =
        fleet
            .cli()
            .json("get", "cluster", "store")
            .findValues("sealRecipients")
            .getFirst()
            .get(0)
            .asText();
    Path file = fleet.repository().directory().resolve("apps/web/credentials.yaml");
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: credentials, namespace: web}
        stringData: {password: sealed just now}
        """);
    Process sealing =
        new ProcessBuilder(
                sops.get().toString(),
                "encrypt",
                "--in-place",
                "--age",
                own,
                "--encrypted-regex",
                "^(data|stringData)$",
                file.toString())
            .inheritIO()
            .start();
    assertThat(sealing.waitFor()).isZero();
    assertThat(file).content().doesNotContain("sealed just now");
    fleet.repository().commit("seal with the real sops");
    fleet.cli().answer("reconcile", "source", Fleet.SOURCE);

    store
        .admin()
        .await(
            CREDENTIALS,
            SOON,
            "is what was sealed just now",
            o -> decoded(o, "password").equals("sealed just now"));
  }

  private static boolean isBody(String name) {
    return name.startsWith(store.agent().stateDirectory().toString()) && name.contains("bodies");
  }

  /** Names of what holds the canary: in clear, in base64, or packed. */
  private static List<String> findings(Map<String, byte[]> all, String canary) {
    List<String> found = new ArrayList<>();
    all.forEach(
        (name, bytes) -> {
          String text = new String(bytes, StandardCharsets.ISO_8859_1);
          if (forms(canary).stream().anyMatch(text::contains)) {
            found.add(name);
          }
        });
    return found;
  }

  /** As text, in base64 wherever it begins in a longer text, and as UTF-16 as databases have it. */
  private static List<String> forms(String canary) {
    List<String> forms = new ArrayList<>(List.of(canary));
    for (int offset = 0; offset < 3; offset++) {
      byte[] padded = ("xxx".substring(0, offset) + canary).getBytes(StandardCharsets.UTF_8);
      String encoded = Base64.getEncoder().withoutPadding().encodeToString(padded);
      forms.add(encoded.substring(offset == 0 ? 0 : 4, encoded.length() - 2));
    }
    forms.add(new String(canary.getBytes(StandardCharsets.UTF_16LE), StandardCharsets.ISO_8859_1));
    return forms;
  }

  /** Every file below a directory, unpacked where it is packed. */
  private static Map<String, byte[]> files(Path directory) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        files.put(file.toString(), bytes);
        if (bytes.length > 2 && bytes[0] == 0x1f && (bytes[1] & 0xff) == 0x8b) {
          files.put(
              file + " unpacked",
              new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes());
        }
      }
    }
    return files;
  }

  private static byte[] page(URI address) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> answer =
          client.send(
              HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofByteArray());
      assertThat(answer.statusCode()).isEqualTo(200);
      return answer.body();
    }
  }

  private static Optional<Path> onPath(String program) {
    return Arrays.stream(Objects.requireNonNullElse(System.getenv("PATH"), "").split(":"))
        .map(directory -> Path.of(directory).resolve(program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static String secret(String name) {
    return "/api/v1/namespaces/web/secrets/" + name;
  }

  private static String decoded(JsonNode secret, String key) {
    return new String(
        Base64.getDecoder().decode(secret.path("data").path(key).asText()), StandardCharsets.UTF_8);
  }

  private static String fixture(String name) {
    try {
      return Files.readString(FIXTURES.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode awaitDrift(String name) {
    JsonNode[] found = new JsonNode[1];
    Deadline.in(SOON)
        .until(
            "the correction of Secret " + name + " is on record",
            () -> {
              for (JsonNode item :
                  KubeClient.json(fleet.cli().run("drift", "web@store", "-o", "json").stdout())
                      .path("items")) {
                if (item.at("/object/name").asText().equals(name)
                    && item.path("action").asText().equals("corrected")) {
                  found[0] = item;
                }
              }
              return found[0] != null;
            });
    return found[0];
  }

  private static String definition(String group, String version, String plural, String kind) {
    return """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: %3$s.%1$s}
    spec:
      group: %1$s
      scope: Namespaced
      names: {plural: %3$s, singular: %4$s, kind: %5$s}
      versions:
        - name: %2$s
          served: true
          storage: true
          schema:
            openAPIV3Schema:
              type: object
              properties:
                spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
                status: {type: object, x-kubernetes-preserve-unknown-fields: true}
    """
        .formatted(group, version, plural, kind.toLowerCase(Locale.ROOT), kind);
  }

  private static final String EXTERNAL_SECRET =
      """
      apiVersion: external-secrets.io/v1
      kind: ExternalSecret
      metadata: {name: database}
      spec:
        refreshInterval: 1h
        secretStoreRef: {name: vault, kind: ClusterSecretStore}
        target:
          name: database
          creationPolicy: Owner
          template:
            data: {url: "postgres://shop:{{ .password }}@db"}
        data:
          - secretKey: password
            remoteRef: {key: shop/database, property: password}
      """;

  private static final String SEALED_SECRET =
      """
      apiVersion: bitnami.com/v1alpha1
      kind: SealedSecret
      metadata: {name: database}
      spec:
        encryptedData:
          password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq9s7k1mVbXw0eLrE7C6gqOQ==
        template:
          metadata:
            name: database
            annotations: {sealedsecrets/managed: "true"}
          type: Opaque
      """;
}
