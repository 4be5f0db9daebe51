package io.towline.hub.sign;

import io.towline.envelope.EnvelopeRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * That the hub's online key alone makes envelopes which clusters take: whoever steals it, or the
 * hub, decides what runs there. A matter of the root, which an operator can change.
 *
 * @param keyId the hub's key
 * @param roles those whose threshold that key meets alone
 */
public record SoleKey(String keyId, List<EnvelopeRole> roles) {
  private static final int KEY_ID_CHARACTERS = 8;

  /** Copies what it is given. */
  public SoleKey {
    roles = List.copyOf(roles);
  }

  /** What an operator should know; empty if every role asks for somebody else too. */
  public Optional<String> warning() {
    if (roles.isEmpty()) {
      return Optional.empty();
    }
    String where = roles.stream().map(SoleKey::where).collect(Collectors.joining("; "));
    return Optional.of(
        "The hub's online key "
            + keyId.substring(0, KEY_ID_CHARACTERS)
            + " alone can sign for "
            + where
            + ": whoever steals it decides what runs there.");
  }

  /** The commands whose root asks for a second key in every such role; empty if there is none. */
  public List<String> commands() {
    if (roles.isEmpty()) {
      return List.of();
    }
    List<String> commands = new ArrayList<>();
    commands.add("towline root rotate -f next.json");
    for (EnvelopeRole role : roles) {
      commands.add(
          "towline root add-key next.json --role envelope/"
              + role.name()
              + " --key SECOND.pub --threshold 2");
    }
    commands.add("towline root sign next.json --key root.key");
    commands.add("towline root submit next.json");
    return commands;
  }

  private static String where(EnvelopeRole role) {
    String clusters =
        role.clusters().contains(EnvelopeRole.ALL_OTHERS)
            ? "every cluster that no other role names"
            : role.clusters().size() == 1 ? "1 cluster" : role.clusters().size() + " clusters";
    return clusters + " (role " + role.name() + ")";
  }
}
