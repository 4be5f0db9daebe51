package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.towline.envelope.BundleManifest;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.Policy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes and shapes as real projects publish them, and a generated twin that always runs. */
class LargeBundleTest {
  private final Renderer renderer = RenderBench.plainRenderer(Map.of());

  @ParameterizedTest
  @CsvSource({
    "kube-prometheus, PrometheusRule.monitoring.coreos.com monitoring/kube-prometheus-rules",
    "traefik-crds, CustomResourceDefinition.apiextensions.k8s.io middlewares.traefik.io",
    "traefik-routes, IngressRoute.traefik.io shop/ingressroute",
  })
  void rendersWhatOthersPublish(String folder, String one) throws IOException {
    Optional<Path> inputs = Programs.sharedInputs();
    assumeTrue(inputs.isPresent(), "TOWLINE_SHARED names no folder with real inputs");
    MemoryTree tree = load(inputs.get().resolve(folder));

    RenderedBundle bundle = renderer.render(tree, RenderBench.plain(""), Policy.defaults());

    assertThat(bundle.manifest().objects())
        .extracting(entry -> entry.ref().identity().toString())
        .doesNotHaveDuplicates()
        .contains(one);
    assertReadable(bundle);
  }

  @Test
  void rendersAThousandObjectsAndADefinitionOfEightHundredKilobytes() {
    MemoryTree tree = new MemoryTree();
    for (int i = 0; i < 1_000; i++) {
      tree.put("objects/" + i + ".yaml", configMap(i));
    }
    tree.put("crd.yaml", definition(4_000));

    RenderedBundle bundle = renderer.render(tree, RenderBench.plain(""), Policy.defaults());

    assertThat(bundle.manifest().objects()).hasSize(1_001);
    assertThat(bundle.manifest().objects().getFirst().size()).isGreaterThan(400_000);
    assertReadable(bundle);
  }

  /** What the hub wrote is what agents read: their strict reader takes every byte of it. */
  private static void assertReadable(RenderedBundle bundle) {
    assertThat(BundleManifest.parse(bundle.manifest().bytes())).isEqualTo(bundle.manifest());
    bundle
        .objects()
        .values()
        .forEach(bytes -> assertThat(ObjectJson.write(ObjectJson.read(bytes))).isEqualTo(bytes));
  }

  static String configMap(int number) {
    return """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: settings-%d
          labels: {app: shop, part: "%d"}
        data:
          mode: "0644"
          text: |
            %s
        """
        .formatted(number, number, "line ".repeat(200));
  }

  private static String definition(int fields) {
    StringBuilder text =
        new StringBuilder(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: widgets.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {kind: Widget, plural: widgets}
              versions:
              - name: v1
                served: true
                storage: true
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
            """);
    for (int i = 0; i < fields; i++) {
      text.append("          field").append(i).append(":\n            type: string\n");
      text.append("            description: ").append("what it means, ".repeat(8)).append("\n");
    }
    return text.toString();
  }

  private static MemoryTree load(Path folder) throws IOException {
    MemoryTree tree = new MemoryTree();
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().equals("LICENSE"))
          .forEach(file -> tree.put(folder.relativize(file).toString(), bytes(file)));
    }
    return tree;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
