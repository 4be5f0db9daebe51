package io.towline.images;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an image takes from the Debian machine that makes it: the C library, and a few programs with
 * what they link to. Every file is named with the package that it belongs to, so that the list of
 * contents can say where it comes from.
 */
final class DebianFiles {
  /** {@code libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x...)}, or the loader without a name. */
  private static final Pattern LINKED =
      Pattern.compile("^\\s+(?:\\S+ => )?(/\\S+) \\(0x[0-9a-f]+\\)$", Pattern.MULTILINE);

  /** Where libraries of the system lie; those of a program's own lie beside it. */
  private static final List<Path> SYSTEM =
      List.of(Path.of("/lib"), Path.of("/lib64"), Path.of("/usr/lib/" + triplet()));

  private final SortedMap<String, Path> byPlace = new TreeMap<>();

  /** The files by their places, on this machine as in the image. */
  SortedMap<String, Path> byPlace() {
    return byPlace;
  }

  /** What Debian calls the folders of libraries of this processor. */
  private static String triplet() {
    return Tarball.architecture().equals("arm64") ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  }

  /** Adds a file of this machine. */
  DebianFiles file(Path file) {
    byPlace.put(file.toString(), file);
    return this;
  }

  /** Adds a program of this machine with all that it links to. */
  DebianFiles program(Path program) {
    return file(program).linkedBy(List.of(program));
  }

  /** Adds what programs and libraries link to, except what lies beside them. */
  DebianFiles linkedBy(Collection<Path> linking) {
    for (Path one : linking) {
      // What is not found is loaded by then: the libraries of a JVM name libjvm.so, without a
      // place.
      Matcher linked = LINKED.matcher(Programs.run(List.of("ldd", one.toString())));
      while (linked.find()) {
        Path library = Path.of(linked.group(1)).normalize();
        if (SYSTEM.stream().anyMatch(library::startsWith)) {
          file(library);
        }
      }
    }
    return this;
  }

  /**
   * The packages of the files, with their versions.
   *
   * @throws IllegalStateException if a file belongs to none, as on a machine that is not Debian
   */
  SortedMap<String, String> packages() {
    SortedMap<String, String> versions = new TreeMap<>();
    for (Path file : byPlace.values()) {
      String name = packageOf(file);
      versions.computeIfAbsent(
          name.split(":", 2)[0],
          unused -> Programs.run(List.of("dpkg-query", "-W", "-f", "${Version}", name)));
    }
    return versions;
  }

  private static String packageOf(Path file) {
    return bothSpellings(file)
        .flatMap(at -> Programs.answer(List.of("dpkg-query", "-S", at)).stream())
        .map(answer -> answer.substring(0, answer.indexOf(": ")))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    file
                        + " belongs to no Debian package: images take the C library and a few"
                        + " programs of the machine that makes them; make them on Debian 12"));
  }

  /** /bin, /lib and /lib64 are links into /usr, and a package lists a file under one of both. */
  private static Stream<String> bothSpellings(Path file) {
    String other =
        file.startsWith("/usr") ? "/" + file.subpath(1, file.getNameCount()) : "/usr" + file;
    return Stream.of(file.toString(), other);
  }
}
