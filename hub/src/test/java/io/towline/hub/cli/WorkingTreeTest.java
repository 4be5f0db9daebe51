package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that read a working tree, and no hub. */
class WorkingTreeTest {
  @TempDir Path tree;

  @BeforeEach
  void haveATree() throws IOException {
    Files.createDirectory(tree.resolve(".git"));
    write(
        "apps/web/towline.yaml",
        """
        apiVersion: towline.io/v1alpha1
        kind: Bundle
        name: web
        namespace: web
        targets:
          - name: production
            clusters: {matchLabels: {env: prod}}
        """);
    write(
        "apps/web/config.yaml",
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {answer: "42", mode: "0644"}
        """);
    write(
        "clusters/lima.yaml",
        """
        apiVersion: towline.io/v1alpha1
        kind: Cluster
        name: lima
        labels: {env: prod}
        """);
  }

  @Test
  void lintFindsNothingWrongInASoundTree() {
    Result result = run("lint", tree.toString());

    assertThat(result.out()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("nothing wrong");
  }

  @Test
  void lintSaysFileLineAndColumnOfWhatIsWrong() throws IOException {
    write(
        "apps/web/towline.yaml",
        """
        apiVersion: towline.io/v1alpha1
        kind: Bundle
        name: web
        targtes: []
        """);

    Result result = run("lint", tree.resolve("apps/web").toString());

    assertThat(result.code()).isEqualTo(ExitCode.NO);
    assertThat(result.out())
        .contains("apps/web/towline.yaml:4:")
        .contains("DeclarationInvalid")
        .contains("targtes");
    assertThat(run("lint", tree.resolve("clusters").toString()).code()).isZero();
    assertThat(run("lint", tree.toString(), "-o", "json").out())
        .contains("\"kind\" : \"ProblemList\"")
        .contains("\"line\" : 4");
    assertThat(run("lint", tree.resolve("nowhere").toString()).code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void renderShowsWhatAClusterOfTheTreeGets() {
    Result result = run("render", tree.resolve("apps/web").toString(), "--cluster", "lima");

    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .isEqualTo(
            """
            ---
            apiVersion: v1
            data:
              answer: "42"
              mode: "0644"
            kind: ConfigMap
            metadata:
              name: settings
              namespace: web
            """);
  }

  @Test
  void renderTakesAClusterFileAndSaysWhenTheBundleIsNotForIt() throws IOException {
    Path file =
        Files.writeString(
            tree.resolve("other.yaml"),
            """
            apiVersion: towline.io/v1alpha1
            kind: Cluster
            name: oslo
            labels: {env: dev}
            """);
    String bundle = tree.resolve("apps/web").toString();

    Result none = run("render", bundle, "--cluster-file", file.toString());
    assertThat(none.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(none.err()).contains("Bundle web is not for oslo").contains("env=dev");

    Files.writeString(file, Files.readString(file).replace("dev", "prod"));
    assertThat(run("render", bundle, "--cluster-file", file.toString(), "-o", "name").out())
        .isEqualTo("ConfigMap web/settings\n");
  }

  @Test
  void renderSaysWhatIsWrongWithAManifest() throws IOException {
    write("apps/web/broken.yaml", "apiVersion: v1\nkind: ConfigMap\n");

    Result result = run("render", tree.resolve("apps/web").toString(), "--cluster", "lima");

    assertThat(result.code()).isEqualTo(ExitCode.PARTLY);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("apps/web/broken.yaml").contains("ManifestInvalid");
  }

  @Test
  void renderIsForOneClusterAndOneBundle() {
    String bundle = tree.resolve("apps/web").toString();

    assertThat(run("render", bundle).code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("render", tree.resolve("apps").toString(), "--cluster", "lima").code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void theSchemaIsPrinted() {
    assertThat(run("schema").out()).startsWith("{").contains("\"additionalProperties\": false");
  }

  private void write(String name, String content) throws IOException {
    Path file = tree.resolve(name);
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(file, content);
  }

  private static Result run(String... arguments) {
    return Result.of(Map.of("LANG", "C.UTF-8"), InstantSource.system(), arguments);
  }
}
