package io.towline.images;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * The list of what is in an image (CycloneDX): the jars, as Maven's plugin lists them, and what
 * this package adds to them.
 */
final class Sbom {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final List<Component> added = new ArrayList<>();

  /**
   * Something that is in an image and is no jar.
   *
   * @param type as CycloneDX has them: application, library, platform
   * @param purl as <a href="https://github.com/package-url/purl-spec">package URL</a>
   */
  private record Component(String type, String name, String version, String purl) {}

  /** Adds Debian packages, of which an image holds single files. */
  Sbom debian(SortedMap<String, String> packages) {
    packages.forEach(
        (name, version) ->
            added.add(
                new Component(
                    "library",
                    name,
                    version,
                    "pkg:deb/debian/%s@%s?arch=%s"
                        .formatted(name, version.replace("+", "%2B"), Tarball.architecture()))));
    return this;
  }

  Sbom java(JavaRuntime java) {
    String version = java.version();
    added.add(
        new Component(
            "platform",
            "OpenJDK (" + java.vendor() + ")",
            version,
            "pkg:generic/openjdk@" + version.replace("+", "%2B")));
    return this;
  }

  /** Adds a program that was built from a Go module. */
  Sbom goProgram(String module, String version) {
    added.add(
        new Component("application", module, version, "pkg:golang/" + module + "@" + version));
    return this;
  }

  /**
   * Writes the list.
   *
   * @param jars the list of the module's jars
   */
  void write(Path jars, Path file) throws IOException {
    ObjectNode bom = (ObjectNode) JSON.readTree(Files.readAllBytes(jars));
    ArrayNode components = bom.withArray("components");
    for (Component component : added) {
      components
          .addObject()
          .put("type", component.type())
          .put("bom-ref", component.purl())
          .put("name", component.name())
          .put("version", component.version())
          .put("purl", component.purl());
    }
    Files.write(file, JSON.writeValueAsBytes(bom));
  }
}
