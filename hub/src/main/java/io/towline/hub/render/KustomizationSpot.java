package io.towline.hub.render;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.hub.resolve.Position;
import io.towline.hub.resolve.YamlDocument;
import java.util.ArrayList;
import java.util.List;

/**
 * One value of a kustomization, and where it stands.
 *
 * @param pointer RFC 6901, from the root of the document
 * @param value missing where nothing stands there
 */
record KustomizationSpot(Document document, String pointer, JsonNode value) {

  /**
   * A kustomization, or a plugin's configuration.
   *
   * @param file that it stands in
   * @param directory from which its paths count
   * @param above the directories of the kustomizations that led here, its own among them
   */
  record Document(String file, String directory, YamlDocument yaml, List<String> above) {
    Document {
      above = List.copyOf(above);
    }
  }

  Position at() {
    return document.yaml().keyAt(pointer);
  }

  KustomizationSpot member(String name) {
    String escaped = name.replace("~", "~0").replace("/", "~1");
    return new KustomizationSpot(document, pointer + "/" + escaped, value.path(name));
  }

  List<KustomizationSpot> items() {
    List<KustomizationSpot> items = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      items.add(new KustomizationSpot(document, pointer + "/" + i, value.get(i)));
    }
    return items;
  }
}
