package io.towline.hub.render;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.Policy;
import io.towline.hub.resolve.RenderInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever bytes a commit holds, a render gives objects whose names and digests are those of its
 * manifest, or problems with places, and nothing else.
 */
class ManifestFuzzTest {
  private static final Path ODD = Path.of("src/test/resources/odd-yaml");
  private static final Path SEALED = Path.of("../proto/src/test/resources/sealed");
  private static final Renderer RENDERER = RenderBench.plainRenderer(Map.of());
  private static final RenderInput INPUT = RenderBench.plain("");

  static Stream<byte[]> manifests() {
    return Stream.concat(
        Stream.concat(files(ODD, ""), files(SEALED, ".sops.yaml")),
        Stream.of(
                "[".repeat(20_000),
                "{\"a\":".repeat(20_000),
                "a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n")
            .map(text -> text.getBytes(UTF_8)));
  }

  @MethodSource("manifests")
  @FuzzTest
  void aManifestIsRenderedOrHasProblems(byte[] bytes) {
    try {
      RenderedBundle bundle =
          RENDERER.render(new MemoryTree().put("a.yaml", bytes), INPUT, Policy.defaults());
      BundleManifest manifest = bundle.manifest();
      assertThat(BundleManifest.parse(manifest.bytes())).isEqualTo(manifest);
      for (ManifestEntry entry : manifest.objects()) {
        assertThat(bundle.objects()).containsKey(entry.digest());
      }
      assertThat(RENDERER.render(new MemoryTree().put("a.yaml", bytes), INPUT, Policy.defaults()))
          .extracting(again -> again.manifest().digest())
          .isEqualTo(manifest.digest());
    } catch (RenderException e) {
      assertThat(e.problems()).isNotEmpty().hasSizeLessThanOrEqualTo(Problems.MOST);
    }
  }

  static Stream<byte[]> kustomizations() {
    return Stream.of(
            """
            resources: [../base, a.yaml]
            components: [../tls]
            patches: [{path: a.yaml, target: {kind: A}}]
            secretGenerator: [{name: a, files: [k=a.yaml], literals: [a=b], envs: [a.yaml]}]
            generators: [{apiVersion: builtin}, "a.yaml", "{kind: B}"]
            openapi: {path: a.yaml}
            """,
            "resources: [https://git.example/x, /etc, ../../etc]\n",
            "resources: [../app]\n",
            "[]")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("kustomizations")
  @FuzzTest
  void aKustomizationIsScannedOrHasProblems(byte[] bytes) {
    MemoryTree tree =
        MemoryTree.of(
                "base/kustomization.yaml", "resources: [../app]\n",
                "tls/kustomization.yaml", "kind: Component\n",
                "app/a.yaml", "apiVersion: builtin\nkind: LabelTransformer\n")
            .put("app/kustomization.yaml", bytes);
    try {
      assertThat(new KustomizationScan(tree, 100, new Problems("app")).scan("app")).isNotNull();
    } catch (RenderException e) {
      assertThat(e.problems()).isNotEmpty().hasSizeLessThanOrEqualTo(Problems.MOST);
    }
  }

  private static Stream<byte[]> files(Path folder, String suffix) {
    try (Stream<Path> all = Files.list(folder)) {
      return all
          .filter(file -> file.toString().endsWith(suffix))
          .filter(file -> !file.toString().endsWith(".expected"))
          .sorted()
          .toList()
          .stream()
          .map(ManifestFuzzTest::read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
