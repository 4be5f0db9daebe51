package io.towline.envelope;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One bundle in a statement.
 *
 * @param name an RFC 1123 label
 * @param revision for people; the manifest's digest is what counts
 * @param source where it came from
 * @param renderTools name and version of what rendered it
 * @param manifest digest of its {@link BundleManifest}
 * @param manifestSize bytes of the manifest
 */
public record BundleEntry(
    String name,
    String revision,
    SourceInfo source,
    List<String> renderTools,
    Digest manifest,
    long manifestSize) {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  public BundleEntry {
    requireName(name);
    renderTools = List.copyOf(renderTools);
    if (revision.isEmpty() || manifestSize < 0) {
      throw new IllegalArgumentException("a bundle has a revision and a manifest");
    }
  }

  static void requireName(String name) {
    if (!LABEL.matcher(name).matches()) {
      throw new IllegalArgumentException("a name is not an RFC 1123 label");
    }
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode body = json.putObject("manifest");
    body.putObject("digest").put("sha256", manifest.hex());
    body.put("size", manifestSize);
    json.put("name", name);
    ArrayNode tools = json.putObject("render").putArray("tools");
    renderTools.forEach(tools::add);
    json.put("revision", revision);
    json.putObject("source")
        .put("commit", source.commit())
        .put("name", source.name())
        .put("path", source.path())
        .put("ref", source.ref())
        .put("repo", source.repo())
        .put("signer", source.signer());
    return json;
  }

  static BundleEntry read(Members json) {
    Members source = json.object("source");
    Members manifest = json.object("manifest");
    return new BundleEntry(
        json.text("name"),
        json.nonEmptyText("revision"),
        new SourceInfo(
            source.text("name"),
            source.text("repo"),
            source.text("ref"),
            source.text("commit"),
            source.text("path"),
            source.text("signer")),
        json.object("render").texts("tools", Limits.LIST_ENTRIES),
        manifest.digestSet("digest"),
        manifest.integer("size", 0, Limits.MAX_INTEGER));
  }
}
