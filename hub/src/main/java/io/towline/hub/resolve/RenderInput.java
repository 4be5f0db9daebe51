package io.towline.hub.resolve;

import java.util.List;
import java.util.Optional;

/**
 * What a render needs to know beside the files. Nothing in it speaks of one cluster, so that equal
 * inputs share a render.
 *
 * @param bundle the bundle's name
 * @param directory the bundle's directory from the root of the source
 * @param form how its files become objects
 * @param nested directories of bundles below this one, whose files are not its own
 * @param namespace for objects that name none
 */
public record RenderInput(
    String bundle, String directory, Form form, List<String> nested, Optional<String> namespace) {
  public RenderInput {
    nested = List.copyOf(nested);
  }

  /** How a bundle's files become objects. */
  public sealed interface Form {}

  /**
   * Plain YAML.
   *
   * @param globs relative to the bundle's directory; empty: every YAML file below it
   */
  public record Plain(List<String> globs) implements Form {
    public Plain {
      globs = List.copyOf(globs);
    }
  }

  /**
   * A Kustomize build.
   *
   * @param path the directory that holds the kustomization, from the root of the source
   */
  public record Kustomize(String path) implements Form {}
}
