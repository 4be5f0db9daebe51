package io.towline.agent.enroll;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a cluster would like to be known that enrols with a pool's token. The hub decides, and owns
 * both from then on.
 *
 * @param name an RFC 1123 label; empty: none was given
 * @param labels as Kubernetes has them
 */
public record Proposal(String name, Map<String, String> labels) {
  public Proposal {
    labels = Map.copyOf(labels);
  }

  /**
   * As it is configured.
   *
   * @throws EnrollException if the labels are not of the form {@code KEY=VALUE,KEY=VALUE}
   */
  static Proposal of(AgentConfig config) {
    Map<String, String> labels = new LinkedHashMap<>();
    String text = config.clusterLabels().orElse("");
    for (String label : text.isBlank() ? new String[0] : text.split(",", -1)) {
      int equals = label.indexOf('=');
      if (equals < 1
          || labels.put(label.substring(0, equals).strip(), label.substring(equals + 1).strip())
              != null) {
        throw new EnrollException(
            "TOWLINE_CLUSTER_LABELS is \""
                + text
                + "\": it has to be KEY=VALUE,KEY=VALUE, each key"
                + " once");
      }
    }
    return new Proposal(config.clusterName().orElse("").strip(), labels);
  }
}
