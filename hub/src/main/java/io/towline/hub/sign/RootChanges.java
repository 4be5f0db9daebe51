package io.towline.hub.sign;

import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.KeyRole;
import io.towline.envelope.RootDocument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What one root changes of the one before it, a line each, for the person who is to sign it. */
public final class RootChanges {
  private static final int SHORT_ID = 12;

  private RootChanges() {}

  /** Empty if nothing but version and times differ. */
  public static List<String> between(RootDocument before, RootDocument after) {
    List<String> lines = new ArrayList<>();
    if (!before.fleet().equals(after.fleet())) {
      lines.add("fleet: " + before.fleet() + " becomes " + after.fleet());
    }
    if (before.epoch() != after.epoch()) {
      lines.add(
          "epoch: "
              + before.epoch()
              + " becomes "
              + after.epoch()
              + ", every cluster's sequence starts anew");
    }
    keys("root", before.root(), after.root(), lines);
    Map<String, EnvelopeRole> had = byName(before);
    Map<String, EnvelopeRole> has = byName(after);
    TreeSet<String> names = new TreeSet<>(had.keySet());
    names.addAll(has.keySet());
    for (String name : names) {
      scope("envelope/" + name, had.get(name), has.get(name), lines);
    }
    return lines;
  }

  private static void scope(
      String name,
      @Nullable EnvelopeRole before,
      @Nullable EnvelopeRole after,
      List<String> lines) {
    if (before == null && after != null) {
      lines.add(
          name
              + ": new, for "
              + clusters(after)
              + ", "
              + after.keys().threshold()
              + " of "
              + after.keys().keyIds().stream().map(RootChanges::shortened).toList()
              + ", at most "
              + after.maxLifetimeDays()
              + " days");
    } else if (before != null && after == null) {
      lines.add(name + ": removed; its clusters fall to the role for all others");
    } else if (before != null && after != null) {
      keys(name, before.keys(), after.keys(), lines);
      if (!before.clusters().equals(after.clusters())) {
        lines.add(name + ": for " + clusters(before) + " becomes for " + clusters(after));
      }
      if (before.maxLifetimeDays() != after.maxLifetimeDays()) {
        lines.add(
            name
                + ": envelopes of at most "
                + before.maxLifetimeDays()
                + " days become "
                + after.maxLifetimeDays());
      }
    }
  }

  private static void keys(String name, KeyRole before, KeyRole after, List<String> lines) {
    for (String id : after.keyIds()) {
      if (!before.keyIds().contains(id)) {
        lines.add(name + ": key " + shortened(id) + " is added");
      }
    }
    for (String id : before.keyIds()) {
      if (!after.keyIds().contains(id)) {
        lines.add(name + ": key " + shortened(id) + " is removed");
      }
    }
    if (before.threshold() != after.threshold()) {
      lines.add(name + ": threshold " + before.threshold() + " becomes " + after.threshold());
    }
  }

  private static String clusters(EnvelopeRole role) {
    return role.clusters().contains(EnvelopeRole.ALL_OTHERS)
        ? "all other clusters"
        : String.join(", ", role.clusters());
  }

  private static Map<String, EnvelopeRole> byName(RootDocument root) {
    Map<String, EnvelopeRole> byName = new LinkedHashMap<>();
    root.envelope().forEach(role -> byName.put(role.name(), role));
    return byName;
  }

  /** As people compare key ids. */
  public static String shortened(String keyId) {
    return keyId.substring(0, Math.min(SHORT_ID, keyId.length()));
  }
}
