package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A time that comes again and again, in which new revisions, or corrections, are let through or
 * kept back.
 *
 * @param duration from each start, as elapsed time
 * @param zone in which the schedule is read
 * @param allows whether it lets through; otherwise it keeps back, also where another lets through
 */
public record ChangeWindow(
    String name, CronSchedule schedule, Duration duration, ZoneId zone, boolean allows) {
  /** Windows of one bundle at most. */
  static final int MAX_WINDOWS = 20;

  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(7);

  /**
   * Reads {@code windows} of one block; what is not there is what the base says.
   *
   * @param block as {@code rollout}
   */
  static List<ChangeWindow> read(
      JsonNode blocks, String pointer, String block, List<ChangeWindow> base, Findings findings) {
    JsonNode list = blocks.path(block).path("windows");
    if (!list.isArray()) {
      return base;
    }
    String at = pointer + "/" + block + "/windows";
    if (list.size() > MAX_WINDOWS) {
      findings.value(at, "a bundle has at most " + MAX_WINDOWS + " windows");
      return base;
    }
    List<ChangeWindow> windows = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      one(list.get(i), Findings.item(at, i), findings).ifPresent(windows::add);
    }
    return windows;
  }

  private static Optional<ChangeWindow> one(JsonNode node, String pointer, Findings findings) {
    Optional<CronSchedule> schedule = Optional.empty();
    try {
      schedule = Optional.of(CronSchedule.parse(node.path("schedule").asText("")));
    } catch (IllegalArgumentException e) {
      findings.value(pointer + "/schedule", String.valueOf(e.getMessage()));
    }
    Optional<Duration> duration =
        PolicyReader.duration(node.path("duration").asText(""))
            .filter(time -> time.compareTo(SHORTEST) >= 0 && time.compareTo(LONGEST) <= 0);
    if (duration.isEmpty()) {
      findings.value(pointer + "/duration", "a window is open from 1m to 7d");
    }
    String zone = node.path("timezone").asText("");
    boolean known = ZoneId.getAvailableZoneIds().contains(zone);
    if (!known) {
      findings.value(
          pointer + "/timezone",
          "this is no time zone of the IANA database, as Europe/Berlin or UTC is"
              + Nearest.hint(zone, ZoneId.getAvailableZoneIds().stream().sorted().toList()));
    }
    return schedule.isPresent() && duration.isPresent() && known
        ? Optional.of(
            new ChangeWindow(
                node.path("name").asText(""),
                schedule.get(),
                duration.get(),
                ZoneId.of(zone),
                node.path("action").asText("allow").equals("allow")))
        : Optional.empty();
  }
}
