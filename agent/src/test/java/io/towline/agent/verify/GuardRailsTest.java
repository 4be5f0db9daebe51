package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.apply.TestConfig;
import io.towline.agent.stream.FakeFleet;
import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.Floor;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.envelope.RootChain;
import io.towline.envelope.RootDocument;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerifiedEnvelope;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GuardRailsTest {
  private static final String OWN = "towline-system";
  private static final String RBAC = "rbac.authorization.k8s.io/v1";
  private static final Map<String, String> DEFAULTS = Map.of();

  private final FakeFleet fleet = new FakeFleet();
  private final List<BundleManifest> bundles = new ArrayList<>();

  @Test
  void blocksTheBundleThatBreaksThemAndNoOther() {
    bundles.add(fleet.bundle("fine", 2, i -> "x"));
    one("own", new ObjectRef("v1", "ConfigMap", OWN, "c"), "");
    one("trust", new ObjectRef("v1", "Secret", OWN, "towline-agent-trust"), "");
    one("home", new ObjectRef("v1", "Namespace", "", OWN), "");
    one("system", new ObjectRef("v1", "ConfigMap", "kube-system", "c"), "");
    one("namespace", new ObjectRef("v1", "Namespace", "", "kube-system"), "");
    one("service", new ObjectRef("apiregistration.k8s.io/v1", "APIService", "", "v1.x"), "");
    one(
        "webhook",
        new ObjectRef("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", "all"),
        "");
    one("namesake", new ObjectRef("example.io/v1", "APIService", "shop", "v1.x"), "");

    Map<String, GuardRails.Breach> breaches =
        breaches(
            Map.of(
                "towline.guard.forbidden-namespaces",
                "kube-system",
                "towline.guard.forbidden-kinds",
                "APIService.apiregistration.k8s.io,MutatingWebhookConfiguration"));

    assertThat(breaches)
        .containsOnlyKeys("own", "trust", "home", "system", "namespace", "service", "webhook")
        .hasEntrySatisfying("own", breach -> assertThat(breach.object().name()).isEqualTo("c"));
  }

  @Test
  void letsNothingIntoTheDefaultNamespaceByNamingNone() {
    one("nowhere", new ObjectRef("example.io/v1", "Widget", "", "w"), "");
    one("core", new ObjectRef("v1", "ConfigMap", "", "c"), "");
    one("named", new ObjectRef("example.io/v1", "Widget", "shop", "w"), "");
    one("class", new ObjectRef("storage.k8s.io/v1", "StorageClass", "", "fast"), "");
    role("role", "apps", "deployments", "get");

    assertThat(breaches(DEFAULTS)).isEmpty();
    assertThat(breaches(Map.of("towline.guard.forbidden-namespaces", "default")))
        .containsOnlyKeys("nowhere", "core");
  }

  @Test
  void countsTheNamespaceThatABundleMayCreateAmongItsObjects() {
    Policy d = Policy.defaults();
    ApplyPolicy creating =
        new ApplyPolicy(
            ApplyPolicy.Conflicts.FAIL, "", false, List.of(), ApplyPolicy.Adoption.ALWAYS, true);
    ManifestEntry entry = entry(new ObjectRef("v1", "ConfigMap", "shop", "c"), "", false);
    bundle("plain", entry);
    bundle(
        "creating",
        new Policy(creating, d.dependsOn(), d.drift(), d.health(), d.prune()),
        entry(new ObjectRef("v1", "ConfigMap", "shop", "d"), "", false));

    assertThat(breaches(Map.of("towline.guard.forbidden-kinds", "Namespace")))
        .containsOnlyKeys("creating");
  }

  @Test
  void letsTheOwnerAllowWhatIsForbiddenByDefaultButNotTheAgentsNamespace() {
    one("own", new ObjectRef("v1", "ConfigMap", OWN, "c"), "");
    binding("binding", "ClusterRole", "cluster-admin");
    role("bind", "rbac.authorization.k8s.io", "roles", "bind");

    assertThat(breaches(Map.of("towline.guard.allow-escalation", "true"))).containsOnlyKeys("own");
  }

  @Test
  void blocksWhatHandsOutMoreThanItsRulesShow() {
    binding("cluster-admin", "ClusterRole", "cluster-admin");
    // These two may act as every service account of the namespace.
    binding("admin", "ClusterRole", "admin");
    binding("edit", "ClusterRole", "edit");
    binding("controller", "ClusterRole", "system:controller:clusterrole-aggregation-controller");
    role("escalate", "rbac.authorization.k8s.io", "clusterroles", "escalate");
    role("bind", "rbac.authorization.k8s.io", "roles", "bind");
    role("impersonate", "", "users", "impersonate");
    role("everything", "*", "*", "*");
    role("all-groups", "*", "clusterroles", "*");
    role("all-of-rights", "rbac.authorization.k8s.io", "*", "*");
    role("as-groups", "", "groups", "*");
    role("all-of-core", "", "*", "*");
    one(
        "gathered",
        new ObjectRef(RBAC, "ClusterRole", "", "gathered"),
        ",\"aggregationRule\":{\"clusterRoleSelectors\":[{}]},\"rules\":[]");
    one(
        "in-a-namespace",
        new ObjectRef(RBAC, "Role", "shop", "r"),
        rule("", "serviceaccounts", "impersonate"));
    namespace("loosened", "pod-security.kubernetes.io/enforce", "privileged");
    token("token", "default");

    assertThat(breaches(DEFAULTS))
        .containsOnlyKeys(bundles.stream().map(BundleManifest::bundle).toList());
  }

  @Test
  void letsThroughWhatHandsOutNothing() {
    binding("view", "ClusterRole", "view");
    binding("delegator", "ClusterRole", "system:auth-delegator");
    binding("local", "Role", "edit");
    role("operator", "monitoring.example", "*", "*");
    role("reader", "*", "*", "get");
    role("pods", "", "pods", "*");
    one(
        "gathered-from",
        new ObjectRef(RBAC, "ClusterRole", "", "metrics-reader"),
        rule("metrics.k8s.io", "pods", "get"));
    namespace("restricted", "pod-security.kubernetes.io/enforce", "restricted");
    // As kube-prometheus has it: a warning binds nobody.
    namespace("warned", "pod-security.kubernetes.io/warn", "privileged");
    ObjectRef account = new ObjectRef("v1", "ServiceAccount", "shop", "robot");
    bundle("robot", entry(account, "", false), tokenOf("robot"));
    one("plain", new ObjectRef("v1", "Secret", "shop", "s"), ",\"type\":\"Opaque\"");

    assertThat(breaches(DEFAULTS)).isEmpty();
  }

  @Test
  void blocksWhatItCannotSee() {
    ObjectRef secret = new ObjectRef("v1", "Secret", "shop", "s");
    sealed("role", new ObjectRef(RBAC, "ClusterRole", "", "all"), ",\"rules\":\"ENC[]\"");
    sealed("secret", secret, ",\"type\":\"Opaque\"");
    sealed("type", secret, ",\"type\":\"ENC[AES256_GCM,data:x]\"");
    sealed("deployment", new ObjectRef("apps/v1", "Deployment", "shop", "d"), "");

    assertThat(breaches(DEFAULTS)).containsOnlyKeys("role", "type");
    assertThat(breaches(Map.of("towline.guard.forbid-privileged", "true")))
        .containsOnlyKeys("role", "type", "deployment");
  }

  @Test
  void saysWhatTheOwnerDoesNotAllow() {
    one("own", new ObjectRef("v1", "ConfigMap", OWN, "c"), "");
    one("nowhere", new ObjectRef("v1", "ConfigMap", "", "c"), "");
    one("kind", new ObjectRef("v1", "Service", "shop", "s"), "");
    pods("network", "\"hostNetwork\":true");
    binding("binding", "ClusterRole", "admin");
    role("rule", "", "users", "impersonate");
    one(
        "gathered",
        new ObjectRef(RBAC, "ClusterRole", "", "gathered"),
        ",\"aggregationRule\":{},\"rules\":[]");
    namespace("loosened", "pod-security.kubernetes.io/enforce", "baseline");
    token("token", "default");
    sealed(
        "type", new ObjectRef("v1", "Secret", "shop", "s"), ",\"type\":\"ENC[AES256_GCM,data:x]\"");
    sealed("role", new ObjectRef(RBAC, "Role", "shop", "r"), "");

    Map<String, String> said = new HashMap<>();
    breaches(
            Map.of(
                "towline.guard.forbidden-namespaces", "default",
                "towline.guard.forbidden-kinds", "Service",
                "towline.guard.forbid-privileged", "true"))
        .forEach((bundle, breach) -> said.put(bundle, breach.message()));

    String no = "the cluster's owner allows no ";
    assertThat(said)
        .containsOnly(
            Map.entry("own", "the cluster's owner allows nothing in namespace " + OWN),
            Map.entry(
                "nowhere",
                "it names no namespace, and the cluster's owner allows nothing in namespace"
                    + " default"),
            Map.entry("kind", no + "Service"),
            Map.entry("network", no + "pod that reaches its node by hostNetwork"),
            Map.entry("binding", no + "binding to admin"),
            Map.entry("rule", no + "rule that hands out more rights"),
            Map.entry("gathered", no + "role whose rules are gathered from others, unseen"),
            Map.entry(
                "loosened", no + "namespace whose label lets its pods be less than restricted"),
            Map.entry("token", no + "token of a service account that is not the bundle's own"),
            Map.entry("type", no + "Secret whose type is sealed"),
            Map.entry("role", "it is sealed, and the cluster's owner allows none unseen"));
  }

  @Test
  void blocksWhatItsDiskLostOrRuined() {
    role("role", "apps", "deployments", "get");
    pods("pods", "\"hostNetwork\":false");
    one("plain", new ObjectRef("v1", "ConfigMap", "shop", "c"), "");
    VerifiedEnvelope envelope = verified(List.of());
    Map<String, String> privileged = Map.of("towline.guard.forbid-privileged", "true");

    for (Optional<byte[]> lost : List.of(Optional.<byte[]>empty(), Optional.of(new byte[] {'{'}))) {
      assertThat(
              new GuardRails(
                      TestConfig.of(GuardConfig.class, privileged), OWN, (digest, size) -> lost)
                  .breaches(envelope, applied()))
          .containsOnlyKeys("role", "pods")
          .allSatisfy(
              (bundle, breach) ->
                  assertThat(breach.message()).isEqualTo("its content cannot be read"));
    }
  }

  @Test
  void blocksPodsThatReachTheirNodeWhereTheOwnerForbidsThem() {
    pods("privileged", "\"containers\":[{\"securityContext\":{\"privileged\":true}}]");
    pods("init", "\"initContainers\":[{\"securityContext\":{\"privileged\":true}}]");
    pods("volume", "\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/\"}}]");
    pods("network", "\"hostNetwork\":true");
    pods("processes", "\"hostPID\":true");
    one(
        "cron",
        new ObjectRef("batch/v1", "CronJob", "shop", "c"),
        ",\"spec\":{\"jobTemplate\":{\"spec\":{\"template\":{\"spec\":{\"hostIPC\":true}}}}}");
    List<String> reaching = bundles.stream().map(BundleManifest::bundle).toList();
    pods("modest", "\"hostNetwork\":false,\"volumes\":[{\"emptyDir\":{}}]");
    one(
        "words",
        new ObjectRef("v1", "ConfigMap", "shop", "c"),
        ",\"data\":{\"privileged\":\"true\",\"hostPath\":\"/\"}");
    // A definition names the fields of its kind, which is not to use them.
    one(
        "definition",
        new ObjectRef("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "d"),
        ",\"spec\":{\"properties\":{\"hostPath\":{\"type\":\"object\"}}}");

    assertThat(breaches(Map.of("towline.guard.forbid-privileged", "true")))
        .containsOnlyKeys(reaching);
    assertThat(breaches(DEFAULTS)).isEmpty();
  }

  @Test
  void blocksTheBundleOfWhichTooMuchIsToBeDeletedAndNoOther() {
    bundles.add(fleet.bundle("kept", 1, i -> "x"));
    List<Deletion> deletions =
        List.of(
            deletion("emptied", "a"),
            deletion("emptied", "b"),
            deletion("emptied", "c"),
            deletion("kept", "d"),
            deletion("kept", "e"));
    Map<String, String> two = Map.of("towline.guard.max-deletions", "2");

    assertThat(breaches(two, deletions, applied("a", "b", "c", "d", "e")))
        .containsOnlyKeys("emptied")
        .hasEntrySatisfying(
            "emptied",
            breach -> assertThat(breach.message()).contains("at most 2 deletions of a bundle"));
    assertThat(breaches(two, deletions, applied("a", "b", "d", "e")))
        .as("what is gone already does not count")
        .isEmpty();
    assertThat(breaches(DEFAULTS, deletions, applied("a", "b", "c", "d", "e"))).isEmpty();
  }

  @Test
  void blocksEveryBundleWithDeletionsIfTheyAreTooLargeAShareOfTheCluster() {
    bundles.add(fleet.bundle("fine", 1, i -> "x"));
    Map<String, String> quarter = Map.of("towline.guard.max-deletions", "25%");
    List<Deletion> three =
        List.of(deletion("one", "o0"), deletion("one", "o1"), deletion("two", "o2"));

    assertThat(breaches(quarter, three, objects(12))).isEmpty();
    assertThat(breaches(quarter, three, objects(9))).as("rounded up").isEmpty();
    assertThat(breaches(quarter, three, objects(8)))
        .containsOnlyKeys("one", "two")
        .hasEntrySatisfying(
            "two", breach -> assertThat(breach.message()).contains("at most 25% of what is"));
    assertThat(breaches(Map.of("towline.guard.max-deletions", "0%"), three, objects(100)))
        .containsOnlyKeys("one", "two");
    assertThat(breaches(Map.of("towline.guard.max-deletions", "100%"), three, objects(3)))
        .isEmpty();
  }

  @Test
  void isNotLiftedByAnIntentThatAHubGivesByItself() {
    List<Deletion> all = List.of(deletion("last", "o0"), deletion("last", "o1"));

    assertThat(breaches(Map.of("towline.guard.max-deletions", "1"), all, objects(2)))
        .as("an envelope without a bundle, which says clear")
        .containsOnlyKeys("last");
  }

  @Test
  void whatMovesToAnotherBundleIsNotDeleted() {
    one("heir", new ObjectRef("v1", "ConfigMap", "shop", "o0"), "");
    List<Deletion> moved = List.of(deletion("giver", "o0"));

    assertThat(breaches(Map.of("towline.guard.max-deletions", "0"), moved, objects(1))).isEmpty();
  }

  private static Deletion deletion(String bundle, String name) {
    return new Deletion(bundle, new ObjectRef("v1", "ConfigMap", "shop", name), 1);
  }

  private static GuardRails.Applied objects(int count) {
    return applied(IntStream.range(0, count).mapToObj(i -> "o" + i).toArray(String[]::new));
  }

  private static GuardRails.Applied applied(String... names) {
    Set<ObjectIdentity> identities = new HashSet<>();
    for (String name : names) {
      identities.add(new ObjectIdentity("", "ConfigMap", "shop", name));
    }
    return new GuardRails.Applied() {
      @Override
      public boolean has(ObjectIdentity identity) {
        return identities.contains(identity);
      }

      @Override
      public int size() {
        return identities.size();
      }
    };
  }

  private Map<String, GuardRails.Breach> breaches(Map<String, String> settings) {
    return breaches(settings, List.of(), applied());
  }

  private Map<String, GuardRails.Breach> breaches(
      Map<String, String> settings, List<Deletion> deletions, GuardRails.Applied applied) {
    return new GuardRails(TestConfig.of(GuardConfig.class, settings), OWN, this::body)
        .breaches(verified(deletions), applied);
  }

  /** The envelope of all bundles, verified as an agent does. */
  private VerifiedEnvelope verified(List<Deletion> deletions) {
    FakeFleet.Draft draft = fleet.draft(1, bundles.toArray(BundleManifest[]::new));
    draft.deletions = deletions;
    RootDocument root = fleet.root(1, 1, fleet.rootKey, fleet.hubKey);
    TrustedRoot trusted =
        RootChain.pinned(fleet.signedRoot(root, fleet.rootKey), Digest.of(root.bytes()));
    EnvelopeVerifier verifier = new EnvelopeVerifier(fleet.fleet, fleet.cluster);
    byte[] dsse = EnvelopeIntake.unzip(draft.seal().getDsseGzip().toByteArray());
    return verifier.verifyBodies(
        verifier.verify(dsse, trusted, Floor.none(), FakeFleet.NOW), this::body);
  }

  private Optional<byte[]> body(Digest digest, long size) {
    return Optional.ofNullable(fleet.bodies.get(digest));
  }

  private void binding(String bundle, String kind, String role) {
    one(
        bundle,
        new ObjectRef(RBAC, "RoleBinding", "shop", bundle),
        ",\"roleRef\":{\"kind\":\"%s\",\"name\":\"%s\"}".formatted(kind, role));
  }

  private void role(String bundle, String group, String resource, String verb) {
    one(bundle, new ObjectRef(RBAC, "ClusterRole", "", bundle), rule(group, resource, verb));
  }

  private static String rule(String group, String resource, String verb) {
    return ",\"rules\":[{\"apiGroups\":[\"apps\",\"%s\"],\"resources\":[\"x\",\"%s\"],\"verbs\":[\"get\",\"%s\"]}]"
        .formatted(group, resource, verb);
  }

  private void namespace(String name, String label, String level) {
    ObjectRef ref = new ObjectRef("v1", "Namespace", "", name);
    bundle(name, body(ref, ",\"labels\":{\"%s\":\"%s\"}".formatted(label, level), "", false));
  }

  private void token(String bundle, String account) {
    bundle(bundle, tokenOf(account));
  }

  private ManifestEntry tokenOf(String account) {
    return body(
        new ObjectRef("v1", "Secret", "shop", "token"),
        ",\"annotations\":{\"kubernetes.io/service-account.name\":\"%s\"}".formatted(account),
        ",\"type\":\"kubernetes.io/service-account-token\"",
        false);
  }

  private void pods(String bundle, String spec) {
    one(
        bundle,
        new ObjectRef("apps/v1", "DaemonSet", "shop", bundle),
        ",\"spec\":{\"template\":{\"spec\":{%s}}}".formatted(spec));
  }

  private void sealed(String bundle, ObjectRef ref, String more) {
    ObjectRef own = new ObjectRef(ref.apiVersion(), ref.kind(), ref.namespace(), bundle);
    bundle(bundle, entry(own, more + ",\"sops\":{}", true));
  }

  private void one(String bundle, ObjectRef ref, String more) {
    bundle(bundle, entry(ref, more, false));
  }

  private void bundle(String name, ManifestEntry... entries) {
    bundle(name, Policy.defaults(), entries);
  }

  private void bundle(String name, Policy policy, ManifestEntry... entries) {
    BundleManifest manifest = new BundleManifest(name, List.of(entries), policy);
    fleet.keep(manifest.bytes());
    bundles.add(manifest);
  }

  private ManifestEntry entry(ObjectRef ref, String more, boolean sealed) {
    return body(ref, "", more, sealed);
  }

  private ManifestEntry body(ObjectRef ref, String metadata, String more, boolean sealed) {
    String namespace =
        ref.namespace().isEmpty() ? "" : ",\"namespace\":\"" + ref.namespace() + "\"";
    byte[] body =
        "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\"%s%s}%s}"
            .formatted(ref.apiVersion(), ref.kind(), ref.name(), namespace, metadata, more)
            .getBytes(StandardCharsets.UTF_8);
    return new ManifestEntry(ref, fleet.keep(body), body.length, 0, sealed);
  }
}
