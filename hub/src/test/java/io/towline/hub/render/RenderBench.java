package io.towline.hub.render;

import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.Policy;
import io.towline.hub.git.FileTree;
import io.towline.hub.resolve.RenderInput;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A renderer for tests, with what tests ask of it again and again. */
final class RenderBench {
  private RenderBench() {}

  /** Configuration with defaults where the settings say nothing. */
  static RenderConfig config(Map<String, String> settings) {
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .withConverter(
                io.quarkus.runtime.configuration.MemorySize.class,
                300,
                new io.quarkus.runtime.configuration.MemorySizeConverter())
            .withConverter(
                Duration.class, 300, new io.quarkus.runtime.configuration.DurationConverter())
            .withMapping(RenderConfig.class)
            .withDefaultValues(settings)
            .build();
    return config.getConfigMapping(RenderConfig.class);
  }

  /** A renderer that finds the programs of this machine. */
  static Renderer renderer(Path scratch, Map<String, String> settings) {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return new Renderer(config(settings), scratch, Renderer.searchPath(path));
  }

  /** A renderer that finds no program at all, which plain YAML does not need. */
  static Renderer plainRenderer(Map<String, String> settings) {
    return new Renderer(config(settings), Path.of("target/no-scratch"), List.of());
  }

  static RenderInput plain(String directory, String... globs) {
    return new RenderInput(
        "app", directory, new RenderInput.Plain(List.of(globs)), List.of(), Optional.of("shop"));
  }

  static RenderInput kustomize(String directory) {
    return new RenderInput(
        "app", directory, new RenderInput.Kustomize(directory), List.of(), Optional.of("shop"));
  }

  /** The one object that a bundle of plain YAML holds, as its JSON. */
  static String single(Renderer renderer, FileTree tree, RenderInput input) {
    RenderedBundle bundle = renderer.render(tree, input, Policy.defaults());
    if (bundle.manifest().objects().size() != 1) {
      throw new AssertionError("not one object: " + bundle.manifest().objects());
    }
    return json(bundle, bundle.manifest().objects().getFirst());
  }

  static String json(RenderedBundle bundle, ManifestEntry entry) {
    byte[] bytes = Objects.requireNonNull(bundle.objects().get(entry.digest()));
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The failure of a render that must fail. */
  static RenderException failure(Renderer renderer, FileTree tree, RenderInput input) {
    try {
      renderer.render(tree, input, Policy.defaults());
    } catch (RenderException e) {
      return e;
    }
    throw new AssertionError("the render was not refused");
  }
}
