package io.towline.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditEvent;
import io.towline.testkit.AuditLog;
import io.towline.testkit.Deadline;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.KubeClient;
import io.towline.testkit.TowlineCli;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tenants of one cluster, each with an account that may do something in its own namespace alone.
 * What one may not do slows and blinds no other, and no tenant reaches, sees or prunes what its
 * account cannot.
 */
final class TenantsTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  /** A correction takes milliseconds; the machine may have much else to do. */
  private static final Duration USUAL = Duration.ofSeconds(5);

  private static final String CANARY = "Tr0ub4dor-of-another-tenant";
  private static final List<String> ALL = List.of("*");

  @TempDir private static Path scratch;
  private static Fleet fleet;
  private static FleetCluster store;
  private static AuditLog.Mark settled;

  @BeforeAll
  static void startAFleet() {
    fleet = new Fleet(scratch);
    declare("first", "first", "settings", "first");
    declare("first-too", "first", "more", "first");
    declare("second", "second", "settings", "second");
    declare("blind", "blind", "settings", "blind");
    fleet.repository().commit("four bundles of three tenants");
    fleet.start();
    store = fleet.addCluster("store", Map.of());
    tenant("first", ALL);
    tenant("second", ALL);
    // Enough to apply, and nothing to see by.
    tenant("blind", List.of("create", "patch"));
    for (String bundle : List.of("first", "first-too", "second")) {
      waitFor(bundle, "ready");
    }
    settled = store.controlPlane().auditLog().mark();
  }

  @AfterAll
  static void endIt() {
    fleet.close();
  }

  @Test
  void eachTenantIsWatchedByItsOwnAccountWithOneWatchAKind() {
    List<AuditEvent> untilReady =
        store.controlPlane().auditLog().between(AuditLog.Mark.START, settled);
    for (String tenant : List.of("first", "second")) {
      assertThat(untilReady)
          .filteredOn(event -> event.verb().equals("watch") && event.granted())
          .filteredOn(event -> event.resource().equals("configmaps"))
          .filteredOn(event -> event.impersonated().equals(account(tenant)))
          .singleElement()
          .satisfies(watch -> assertThat(watch.namespace()).isEqualTo(tenant))
          .satisfies(watch -> assertThat(watch.uri()).contains("labelSelector="));
    }
    assertThat(untilReady)
        .filteredOn(event -> event.user().equals(ApiServer.AGENT))
        .filteredOn(event -> event.resource().equals("configmaps"))
        .isNotEmpty()
        .noneMatch(event -> event.impersonated().isEmpty());
  }

  @Test
  void aTenantThatMayNotLookIsNamedAndTheOthersAreCorrectedAsEver() {
    JsonNode blind = awaitReason("blind", "Forbidden");
    assertThat(blind.path("message").asText()).contains(account("blind"), "list", "ConfigMap");

    assertCorrected("first", "settings");
    assertCorrected("second", "settings");
  }

  @Test
  void aTenantThatLosesItsRightsIsNamedAndComesBackWithThem() {
    declare("losing", "losing", "settings", "losing");
    fleet.repository().commit("a tenant");
    tenant("losing", ALL);
    waitFor("losing", "ready");
    String binding = "/apis/rbac.authorization.k8s.io/v1/namespaces/losing/rolebindings/deployer";
    store.admin().delete(binding);
    edit("losing", "settings");

    JsonNode target = awaitReason("losing", "DriftCorrectionFailed");

    assertThat(target.path("message").asText()).contains(account("losing"), "patch", "configmaps");
    assertCorrected("first", "settings");
    bind("losing");
    awaitValue("losing", "settings", "losing", SOON);
    waitFor("losing", "ready");
  }

  @Test
  void aTenantNeitherTakesNorPrunesWhatIsInTheNamespaceOfAnother() {
    store.admin().create(configMaps("first"), configMap("by-hand", "first", "by hand"));
    fleet
        .repository()
        .write("tenants/second/reach.yaml", Yaml.configMap("by-hand", "second", "first"))
        .commit("a tenant reaches for what another made by hand");
    assertThat(awaitReason("second", "Forbidden").path("message").asText())
        .contains(account("second"), "first");

    fleet.repository().remove("tenants/second/reach.yaml").commit("and lets go of it again");
    waitFor("second", "ready");
    assertThat(value("first", "by-hand")).isEqualTo("by hand");

    fleet
        .repository()
        .write("tenants/second/claim.yaml", Yaml.configMap("settings", "second", "first"))
        .commit("a tenant claims what another has");
    JsonNode claimed = awaitReason("second", "ObjectConflict");
    assertThat(claimed.path("message").asText())
        .contains("first/settings", "belongs to the bundle first");
    fleet.repository().remove("tenants/second/claim.yaml").commit("and gives it up");
    waitFor("second", "ready");

    assertThat(value("first", "settings")).isEqualTo("first");
    assertThat(store.controlPlane().auditLog().since(AuditLog.Mark.START))
        .filteredOn(event -> event.impersonated().equals(account("second")))
        .filteredOn(event -> event.isWrite() && event.namespace().equals("first"))
        .isNotEmpty()
        .noneMatch(AuditEvent::granted);
    assertCorrected("second", "settings");
  }

  @Test
  void aTenantLearnsNothingOfASecretThatItMayNotRead() throws IOException {
    store
        .admin()
        .create(
            "/api/v1/namespaces/first/secrets",
            Map.of(
                "apiVersion",
                "v1",
                "kind",
                "Secret",
                "metadata",
                Map.of("name", "credentials"),
                "stringData",
                Map.of("password", CANARY)));
    declare("curious", "curious", "settings", "curious");
    fleet
        .repository()
        .write(
            "tenants/curious/reach.yaml",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: credentials, namespace: first}
            stringData: {password: guessed}
            """)
        .commit("a tenant names the Secret of another");
    tenant("curious", ALL);

    JsonNode target = awaitReason("curious", "Forbidden");

    assertThat(target.path("message").asText()).contains(account("curious"), "secrets", "first");
    awaitValue("curious", "settings", "curious", SOON);
    String encoded = Base64.getEncoder().encodeToString(CANARY.getBytes(StandardCharsets.UTF_8));
    for (List<String> command :
        List.of(
            List.of("get", "targets", "curious@store", "-o", "json"),
            List.of("describe", "target", "curious@store"),
            List.of("drift", "-o", "json"),
            List.of("events", "-o", "json"))) {
      TowlineCli.Result shown = fleet.cli().run(command.toArray(String[]::new));
      assertThat(shown.stdout() + shown.stderr()).doesNotContain(CANARY, encoded);
    }
    for (Path log : List.of(store.agent().process().log(), fleet.hub().process().log())) {
      assertThat(Files.readString(log)).doesNotContain(CANARY, encoded);
    }
    assertThat(store.controlPlane().auditLog().since(AuditLog.Mark.START))
        .filteredOn(event -> event.user().equals(ApiServer.AGENT))
        .filteredOn(event -> event.namespace().equals("first"))
        .filteredOn(event -> event.resource().equals("secrets"))
        .isNotEmpty()
        .noneMatch(AuditEvent::granted);
  }

  /** A bundle of a tenant, which acts by the tenant's account in the tenant's namespace. */
  private static void declare(String bundle, String tenant, String name, String value) {
    fleet
        .repository()
        .write(
            "tenants/" + bundle + "/towline.yaml",
            Yaml.bundle(
                bundle, Yaml.EVERYWHERE, "apply: {serviceAccount: " + tenant + "/deployer}\n"))
        .write("tenants/" + bundle + "/" + name + ".yaml", Yaml.configMap(name, value, tenant));
  }

  private static void tenant(String name, List<String> verbs) {
    KubeClient admin = store.admin();
    admin.create(
        "/api/v1/namespaces",
        Map.of("apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", name)));
    admin.create(
        "/api/v1/namespaces/" + name + "/serviceaccounts",
        Map.of(
            "apiVersion", "v1", "kind", "ServiceAccount", "metadata", Map.of("name", "deployer")));
    admin.create(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/" + name + "/roles",
        Map.of(
            "apiVersion",
            "rbac.authorization.k8s.io/v1",
            "kind",
            "Role",
            "metadata",
            Map.of("name", "deployer"),
            "rules",
            List.of(
                Map.of(
                    "apiGroups", List.of(""),
                    "resources", List.of("configmaps", "secrets"),
                    "verbs", verbs))));
    bind(name);
  }

  private static void bind(String name) {
    store
        .admin()
        .create(
            "/apis/rbac.authorization.k8s.io/v1/namespaces/" + name + "/rolebindings",
            Map.of(
                "apiVersion",
                "rbac.authorization.k8s.io/v1",
                "kind",
                "RoleBinding",
                "metadata",
                Map.of("name", "deployer"),
                "roleRef",
                Map.of("apiGroup", "rbac.authorization.k8s.io", "kind", "Role", "name", "deployer"),
                "subjects",
                List.of(Map.of("kind", "ServiceAccount", "namespace", name, "name", "deployer"))));
  }

  private static String account(String tenant) {
    return "system:serviceaccount:" + tenant + ":deployer";
  }

  private static String configMaps(String namespace) {
    return "/api/v1/namespaces/" + namespace + "/configmaps";
  }

  private static Map<String, Object> configMap(String name, String namespace, String value) {
    return Map.of(
        "apiVersion",
        "v1",
        "kind",
        "ConfigMap",
        "metadata",
        Map.of("name", name, "namespace", namespace),
        "data",
        Map.of("value", value));
  }

  private static String value(String namespace, String name) {
    return store
        .admin()
        .get(configMaps(namespace) + "/" + name)
        .orElseThrow()
        .at("/data/value")
        .asText();
  }

  private static void edit(String tenant, String name) {
    store
        .person()
        .patch(
            configMaps(tenant) + "/" + name + "?fieldManager=kubectl-edit",
            KubeClient.MERGE_PATCH,
            Map.of("data", Map.of("value", "edited")));
  }

  private static void assertCorrected(String tenant, String name) {
    edit(tenant, name);
    awaitValue(tenant, name, tenant, USUAL);
  }

  private static void awaitValue(String tenant, String name, String value, Duration within) {
    store
        .admin()
        .await(
            configMaps(tenant) + "/" + name,
            within,
            "is as declared",
            o -> o.at("/data/value").asText().equals(value));
  }

  private static JsonNode awaitReason(String bundle, String reason) {
    JsonNode[] seen = new JsonNode[1];
    Deadline.in(SOON)
        .until(
            bundle + " says " + reason,
            () -> {
              seen[0] =
                  KubeClient.json(
                          fleet
                              .cli()
                              .run("get", "targets", bundle + "@store", "-o", "json")
                              .stdout())
                      .at("/items/0");
              return seen[0].path("reason").asText().equals(reason);
            });
    return seen[0];
  }

  private static void waitFor(String bundle, String state) {
    TowlineCli.Result waited =
        fleet.cli().run("wait", "target/" + bundle + "@store", "--for", state, "--timeout", "90s");
    assertThat(waited.exitCode()).as(waited.stdout() + waited.stderr()).isZero();
  }
}
