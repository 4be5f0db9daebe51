package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.towline.hub.resolve.Problem;
import io.towline.vocabulary.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KustomizationScanTest {
  private static final int MOST_FILES = 500;

  @Test
  void findsExactlyWhatTheBuildCanRead() {
    MemoryTree tree =
        MemoryTree.of(
                "overlays/prod/kustomization.yaml",
                """
            resources: [../../base, extra.yaml]
            components: [../../components/tls]
            crds: [schemas/crd.json]
            configurations: [names.yaml]
            openapi: {path: schemas/openapi.json}
            patches:
            - path: patches/a.yaml
              target: {kind: Deployment}
            - patch: |-
                - op: remove
                  path: /spec/replicas
            patchesStrategicMerge:
            - patches/b.yaml
            - |-
              apiVersion: v1
              kind: ConfigMap
              metadata: {name: inline}
            patchesJson6902: [{path: patches/c.json, target: {version: v1, kind: A, name: b}}]
            replacements: [{path: replacements.yaml}, {source: {kind: A}, targets: []}]
            configMapGenerator:
            - name: one
              files: [files/plain.txt, named=files/named.txt]
              envs: [files/one.env]
              literals: [a=b]
            secretGenerator: [{name: two, env: files/two.env, type: Opaque}]
            transformers: [label.yaml]
            generators:
            - |-
              apiVersion: builtin
              kind: ConfigMapGenerator
              metadata: {name: three}
              files: [files/three.txt]
            """)
            .put("base/kustomization.yml", "bases: [deeper]\n")
            .put("base/deeper/Kustomization", "resources: [service.yaml]\n")
            .put("components/tls/kustomization.yaml", "kind: Component\nresources: [cert.yaml]\n")
            .put(
                "overlays/prod/label.yaml",
                """
                apiVersion: builtin
                kind: PatchTransformer
                metadata: {name: p}
                path: patches/d.yaml
                """);
    for (String path :
        new String[] {
          "overlays/prod/extra.yaml", "overlays/prod/schemas/crd.json",
          "overlays/prod/names.yaml", "overlays/prod/schemas/openapi.json",
          "overlays/prod/patches/a.yaml", "overlays/prod/patches/b.yaml",
          "overlays/prod/patches/c.json", "overlays/prod/patches/d.yaml",
          "overlays/prod/replacements.yaml", "overlays/prod/files/plain.txt",
          "overlays/prod/files/named.txt", "overlays/prod/files/one.env",
          "overlays/prod/files/two.env", "overlays/prod/files/three.txt",
          "base/deeper/service.yaml", "components/tls/cert.yaml",
        }) {
      tree.put(path, "x: y\n");
    }
    int named = tree.list("").size();
    tree.put("overlays/prod/unused.yaml", "x").put("base/deeper/README.md", "x");

    ScannedFiles scanned = scan(tree, "overlays/prod");

    assertThat(scanned.files()).hasSize(named);
    assertThat(scanned.files()).doesNotContainKeys("overlays/prod/unused.yaml");
    assertThat(scanned.secretFiles()).containsExactly("overlays/prod/files/two.env");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://example.com/base.yaml",
        "HTTPS://example.com/base.yaml",
        "http://169.254.169.254/latest",
        "https://github.com/acme/app//deploy?ref=v1",
        "github.com/acme/app",
        "GitHub.com/acme/app?ref=v1",
        "github.com:acme/app.git",
        "git@github.com:acme/app.git",
        "acme@host/path",
        "ssh://git@example.com/app",
        "git::https://example.com/app",
        "gh:acme/app",
        "file:///etc/passwd",
        "ftp://example.com/x",
        "oci://example.com/charts/app",
        "base?ref=main",
        "/etc/passwd",
        "../../../etc/passwd",
        "a/../../../x",
        "a\\b",
      })
  void refusesEveryPathThatLeavesTheCommit(String path) {
    for (String field :
        new String[] {
          "resources:\n- '%s'",
          "bases:\n- '%s'",
          "components:\n- '%s'",
          "crds:\n- '%s'",
          "configurations:\n- '%s'",
          "openapi:\n  path: '%s'",
          "patches:\n- path: '%s'",
          "patchesStrategicMerge:\n- '%s'",
          "patchesJson6902:\n- path: '%s'",
          "replacements:\n- path: '%s'",
          "configMapGenerator:\n- files: ['%s']",
          "secretGenerator:\n- files: ['key=%s']",
          "secretGenerator:\n- envs: ['%s']",
          "generators:\n- '%s'",
          "transformers:\n- '%s'",
          "validators:\n- '%s'",
        }) {
      Problem problem = refusal(MemoryTree.of("app/kustomization.yaml", field.formatted(path)));

      assertThat(problem.reason()).as(field).isEqualTo(Reason.RENDER_REFUSED);
      assertThat(problem.file()).isEqualTo("app/kustomization.yaml");
      assertThat(problem.line()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "helmCharts: [{name: x}] | 1:1 | Helm",
        "helmGlobals: {chartHome: x} | 1:1 | Helm",
        "helmChartInflationGenerator: [] | 1:1 | Helm",
        "Resources: ['https://example.com'] | 1:1 | not one that a kustomization may have",
        "surprise: x | 1:1 | not one that a kustomization may have",
        "secretGenerator: [{name: a, commands: {x: id}}] | 1:29 | may stand here",
        "configMapGenerator: [{name: a, FILES: [/etc/passwd]}] | 1:32 | may stand here",
        "patches: [{PATH: /etc/passwd}] | 1:12 | may stand here",
        "resources: [link.yaml] | 1:13 | symbolic link",
        "resources: [linked/deploy.yaml] | 1:13 | symbolic link",
        "resources: [vendor] | 1:13 | submodule",
        "resources: [vendor/app] | 1:13 | submodule",
        "resources: [../shared/a.yaml] | 1:13 | beside or below",
        "resources: [.] | 1:13 | circle",
        "resources: [../app] | 1:13 | circle",
        "generators: [exec.yaml] | 1:14 | built-in",
        "transformers: [function.yaml] | 1:16 | built-in",
        "transformers: [chart.yaml] | 1:16 | built-in",
        "transformers: [plugins] | 1:16 | one by one",
      })
  void refusesWhatWouldFetchOrRunSomething(String text, String place, String message) {
    MemoryTree tree =
        MemoryTree.of(
                "app/kustomization.yaml",
                text + "\n",
                "shared/a.yaml",
                "x: y\n",
                "app/plugins/kustomization.yaml",
                "resources: []\n",
                "app/exec.yaml",
                "apiVersion: someteam.example.com/v1\nkind: Exec\nmetadata: {name: a}\n",
                "app/chart.yaml",
                "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\n",
                "app/function.yaml",
                """
                apiVersion: builtin
                kind: LabelTransformer
                metadata:
                  name: a
                  annotations:
                    config.kubernetes.io/function: 'container: {image: example.com/x}'
                """)
            .symlink("app/link.yaml", "/etc/passwd")
            .symlink("app/linked", "../shared")
            .submodule("app/vendor");

    Problem problem = refusal(tree);

    assertThat(problem.reason()).isEqualTo(Reason.RENDER_REFUSED);
    assertThat(problem.message()).contains(message);
    assertThat(problem.place()).isEqualTo("app/kustomization.yaml:" + place);
  }

  @Test
  void refusesAKustomizationThatIsALink() {
    MemoryTree tree = new MemoryTree().symlink("app/kustomization.yaml", "/etc/passwd");

    assertThat(refusal(tree).reason()).isEqualTo(Reason.RENDER_REFUSED);
  }

  @Test
  void refusesACircleWithTheFileThatClosesIt() {
    MemoryTree tree =
        MemoryTree.of(
            "app/kustomization.yaml", "resources: [../a]\n",
            "a/kustomization.yaml", "resources:\n- ../b\n",
            "b/kustomization.yaml", "resources:\n- ../a\n");

    Problem problem = refusal(tree);

    assertThat(problem.place()).isEqualTo("b/kustomization.yaml:2:3");
    assertThat(problem.message()).contains("circle");
  }

  @Test
  void takesABaseThatTwoOverlaysShare() {
    MemoryTree tree =
        MemoryTree.of(
            "app/kustomization.yaml", "resources: [../a, ../b]\n",
            "a/kustomization.yaml", "resources: [../base]\n",
            "b/kustomization.yaml", "resources: [../base]\n",
            "base/kustomization.yaml", "resources: []\n");

    assertThat(scan(tree, "app").files()).hasSize(4);
  }

  @Test
  void boundsDepthAndNumberOfKustomizations() {
    MemoryTree deep = new MemoryTree();
    MemoryTree wide = new MemoryTree();
    StringBuilder names = new StringBuilder("resources:\n");
    for (int i = 0; i <= KustomizationScan.MOST_KUSTOMIZATIONS; i++) {
      deep.put("d" + i + "/kustomization.yaml", "resources: [../d" + (i + 1) + "]\n");
      wide.put("w" + i + "/kustomization.yaml", "namePrefix: a\n");
      names.append("- ../w").append(i).append('\n');
    }
    deep.put("app/kustomization.yaml", "resources: [../d0]\n");
    wide.put("app/kustomization.yaml", names.toString());

    assertThat(refusal(deep).reason()).isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(refusal(wide).reason()).isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resources: [missing.yaml] | 1:13 | app/missing.yaml is neither a file nor a directory",
        "resources: [empty] | 1:13 | no kustomization.yaml in app/empty",
        "resources: [two] | 1:13 | several kustomization files",
        "components: [a.yaml] | 1:14 | a component is a directory",
        "resources: [{a: b}] | 1:13 | a text should stand here",
        "configMapGenerator: [x] | 1:22 | a map should stand here",
        "configMapGenerator: [{files: [empty]}] | 1:31 | this is a directory",
        "resources: [ | 2:1 | not valid YAML",
      })
  void saysWhereABuildCannotSucceed(String text, String place, String message) {
    MemoryTree tree =
        MemoryTree.of(
            "app/kustomization.yaml", text + "\n",
            "app/a.yaml", "x: y\n",
            "app/empty/a.txt", "x",
            "app/two/kustomization.yaml", "",
            "app/two/Kustomization", "");

    Problem problem = refusal(tree);

    assertThat(problem.reason()).isEqualTo(Reason.BUILD_FAILED);
    assertThat(problem.message()).contains(message);
    assertThat(problem.place()).isEqualTo("app/kustomization.yaml:" + place);
  }

  private static ScannedFiles scan(MemoryTree tree, String directory) {
    return new KustomizationScan(tree, MOST_FILES, new Problems("app")).scan(directory);
  }

  private static Problem refusal(MemoryTree tree) {
    RenderException failure = catchThrowableOfType(RenderException.class, () -> scan(tree, "app"));
    assertThat(failure).isNotNull();
    return failure.problems().getFirst();
  }
}
