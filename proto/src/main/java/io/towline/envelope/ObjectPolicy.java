package io.towline.envelope;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where one object departs from its bundle's policy; what is empty is as the bundle says.
 *
 * @param conflicts what to do where another field manager owns a field
 * @param recreateImmutable whether it is deleted and made anew where it cannot be changed
 */
public record ObjectPolicy(
    Optional<ApplyPolicy.Conflicts> conflicts, Optional<Boolean> recreateImmutable) {
  /** All as the bundle says. */
  public static final ObjectPolicy AS_BUNDLE = new ObjectPolicy(Optional.empty(), Optional.empty());

  List<String> critical() {
    List<String> members = new ArrayList<>();
    conflicts.ifPresent(c -> members.add("objects.policy.conflicts"));
    recreateImmutable.ifPresent(r -> members.add("objects.policy.recreateImmutable"));
    return members;
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    conflicts.ifPresent(c -> json.put("conflicts", c.word()));
    recreateImmutable.ifPresent(r -> json.put("recreateImmutable", r));
    return json;
  }

  static ObjectPolicy read(Members json) {
    return new ObjectPolicy(
        json.has("conflicts") ? Optional.of(ApplyPolicy.Conflicts.read(json)) : Optional.empty(),
        json.has("recreateImmutable")
            ? Optional.of(json.bool("recreateImmutable"))
            : Optional.empty());
  }
}
