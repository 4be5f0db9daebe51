package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectPolicy;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.hub.resolve.Problem;
import io.towline.hub.resolve.RenderInput;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlainRenderTest {
  private static final String CONFIG_MAP =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: settings
      """;

  private final Renderer renderer = RenderBench.plainRenderer(Map.of());

  @Test
  void writesSortedMembersAndGivesTheBundlesNamespace() {
    String json =
        RenderBench.single(
            renderer,
            MemoryTree.of("app/a.yaml", CONFIG_MAP + "data: {b: '1', a: \"2\"}\n"),
            RenderBench.plain("app"));

    assertThat(json)
        .isEqualTo(
            "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"2\",\"b\":\"1\"},\"kind\":\"ConfigMap\","
                + "\"metadata\":{\"name\":\"settings\",\"namespace\":\"shop\"}}");
  }

  @Test
  void readsScalarsAsKubectlDoes() {
    String json =
        RenderBench.single(
            renderer,
            MemoryTree.of(
                "app/a.yaml",
                """
                apiVersion: example.com/v1
                kind: Odd
                metadata: {name: odd}
                spec: {mode: 0644, on: yes, large: 12345678901234567890123, half: .50, e: 1e3}
                """),
            RenderBench.plain("app"));

    assertThat(json)
        .contains(
            "\"spec\":{\"e\":1000,\"half\":0.5,\"large\":1.2345678901234568e+22,"
                + "\"mode\":420,\"true\":true}");
  }

  @Test
  void takesEveryManifestBelowTheDirectoryAndNothingElse() {
    MemoryTree tree =
        MemoryTree.of(
            "app/towline.yaml", "kind: Bundle\n",
            "app/kustomization.yaml", "resources: []\n",
            "app/README.md", "not a manifest",
            "app/.github/workflow.yaml", "on: push\n",
            "app/deep/er/b.yml", named("b"),
            "app/c.json",
                "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}",
            "app/nested/towline.yaml", "kind: Bundle\n",
            "app/nested/d.yaml", named("d"),
            "app-too/e.yaml", named("e"),
            "app/fleet.yaml", "apiVersion: towline.io/v1alpha1\nkind: Fleet\nname: acme\n");
    RenderInput input =
        new RenderInput(
            "app",
            "app",
            new RenderInput.Plain(List.of()),
            List.of("app/nested"),
            Optional.of("shop"));

    RenderedBundle bundle = renderer.render(tree, input, Policy.defaults());

    assertThat(bundle.manifest().objects())
        .extracting(entry -> entry.ref().name())
        .containsExactly("b", "c");
  }

  @Test
  void takesOnlyWhatItsGlobsName() {
    MemoryTree tree =
        MemoryTree.of(
            "app/one/a.yaml", named("a"),
            "app/two/b.yaml", named("b"),
            "app/values.yaml", "replicas: 3\n");

    String json = RenderBench.single(renderer, tree, RenderBench.plain("app", "one/*.yaml"));

    assertThat(json).contains("\"name\":\"a\"");
  }

  @Test
  void separatesDocumentsAndPassesOverEmptyOnes() {
    MemoryTree tree =
        MemoryTree.of(
            "a.yaml",
            "\uFEFF# first\r\n---\r\n\r\n--- # named a\r\n"
                + named("a").replace("\n", "\r\n")
                + "---\n# only a comment\n---\nnull\n---\n"
                + named("b")
                + "---\n");

    RenderedBundle bundle = renderer.render(tree, RenderBench.plain(""), Policy.defaults());

    assertThat(bundle.manifest().objects())
        .extracting(entry -> entry.ref().name())
        .containsExactly("a", "b");
  }

  @Test
  void unpacksListsOfLists() {
    MemoryTree tree =
        MemoryTree.of(
            "a.yaml",
            """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: v1
              kind: ConfigMapList
              items:
              - metadata: {name: a}
            - apiVersion: apps/v1
              kind: Deployment
              metadata: {name: b}
            """);

    RenderedBundle bundle = renderer.render(tree, RenderBench.plain(""), Policy.defaults());

    assertThat(bundle.manifest().objects())
        .extracting(ManifestEntry::ref)
        .containsExactly(
            new ObjectRef("apps/v1", "Deployment", "shop", "b"),
            new ObjectRef("v1", "ConfigMap", "shop", "a"));
  }

  @Test
  void honoursMergeKeys() {
    String json =
        RenderBench.single(
            renderer,
            MemoryTree.of(
                "a.yaml",
                CONFIG_MAP
                    + """
                    data:
                      <<: &base {a: one, b: two}
                      b: three
                    """),
            RenderBench.plain(""));

    assertThat(json).contains("\"data\":{\"a\":\"one\",\"b\":\"three\"}");
  }

  @Test
  void readsJsonStreamsWithExactNumbers() {
    MemoryTree tree =
        MemoryTree.of(
            "a.json",
            "{\"apiVersion\":\"x.io/v1\",\"kind\":\"N\",\"metadata\":{\"name\":\"a\"},"
                + "\"spec\":{\"big\":9223372036854775807,\"one\":1.0,\"t\":\"\\ud83d\\ude00\"}}\n"
                + "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"b\"}}");

    RenderedBundle bundle = renderer.render(tree, RenderBench.plain(""), Policy.defaults());

    assertThat(bundle.manifest().objects()).hasSize(2);
    assertThat(RenderBench.json(bundle, bundle.manifest().objects().getLast()))
        .contains("\"spec\":{\"big\":9223372036854775807,\"one\":1,\"t\":\"😀\"}");
  }

  @Test
  void readsUtf16WhenItsMarkSaysSo() {
    byte[] utf16 = ("\uFEFF" + CONFIG_MAP).getBytes(StandardCharsets.UTF_16LE);

    assertThat(
            RenderBench.single(
                renderer, new MemoryTree().put("a.yaml", utf16), RenderBench.plain("")))
        .contains("\"name\":\"settings\"");
  }

  @Test
  void dropsWhatOnlyTheApiServerWrites() {
    String json =
        RenderBench.single(
            renderer,
            MemoryTree.of(
                "a.yaml",
                """
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: settings
                  creationTimestamp: null
                  generation: 3
                  labels: null
                  managedFields: null
                status: {}
                """),
            RenderBench.plain(""));

    assertThat(json)
        .isEqualTo(
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\","
                + "\"metadata\":{\"name\":\"settings\",\"namespace\":\"shop\"}}");
  }

  @ParameterizedTest
  @CsvSource({
    "v1, Namespace, ''",
    "rbac.authorization.k8s.io/v1, ClusterRole, ''",
    "cert-manager.io/v1, ClusterIssuer, ''",
    "apps/v1, Deployment, shop",
    "example.com/v1, Widget, shop"
  })
  void givesANamespaceOnlyToKindsThatHaveOne(String apiVersion, String kind, String namespace) {
    String text = "apiVersion: %s\nkind: %s\nmetadata: {name: x}\n".formatted(apiVersion, kind);

    RenderedBundle bundle =
        renderer.render(MemoryTree.of("a.yaml", text), RenderBench.plain(""), Policy.defaults());

    assertThat(bundle.manifest().objects().getFirst().ref().namespace()).isEqualTo(namespace);
  }

  @Test
  void usesKubectlsDefaultNamespaceWhereTheBundleNamesNone() {
    RenderInput input =
        new RenderInput("app", "", new RenderInput.Plain(List.of()), List.of(), Optional.empty());
    MemoryTree tree =
        MemoryTree.of(
            "a.yaml", CONFIG_MAP, "b.yaml", "apiVersion: e.com/v1\nkind: W\nmetadata: {name: w}\n");

    RenderedBundle bundle = renderer.render(tree, input, Policy.defaults());

    assertThat(bundle.manifest().objects())
        .extracting(entry -> entry.ref().namespace())
        .containsExactly("", "default");
  }

  @Test
  void takesAnEmptyNamespaceOfAnUnknownKindAsNone() {
    RenderedBundle bundle =
        renderer.render(
            MemoryTree.of(
                "a.yaml", "apiVersion: e.com/v1\nkind: W\nmetadata: {name: w, namespace: ''}\n"),
            RenderBench.plain(""),
            Policy.defaults());

    assertThat(bundle.manifest().objects().getFirst().ref().namespace()).isEmpty();
  }

  @Test
  void learnsScopesFromDefinitionsInTheBundle() {
    MemoryTree tree =
        MemoryTree.of(
            "a.yaml",
            "apiVersion: e.com/v1\nkind: Widget\nmetadata: {name: w}\n",
            "crd.yaml",
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: widgets.e.com}
            spec: {group: e.com, scope: Cluster, names: {kind: Widget, plural: widgets}}
            """);

    RenderedBundle bundle = renderer.render(tree, RenderBench.plain(""), Policy.defaults());
    tree.put(
        "a.yaml", "apiVersion: e.com/v1\nkind: Widget\nmetadata:\n  name: w\n  namespace: shop\n");
    Problem problem = only(RenderBench.failure(renderer, tree, RenderBench.plain("")));

    assertThat(bundle.manifest().objects().getLast().ref().namespace()).isEmpty();
    assertThat(problem.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(problem.place()).isEqualTo("a.yaml:5:3");
    assertThat(problem.message()).contains("cluster-scoped");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "towline.io/wave: \"-5\"",
        "argocd.argoproj.io/sync-wave: \"-5\"",
        "towline.io/wave: \"-5\", argocd.argoproj.io/sync-wave: \"-05\"",
      })
  void honoursWaves(String annotations) {
    RenderedBundle bundle =
        renderer.render(
            MemoryTree.of("a.yaml", CONFIG_MAP + "  annotations: {" + annotations + "}\n"),
            RenderBench.plain(""),
            Policy.defaults());

    assertThat(bundle.manifest().objects().getFirst().wave()).isEqualTo(-5);
  }

  @Test
  void refusesTwoWavesOfOneObject() {
    Problem problem =
        refusal(
            CONFIG_MAP
                + "  annotations:\n    towline.io/wave: \"1\"\n"
                + "    argocd.argoproj.io/sync-wave: \"2\"\n");

    assertThat(problem.place()).isEqualTo("a.yaml:7:5");
    assertThat(problem.message()).contains("towline.io/wave says another wave");
  }

  @Test
  void readsWhatAnObjectSaysOfConflictsAndOfBeingMadeAnew() {
    RenderedBundle bundle =
        renderer.render(
            MemoryTree.of(
                "a.yaml",
                CONFIG_MAP
                    + "  annotations:\n    towline.io/conflicts: ifNotPresent\n"
                    + "    towline.io/recreate: \"true\"\n"),
            RenderBench.plain(""),
            Policy.defaults());

    assertThat(bundle.manifest().objects().getFirst().policy())
        .isEqualTo(
            new ObjectPolicy(Optional.of(ApplyPolicy.Conflicts.IF_NOT_PRESENT), Optional.of(true)));
    assertThat(bundle.manifest().critical())
        .containsExactly("objects.policy.conflicts", "objects.policy.recreateImmutable");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "towline.io/conflicts | Force | fail, force, ifNotPresent, ignore, merge",
        "towline.io/recreate | 'yes' | false, true",
      })
  void refusesAWordThatAnAnnotationDoesNotKnow(String annotation, String word, String known) {
    Problem problem =
        refusal(CONFIG_MAP + "  annotations:\n    " + annotation + ": \"" + word + "\"\n");

    assertThat(problem.place()).isEqualTo("a.yaml:6:5");
    assertThat(problem.message()).isEqualTo(annotation + " is one of " + known);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "towline.io/wave, '1.5'",
        "towline.io/wave, soon",
        "towline.io/wave, '99999'",
        "towline.io/wave, ''",
        "towline.io/wave, '1e2'",
        "argocd.argoproj.io/sync-wave, first",
      })
  void refusesWavesThatAreNoWholeNumbers(String annotation, String wave) {
    Problem problem =
        refusal(CONFIG_MAP + "  annotations:\n    " + annotation + ": " + wave + "\n");

    assertThat(problem.place()).isEqualTo("a.yaml:6:5");
    assertThat(problem.field()).isEqualTo("metadata.annotations." + annotation);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "replicas: 3 | 1:1 | neither apiVersion nor kind",
        "apiVersion: v1\\nmetadata: {name: a} | 1:1 | no kind",
        "apiVersion: 1\\nkind: A\\nmetadata: {name: a} | 1:1 | not a valid apiVersion",
        "apiVersion: ../v1\\nkind: A\\nmetadata: {name: a} | 1:1 | not a valid apiVersion",
        "apiVersion: v1\\nkind: A/b\\nmetadata: {name: a} | 2:1 | not a valid kind",
        "apiVersion: v1\\nkind: A | 1:1 | no metadata",
        "apiVersion: v1\\nkind: A\\nmetadata: {} | 3:1 | no metadata.name",
        "apiVersion: v1\\nkind: A\\nmetadata: {name: 3} | 3:12 | quote it",
        "apiVersion: v1\\nkind: A\\nmetadata: {name: a/b} | 3:12 | address",
        "apiVersion: v1\\nkind: A\\nmetadata: {name: ..} | 3:12 | address",
        "apiVersion: v1\\nkind: A\\nmetadata: {generateName: a-} | 3:12 | another object",
        "apiVersion: v1\\nkind: A\\nmetadata: {name: a, uid: x} | 3:21 | live object",
        "apiVersion: v1\\nkind: A\\nmetadata: {name: a, resourceVersion: '1'} | 3:21 | live",
        "apiVersion: v1\\nkind: A\\nmetadata: {name: a, managedFields: []} | 3:21 | live",
        "apiVersion: v1\\nkind: A\\nmetadata: {name: a, labels: {on: yes}} | 3:30 | quote it",
        "apiVersion: v1\\nkind: A\\nmetadata: {name: a, labels: [x]} | 3:21 | map of texts",
        "apiVersion: v1\\nkind: A\\nmetadata: {name: a, namespace: A_B} | 3:21 | lower-case",
        "apiVersion: v1\\nkind: Node\\nmetadata: {name: a, namespace: b} | 3:21 | cluster-scoped",
        "- a\\n- b | 1:1 | a list",
        "apiVersion: v1\\nkind: List\\nitems: {} | 3:1 | must be a list",
        "apiVersion: v1\\nkind: List\\nitems: [a] | 3:9 | an item",
        "a: 1\\na: 2 | 2:1 | twice",
        "a: .inf | 1:4 | quote it",
        "a: !!binary aGk= | 1:4 | tags",
        "a: \\tb\\n\\tc: d | 1:4 | not valid YAML",
        "--- a | 1:4 | only a comment",
        "a: b\u2028 | 1:5 | U+2028",
      })
  void saysWhereAManifestIsWrongAndWhy(String text, String place, String message) {
    Problem problem = refusal(text.replace("\\n", "\n").replace("\\t", "\t"));

    assertThat(problem.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(problem.message()).contains(message);
    assertThat(problem.place()).isEqualTo("a.yaml:" + place);
  }

  @Test
  void refusesLabelsThatAreTowlinesOwn() {
    Problem problem = refusal(CONFIG_MAP + "  labels: {towline.io/bundle: other}\n");

    assertThat(problem.field()).isEqualTo("metadata.labels.towline.io/bundle");
    assertThat(problem.message()).contains("set by Towline");
  }

  @Test
  void refusesADocumentThatKubectlWouldPassOver() {
    Problem problem = refusal(named("a") + "...\n" + named("b"));

    assertThat(problem.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(problem.line()).isEqualTo(6);
  }

  @Test
  void namesBothPlacesOfADuplicateAlsoAcrossVersions() {
    MemoryTree tree =
        MemoryTree.of(
            "a.yaml", "apiVersion: e.com/v1\nkind: W\nmetadata: {name: w}\n",
            "b.yaml", "---\napiVersion: e.com/v1beta1\nkind: W\nmetadata: {name: w}\n");

    Problem problem = only(RenderBench.failure(renderer, tree, RenderBench.plain("")));

    assertThat(problem.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(problem.place()).isEqualTo("b.yaml:2:1");
    assertThat(problem.message()).contains("W.e.com shop/w").contains("a.yaml:1:1");
  }

  @Test
  void countsLinesFromTheFileAndNotFromTheDocument() {
    Problem problem = refusal("---\n" + named("a") + "---\n\nkind: B\n");

    assertThat(problem.place()).isEqualTo("a.yaml:8:1");
  }

  @Test
  void saysWhereJsonIsWrong() {
    MemoryTree tree =
        MemoryTree.of(
            "a.json",
            "{\"apiVersion\":\"v1\",\"kind\":\"A\",\"metadata\":{\"name\":\"a\"}}\n"
                + "{\"apiVersion\":\"v1\",\"kind\":\"A\",\n \"metadata\":{\"name\":7}}");

    Problem problem = only(RenderBench.failure(renderer, tree, RenderBench.plain("")));

    assertThat(problem.place()).isEqualTo("a.json:3:14");
  }

  @Test
  void tellsEverythingThatIsWrongAtOnce() {
    MemoryTree tree = MemoryTree.of("b.yaml", "kind: A\n", "a.yaml", "x: 1\n---\ny: 2\n");

    RenderException failure = RenderBench.failure(renderer, tree, RenderBench.plain(""));

    assertThat(failure.problems())
        .extracting(Problem::place)
        .containsExactly("a.yaml:1:1", "a.yaml:3:1", "b.yaml:1:1");
  }

  @Test
  void refusesLinksAndSubmodulesByTheirPath() {
    MemoryTree tree =
        MemoryTree.of("app/a.yaml", CONFIG_MAP)
            .symlink("app/passwd.yaml", "/etc/passwd")
            .submodule("app/vendor");

    RenderException failure = RenderBench.failure(renderer, tree, RenderBench.plain("app"));

    assertThat(failure.problems())
        .allSatisfy(problem -> assertThat(problem.reason()).isEqualTo(Reason.RENDER_REFUSED))
        .extracting(Problem::file)
        .containsExactly("app/passwd.yaml", "app/vendor");
  }

  @Test
  void holdsTheLimits() {
    MemoryTree many = new MemoryTree();
    for (int i = 0; i < 6; i++) {
      many.put("f" + i + ".yaml", named("n" + i));
    }
    Renderer small = RenderBench.plainRenderer(Map.of("towline.render.files", "5"));
    MemoryTree largeObject =
        MemoryTree.of("a.yaml", CONFIG_MAP + "data: {a: " + "x".repeat(1_500_000) + "}\n");
    MemoryTree largeFile = MemoryTree.of("a.yaml", "# " + "x".repeat(3_000_000));
    StringBuilder list = new StringBuilder("apiVersion: v1\nkind: List\nitems:\n");
    for (int i = 0; i <= 10_000; i++) {
      list.append("- {apiVersion: v1, kind: ConfigMap, metadata: {name: n")
          .append(i)
          .append("}}\n");
    }
    MemoryTree manyObjects = MemoryTree.of("a.yaml", list.toString());

    RenderInput input = RenderBench.plain("");
    assertThat(RenderBench.failure(small, many, input).reason()).isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(RenderBench.failure(renderer, largeObject, input).reason())
        .isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(RenderBench.failure(renderer, largeFile, input).reason())
        .isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(RenderBench.failure(renderer, manyObjects, input).reason())
        .isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @Test
  void refusesHalfACharacter() {
    MemoryTree tree =
        MemoryTree.of(
            "a.json",
            "{\"apiVersion\":\"v1\",\"kind\":\"A\",\"metadata\":{\"name\":\"a\"},\"d\":\"\\ud83d\"}");

    assertThat(only(RenderBench.failure(renderer, tree, RenderBench.plain(""))).message())
        .contains("surrogate");
  }

  @Test
  void neverShowsWhatStandsInASecret() {
    RenderException failure =
        RenderBench.failure(
            renderer,
            MemoryTree.of(
                "a.yaml",
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: s}
                stringData:
                  a: canary-5up3r
                  a: canary-5up3r
                  b: [canary-5up3r
                """),
            RenderBench.plain(""));

    assertThat(failure.problems().toString()).doesNotContain("canary");
    assertThat(failure).hasMessageNotContaining("canary");
  }

  @Test
  void rendersTheSameBytesTwice() {
    MemoryTree tree = MemoryTree.of("b.yaml", named("b"), "a.yaml", named("a"));
    MemoryTree same = MemoryTree.of("a.yaml", named("a"), "b.yaml", named("b"));

    RenderedBundle one = renderer.render(tree, RenderBench.plain(""), Policy.defaults());
    RenderedBundle two = renderer.render(same, RenderBench.plain(""), Policy.defaults());

    assertThat(one.manifest().bytes()).isEqualTo(two.manifest().bytes());
    assertThat(one.objects().keySet()).isEqualTo(two.objects().keySet());
    assertThat(one.objects())
        .allSatisfy((digest, bytes) -> assertThat(Digest.of(bytes)).isEqualTo(digest));
  }

  @Test
  void keysChangeWithWhatTheRenderReadsAndWithNothingElse() {
    MemoryTree tree =
        MemoryTree.of("app/a.yaml", named("a"), "other/b.yaml", named("b"), "app/README.md", "x");
    RenderInput input = RenderBench.plain("app");
    Digest key = renderer.inputKey(tree, input, Policy.defaults());

    tree.put("other/b.yaml", named("c")).put("app/README.md", "y");
    Digest afterOthersChanged = renderer.inputKey(tree, input, Policy.defaults());
    Digest withGlobs = renderer.inputKey(tree, RenderBench.plain("elsewhere"), Policy.defaults());
    tree.put("app/a.yaml", named("z"));
    Digest afterContent = renderer.inputKey(tree, input, Policy.defaults());
    tree.executable("app/a.yaml", named("z"));
    Digest afterMode = renderer.inputKey(tree, input, Policy.defaults());

    assertThat(afterOthersChanged).isEqualTo(key);
    assertThat(List.of(key, withGlobs, afterContent, afterMode)).doesNotHaveDuplicates();
  }

  private Problem refusal(String text) {
    return only(
        RenderBench.failure(renderer, MemoryTree.of("a.yaml", text), RenderBench.plain("")));
  }

  private static Problem only(RenderException failure) {
    assertThat(failure.problems()).hasSize(1);
    assertThat(failure.reason()).isEqualTo(failure.problems().getFirst().reason());
    return failure.problems().getFirst();
  }

  private static String named(String name) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n";
  }
}
