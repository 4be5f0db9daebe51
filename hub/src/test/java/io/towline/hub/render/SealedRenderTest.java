package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.hub.resolve.Problem;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of files that the real sops sealed; those with kustomize need the real one. */
class SealedRenderTest {
  private static final Path FOLDER = Path.of("../proto/src/test/resources/sealed");

  @TempDir static Path temporary = Path.of("");

  private final Renderer renderer = RenderBench.plainRenderer(Map.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "secret-mac-only",
        "secret-unencrypted-regex",
        "secret-for-another",
        "suffix"
      })
  void aSealedFileTravelsInItsOwnOrderAndAsItIs(String name) {
    RenderedBundle bundle = render(MemoryTree.of("app/a.yaml", fixture(name + ".sops.yaml")));

    ManifestEntry entry = bundle.manifest().objects().getFirst();
    assertThat(entry.sealed()).isTrue();
    assertThat(entry.ref().namespace()).isEqualTo("shop");
    assertThat(RenderBench.json(bundle, entry)).isEqualTo(fixture(name + ".body.json"));
    assertThat(entry.digest())
        .isEqualTo(Digest.of(fixture(name + ".body.json").getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aSealedFileMayBeJsonAndStandBesidePlainOnes() {
    RenderedBundle bundle =
        render(
            MemoryTree.of(
                "app/a.json",
                fixture("secret.sops.json"),
                "app/b.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"));

    assertThat(bundle.manifest().objects())
        .extracting(ManifestEntry::ref, ManifestEntry::sealed)
        .containsExactly(
            tuple(new ObjectRef("v1", "ConfigMap", "shop", "settings"), false),
            tuple(new ObjectRef("v1", "Secret", "shop", "database"), true));
    assertThat(RenderBench.json(bundle, bundle.manifest().objects().getLast()))
        .isEqualTo(fixture("secret-json.body.json"));
  }

  @Test
  void readsTheWaveOfASealedFile() {
    String waved =
        fixture("secret.sops.yaml")
            .replace(
                "    labels:\n", "    annotations:\n        towline.io/wave: \"7\"\n    labels:\n");

    assertThat(render(MemoryTree.of("app/a.yaml", waved)).manifest().objects().getFirst().wave())
        .isEqualTo(7);
  }

  @Test
  void refusesToWriteANamespaceIntoASealedFile() {
    Problem problem = refusal(fixture("secret.sops.yaml").replace("    namespace: shop\n", ""));

    assertThat(problem.reason()).isEqualTo(Reason.SEALED_FILE_TOUCHED);
    assertThat(problem.place()).isEqualTo("app/a.yaml:4:1");
    assertThat(problem.message()).contains("shop", "metadata.namespace", "sops edit");
  }

  @Test
  void refusesToLeaveSomethingOutOfASealedFile() {
    Problem generation = refusal(fixture("typed.sops.yaml"));
    Problem status = refusal(fixture("secret.sops.yaml").replace("type: Opaque", "status: {a: b}"));

    assertThat(generation.reason()).isEqualTo(Reason.SEALED_FILE_TOUCHED);
    assertThat(generation.field()).isEqualTo("metadata.generation");
    assertThat(status.reason()).isEqualTo(Reason.SEALED_FILE_TOUCHED);
    assertThat(status.field()).isEqualTo("status");
  }

  @Test
  void refusesOneSealOverSeveralObjects() {
    assertThat(refusal(fixture("two-documents.sops.yaml")).reason()).isEqualTo(Reason.SEAL_INVALID);
    assertThat(
            refusal(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n---\n"
                        + fixture("secret.sops.yaml"))
                .reason())
        .isEqualTo(Reason.SEAL_INVALID);
    assertThat(refusal(fixture("secret.sops.yaml").replace("type: Opaque", "items: []")).field())
        .isEqualTo("items");
  }

  @Test
  void refusesASealThatNoAgentCouldOpen() {
    String sealed = fixture("secret.sops.yaml");

    assertThat(refusal(fixture("secret-whole.sops.yaml")).reason()).isEqualTo(Reason.SEAL_INVALID);
    assertThat(refusal(sealed.replace("recipient: age1", "recipient: age1pq1")).message())
        .contains("no age recipient", "updatekeys");
    assertThat(refusal(sealed.replace("    mac: ", "    mac2: ")).message()).contains("no mac");
    assertThat(refusal(sealed.replace("encrypted_regex", "encrypted_comment_regex")).reason())
        .isEqualTo(Reason.SEAL_INVALID);
    assertThat(refusal(sealed.replace("sops:\n", "sops:\n    key_groups: []\n")).message())
        .contains("key_groups");
    assertThat(refusal(sealed.replace("zone: \"7\"", "zone: ENC[AES256_GCM,data:x]")).field())
        .isEqualTo("metadata.labels.zone");
  }

  @Test
  void refusesAValueInClearAmongTheSealedOnesWithoutRepeatingIt() {
    Problem problem =
        refusal(
            fixture("secret.sops.yaml").replace("    empty: \"\"", "    empty: canary-in-clear"));

    assertThat(problem.reason()).isEqualTo(Reason.SEAL_INVALID);
    assertThat(problem.field()).isEqualTo("stringData.empty");
    assertThat(problem.message()).doesNotContain("canary");
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "0644", "0x1f", "1_000", "1e3", "2026-01-02", "+1", "on"})
  void refusesWhatSopsAndKubectlReadDifferently(String scalar) {
    Problem problem =
        refusal(fixture("secret.sops.yaml").replace("zone: \"7\"", "zone: " + scalar));

    assertThat(problem.reason()).isEqualTo(Reason.SEAL_INVALID);
    assertThat(problem.line()).isEqualTo(9);
    assertThat(problem.message()).contains("quote it");
  }

  @Test
  void aSealedFileBesideAKustomizationGoesAsItIs() {
    MemoryTree tree =
        kustomized()
            .put("base/secret.yaml", fixture("secret.sops.yaml"))
            .put("overlays/prod/widget.yaml", fixture("suffix.sops.yaml"))
            .put(
                "overlays/prod/values.yaml",
                "sops: {mac: \"ENC[AES256_GCM,data:x]\"}\npassword: x\n")
            .put("overlays/prod/plain.yaml", "not: named\n")
            .put("overlays/prod/deeper/other.yaml", fixture("secret.sops.yaml"))
            .put("overlays/test/secret.yaml", fixture("secret.sops.yaml"));

    RenderedBundle bundle =
        kustomizing().render(tree, RenderBench.kustomize("overlays/prod"), Policy.defaults());

    assertThat(bundle.manifest().objects())
        .extracting(ManifestEntry::ref)
        .containsExactly(
            new ObjectRef("example.towline.io/v1", "Widget", "shop", "suffixed"),
            new ObjectRef("v1", "ConfigMap", "space", "prod-settings"),
            new ObjectRef("v1", "Secret", "shop", "database"));
    assertThat(RenderBench.json(bundle, bundle.manifest().objects().getLast()))
        .isEqualTo(fixture("secret.body.json"));
  }

  @Test
  void refusesASealedFileThatAKustomizationNames() {
    MemoryTree tree =
        kustomized()
            .put("base/kustomization.yaml", "resources:\n- settings.yaml\n- secret.yaml\n")
            .put("base/secret.yaml", fixture("secret.sops.yaml"));

    RenderException refused =
        RenderBench.failure(kustomizing(), tree, RenderBench.kustomize("overlays/prod"));

    Problem problem = refused.problems().getFirst();
    assertThat(problem.reason()).isEqualTo(Reason.SEALED_FILE_TOUCHED);
    assertThat(problem.place()).isEqualTo("base/kustomization.yaml:3:3");
    assertThat(problem.message()).contains("base/secret.yaml", "beside a kustomization");
  }

  @Test
  void rendersAnewWhenASealedFileBesideAKustomizationChanges() {
    MemoryTree tree = kustomized().put("base/secret.yaml", fixture("secret.sops.yaml"));
    Digest before =
        kustomizing().inputKey(tree, RenderBench.kustomize("overlays/prod"), Policy.defaults());

    tree.put("base/secret.yaml", fixture("secret-mac-only.sops.yaml"));

    assertThat(
            kustomizing().inputKey(tree, RenderBench.kustomize("overlays/prod"), Policy.defaults()))
        .isNotEqualTo(before);
  }

  private static MemoryTree kustomized() {
    return MemoryTree.of(
        "base/kustomization.yaml",
        "resources:\n- settings.yaml\n",
        "base/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
        "overlays/prod/kustomization.yaml",
        "resources:\n- ../../base\nnamePrefix: prod-\nnamespace: space\ncommonLabels: {a: b}\n");
  }

  private static Renderer kustomizing() {
    Optional<Path> kustomize = Programs.find("kustomize");
    assumeTrue(
        kustomize.isPresent(),
        "no kustomize on PATH or in the tools cache: integration-tests/tools/prepare kustomize");
    return RenderBench.renderer(
        temporary.resolve("scratch"),
        Map.of("towline.render.kustomize", kustomize.get().toString()));
  }

  private RenderedBundle render(MemoryTree tree) {
    return renderer.render(tree, RenderBench.plain("app"), Policy.defaults());
  }

  private Problem refusal(String text) {
    List<Problem> problems =
        RenderBench.failure(renderer, MemoryTree.of("app/a.yaml", text), RenderBench.plain("app"))
            .problems();
    return problems.getFirst();
  }

  private static String fixture(String file) {
    try {
      return Files.readString(FOLDER.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
