package io.towline.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of one layer, by their places in the image: whose content, and who may do what. Links
 * are followed: an image of this package holds files and directories. Not thread-safe.
 */
public final class ImageFiles {
  /** The user that the images run as. A number, since Kubernetes can check only numbers. */
  public static final String USER = "65532:65532";

  private static final String ROOT = "0:0";

  private final String name;
  private final SortedMap<String, Entry> entries = new TreeMap<>();

  /**
   * One file or directory.
   *
   * @param source whose content it gets; a directory stands for an empty one
   * @param mode permissions in octal
   * @param owner user and group as numbers
   */
  record Entry(Path source, String mode, String owner) {}

  /**
   * An empty layer.
   *
   * @param name what the layer is for, in the image's history
   */
  public ImageFiles(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  SortedMap<String, Entry> entries() {
    return entries;
  }

  /** Adds a file that everybody may read and nobody but root may write. */
  public ImageFiles file(String place, Path source) {
    return put(place, source, "644", ROOT);
  }

  /** Adds a program. */
  public ImageFiles program(String place, Path source) {
    return put(place, source, "755", ROOT);
  }

  /** Adds a directory that belongs to the user of the image. */
  ImageFiles ownDirectory(String place, Path anyDirectory) {
    return put(place, anyDirectory, "755", USER);
  }

  /** Adds a folder with all that is in it; what is executable stays so. */
  ImageFiles tree(String place, Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> plain = files.filter(Files::isRegularFile).sorted().toList();
      for (Path file : plain) {
        String at = place + "/" + folder.relativize(file);
        if (Files.isExecutable(file)) {
          program(at, file);
        } else {
          file(at, file);
        }
      }
    }
    return this;
  }

  /** Adds programs at the places that they have on this machine. */
  ImageFiles programs(Map<String, Path> byPlace) {
    byPlace.forEach(this::program);
    return this;
  }

  private ImageFiles put(String place, Path source, String mode, String owner) {
    if (!place.startsWith("/")) {
      throw new IllegalArgumentException("a place in an image begins with /: " + place);
    }
    entries.put(place, new Entry(source, mode, owner));
    return this;
  }
}
