package io.towline.hub.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.towline.hub.resolve.Scalars;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Unquoted scalars of sealed files: only those that SOPS and kubectl read alike. SOPS counts clear
 * values in its MAC as it reads them, which is YAML as go-yaml 3 understands it; where kubectl
 * reads something else, one of the two would be wrong. Stateless and thread-safe.
 */
final class SealedScalars implements Scalars {
  private static final Set<String> WORDS =
      Set.of("", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE");
  private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,15})?");

  /** What go-yaml 3 may take for a time. */
  private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*");

  private final Scalars kubectl = new KubectlScalars();

  @Override
  public JsonNode resolve(String text) {
    JsonNode value = kubectl.resolve(text);
    boolean alike =
        value instanceof TextNode
            ? !DATE.matcher(text).matches()
            : WORDS.contains(text) || NUMBER.matcher(text).matches();
    if (!alike) {
      throw new IllegalArgumentException(
          "kubectl and sops read this value differently; quote it and seal the file anew");
    }
    return value;
  }
}
