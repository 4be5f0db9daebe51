package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.towline.envelope.Policy;
import io.towline.hub.resolve.RenderInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever bytes a commit holds, a render gives objects or a RenderException with places, and
 * nothing else. The mutations come from the seed that the test's name shows.
 */
class HostileBytesTest {
  private static final int MUTATIONS_OF_EACH = 12;
  private static final byte[] SPECIAL =
      "{}[]:,-?&*!|>'\"%@`#~<= \n\r\t\0\\x0e.".getBytes(StandardCharsets.UTF_8);

  private static final String KUSTOMIZATION =
      """
      resources: [../base, a.yaml]
      components: [../tls]
      patches: [{path: a.yaml, target: {kind: A}}]
      secretGenerator: [{name: a, files: [k=a.yaml], literals: [a=b], envs: [a.yaml]}]
      generators: [{apiVersion: builtin}, "a.yaml", "{kind: B}"]
      openapi: {path: a.yaml}
      """;

  private final Renderer renderer = RenderBench.plainRenderer(Map.of());

  @ParameterizedTest
  @ValueSource(longs = 20_251_123)
  void manifestsFailWithAPlaceOrNotAtAll(long seed) throws IOException {
    Random random = new Random(seed);
    for (byte[] original : originals()) {
      for (int i = 0; i < MUTATIONS_OF_EACH; i++) {
        byte[] bytes = mutate(original, random);
        RenderInput input = RenderBench.plain("");
        MemoryTree tree = new MemoryTree().put("a.yaml", bytes);
        attempt(bytes, () -> renderer.render(tree, input, Policy.defaults()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = 20_251_124)
  void kustomizationsFailWithAPlaceOrNotAtAll(long seed) {
    Random random = new Random(seed);
    byte[] original = KUSTOMIZATION.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 40 * MUTATIONS_OF_EACH; i++) {
      byte[] bytes = mutate(original, random);
      MemoryTree tree =
          MemoryTree.of(
                  "base/kustomization.yaml", "resources: [../app]\n",
                  "tls/kustomization.yaml", "kind: Component\n",
                  "app/a.yaml", "apiVersion: builtin\nkind: LabelTransformer\n")
              .put("app/kustomization.yaml", bytes);
      attempt(bytes, () -> new KustomizationScan(tree, 100, new Problems("app")).scan("app"));
    }
  }

  private static void attempt(byte[] bytes, Runnable render) {
    try {
      render.run();
    } catch (RenderException e) {
      assertThat(e.problems()).isNotEmpty().hasSizeLessThanOrEqualTo(Problems.MOST);
    } catch (RuntimeException | StackOverflowError e) {
      fail("these bytes: " + new String(bytes, StandardCharsets.ISO_8859_1), e);
    }
  }

  private static List<byte[]> originals() throws IOException {
    List<byte[]> originals = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/odd-yaml"))) {
      for (Path file : files.filter(f -> !f.toString().endsWith(".expected")).sorted().toList()) {
        originals.add(Files.readAllBytes(file));
      }
    }
    originals.add("[".repeat(20_000).getBytes(StandardCharsets.UTF_8));
    originals.add("{\"a\":".repeat(20_000).getBytes(StandardCharsets.UTF_8));
    originals.add("a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n".getBytes(StandardCharsets.UTF_8));
    return originals;
  }

  private static byte[] mutate(byte[] original, Random random) {
    byte[] bytes = original.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes && bytes.length > 0; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = SPECIAL[random.nextInt(SPECIAL.length)];
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes = remove(bytes, at, Math.min(bytes.length - at, random.nextInt(8)));
        default -> bytes = repeat(bytes, at, random.nextInt(8));
      }
    }
    return bytes;
  }

  private static byte[] remove(byte[] bytes, int at, int count) {
    byte[] shorter = new byte[bytes.length - count];
    System.arraycopy(bytes, 0, shorter, 0, at);
    System.arraycopy(bytes, at + count, shorter, at, bytes.length - at - count);
    return shorter;
  }

  private static byte[] repeat(byte[] bytes, int at, int count) {
    int more = Math.min(count, bytes.length - at);
    byte[] longer = new byte[bytes.length + more];
    System.arraycopy(bytes, 0, longer, 0, at + more);
    System.arraycopy(bytes, at, longer, at + more, bytes.length - at);
    return longer;
  }
}
