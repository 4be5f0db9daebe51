package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.stream.FakeAuthority;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.FakeHub;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Deletion;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.envelope.VerifiedEnvelope;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardRailsTest {
  private static final String RBAC = "rbac.authorization.k8s.io/v1";

  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();

  @Test
  void blocksTheBundleThatBreaksThemAndNoOther() throws Exception {
    BundleManifest fine = fleet.bundle("fine", 2, i -> "x");
    BundleManifest own = one("own", new ObjectRef("v1", "ConfigMap", "towline-system", "c"), "");
    BundleManifest system = one("system", new ObjectRef("v1", "ConfigMap", "kube-system", "c"), "");
    BundleManifest namespace =
        one("namespace", new ObjectRef("v1", "Namespace", "", "kube-system"), "");
    BundleManifest service =
        one(
            "service",
            new ObjectRef("apiregistration.k8s.io/v1", "APIService", "", "v1.example"),
            "");
    BundleManifest binding =
        one(
            "binding",
            new ObjectRef(RBAC, "ClusterRoleBinding", "", "all"),
            ",\"roleRef\":{\"name\":\"cluster-admin\"}");
    BundleManifest escalating =
        one(
            "escalating",
            new ObjectRef(RBAC, "ClusterRole", "", "bind"),
            rule("\"" + RBAC.substring(0, RBAC.indexOf('/')) + "\"", "\"roles\"", "\"bind\""));
    BundleManifest everything =
        one(
            "everything",
            new ObjectRef(RBAC, "ClusterRole", "", "everything"),
            rule("\"*\"", "\"*\"", "\"*\""));
    BundleManifest operator =
        one(
            "operator",
            new ObjectRef(RBAC, "ClusterRole", "", "operator"),
            rule("\"monitoring.example\"", "\"*\"", "\"*\""));
    Map<String, GuardRails.Breach> breaches =
        breaches(
            config(Optional.of(List.of("kube-system")), false),
            fine,
            own,
            system,
            namespace,
            service,
            binding,
            escalating,
            everything,
            operator);
    assertThat(breaches.keySet())
        .containsExactlyInAnyOrder(
            "own", "system", "namespace", "service", "binding", "escalating", "everything");
    assertThat(breaches)
        .hasEntrySatisfying("own", breach -> assertThat(breach.object().name()).isEqualTo("c"));
  }

  @Test
  void letsTheOwnerAllowWhatIsForbiddenByDefaultButNotTheAgentsNamespace() throws Exception {
    BundleManifest own = one("own", new ObjectRef("v1", "ConfigMap", "towline-system", "c"), "");
    BundleManifest binding =
        one(
            "binding",
            new ObjectRef(RBAC, "ClusterRoleBinding", "", "all"),
            ",\"roleRef\":{\"name\":\"cluster-admin\"}");
    assertThat(breaches(config(Optional.empty(), true), own, binding)).containsOnlyKeys("own");
  }

  @Test
  void blocksRulesThatItCannotSee() throws Exception {
    ObjectRef role = new ObjectRef(RBAC, "ClusterRole", "", "all");
    ObjectRef secret = new ObjectRef("v1", "Secret", "shop", "s");
    String sealed = ",\"rules\":\"ENC[]\",\"sops\":{}";

    assertThat(
            breaches(
                config(Optional.empty(), false),
                one("role", role, sealed, true),
                one("secret", secret, sealed, true)))
        .containsOnlyKeys("role");
  }

  @Test
  void blocksTheBundleOfWhichTooMuchIsToBeDeletedAndNoOther() throws Exception {
    FakeFleet.Draft draft = fleet.draft(1, fleet.bundle("kept", 1, i -> "x"));
    draft.deletions =
        List.of(
            deletion("emptied", "a"),
            deletion("emptied", "b"),
            deletion("emptied", "c"),
            deletion("kept", "d"),
            deletion("kept", "e"));
    assertThat(breaches(config(Optional.empty(), true), draft))
        .containsOnlyKeys("emptied")
        .hasEntrySatisfying(
            "emptied", breach -> assertThat(breach.message()).contains("at most 2 deletions"));

    FakeFleet.Draft clear = fleet.draft(1);
    clear.deletions = draft.deletions;
    assertThat(breaches(config(Optional.empty(), true), clear)).isEmpty();
  }

  private static Deletion deletion(String bundle, String name) {
    return new Deletion(bundle, new ObjectRef("v1", "ConfigMap", "shop", name), 1);
  }

  private Map<String, GuardRails.Breach> breaches(GuardConfig config, BundleManifest... bundles)
      throws Exception {
    return breaches(config, fleet.draft(1, bundles));
  }

  private Map<String, GuardRails.Breach> breaches(GuardConfig config, FakeFleet.Draft draft)
      throws Exception {
    Path fresh = Files.createTempDirectory(directory, "agent");
    FakeAuthority tls = new FakeAuthority();
    try (FakeHub hub = new FakeHub(fleet, tls, 0)) {
      hub.publish(draft.seal());
      try (AgentUnderTest agent =
          new AgentUnderTest(fresh.resolve("state"), fleet.token(hub.address(), tls.pin()))) {
        VerifiedEnvelope envelope = agent.nextAccepted();
        return new GuardRails(config, "towline-system", agent.bodies).breaches(envelope);
      }
    }
  }

  private BundleManifest one(String name, ObjectRef ref, String more) {
    return one(name, ref, more, false);
  }

  private BundleManifest one(String name, ObjectRef ref, String more, boolean sealed) {
    String namespace =
        ref.namespace().isEmpty() ? "" : ",\"namespace\":\"" + ref.namespace() + "\"";
    byte[] body =
        "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\"%s}%s}"
            .formatted(ref.apiVersion(), ref.kind(), ref.name(), namespace, more)
            .getBytes(StandardCharsets.UTF_8);
    BundleManifest manifest =
        new BundleManifest(
            name,
            List.of(new ManifestEntry(ref, fleet.keep(body), body.length, 0, sealed)),
            Policy.defaults(),
            List.of());
    fleet.keep(manifest.bytes());
    return manifest;
  }

  private static String rule(String groups, String resources, String verbs) {
    return ",\"rules\":[{\"apiGroups\":[%s],\"resources\":[%s],\"verbs\":[%s]}]"
        .formatted(groups, resources, verbs);
  }

  private static GuardConfig config(Optional<List<String>> namespaces, boolean escalation) {
    return new GuardConfig() {
      @Override
      public Optional<List<String>> forbiddenNamespaces() {
        return namespaces;
      }

      @Override
      public Optional<List<String>> forbiddenKinds() {
        return Optional.of(List.of("APIService.apiregistration.k8s.io"));
      }

      @Override
      public boolean allowEscalation() {
        return escalation;
      }

      @Override
      public OptionalInt maxDeletions() {
        return OptionalInt.of(2);
      }
    };
  }
}
