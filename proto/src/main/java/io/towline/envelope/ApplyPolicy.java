package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * How the agent writes a bundle's objects.
 *
 * @param conflicts what to do where another field manager owns a field
 * @param serviceAccount the account to impersonate; empty: the agent's default
 */
public record ApplyPolicy(Conflicts conflicts, String serviceAccount) {
  /** What happens where another field manager owns a field that the bundle sets. */
  public enum Conflicts {
    /** The object is reported and left as it is. */
    FAIL,
    /** The field is taken over. */
    FORCE;

    /** As it is written in documents. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("conflicts", conflicts.word())
        .put("serviceAccount", serviceAccount);
  }

  static ApplyPolicy read(Members json) {
    return new ApplyPolicy(
        switch (json.text("conflicts")) {
          case "fail" -> Conflicts.FAIL;
          case "force" -> Conflicts.FORCE;
          default -> throw json.refuse("conflicts", "is neither fail nor force");
        },
        json.text("serviceAccount"));
  }
}
