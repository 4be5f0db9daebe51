package io.towline.images;

import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.RegistryException;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.Platform;
import com.google.cloud.tools.jib.api.buildplan.Port;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/** Writes images as tar files. Thread-safe. */
public final class Tarball {
  private final Path cache;
  private final Instant time;

  /**
   * What an image is, once it is written.
   *
   * @param file the tar file
   * @param digest of its manifest, as {@code sha256:...}: what a registry would call it
   */
  public record Written(Path file, String digest) {}

  /**
   * A writer.
   *
   * @param cache directory for layers that were packed before
   * @param time of everything in the images, and of the images
   */
  public Tarball(Path cache, Instant time) {
    this.cache = cache;
    this.time = time;
  }

  /**
   * Writes an image for the processor of this machine. Idempotent: the same content gives the same
   * bytes.
   *
   * @throws IOException if a file cannot be read or written
   * @throws IllegalStateException if the recipe makes no image
   */
  public Written write(Recipe recipe, Path file) throws IOException {
    try {
      JibContainerBuilder image =
          Jib.fromScratch()
              .setPlatforms(Set.of(new Platform(architecture(), "linux")))
              .setCreationTime(time)
              .setUser(ImageFiles.USER)
              .setEntrypoint(recipe.entrypoint())
              .setEnvironment(recipe.environment())
              .setLabels(recipe.labels());
      recipe.ports().forEach(port -> image.addExposedPort(Port.tcp(port)));
      recipe.layers().forEach(layer -> image.addFileEntriesLayer(layer(layer)));
      JibContainer container =
          image.containerize(
              Containerizer.to(TarImage.at(file).named(recipe.reference()))
                  .setToolName("towline")
                  .setApplicationLayersCache(cache)
                  .setBaseImageLayersCache(cache)
                  .setOfflineMode(true));
      return new Written(file, container.getDigest().toString());
    } catch (InvalidImageReferenceException
        | CacheDirectoryCreationException
        | RegistryException
        | ExecutionException e) {
      throw new IllegalStateException(recipe.reference() + " could not be written", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while writing " + recipe.reference(), e);
    }
  }

  private FileEntriesLayer layer(ImageFiles files) {
    FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName(files.name());
    files
        .entries()
        .forEach(
            (place, entry) ->
                layer.addEntry(
                    entry.source(),
                    AbsoluteUnixPath.get(place),
                    FilePermissions.fromOctalString(entry.mode()),
                    time,
                    entry.owner()));
    return layer.build();
  }

  /** The name that images have for the processor of this machine. */
  static String architecture() {
    String arch = System.getProperty("os.arch");
    return switch (arch) {
      case "x86_64", "amd64" -> "amd64";
      case "aarch64" -> "arm64";
      default -> throw new IllegalStateException("no image is made for the processor " + arch);
    };
  }
}
