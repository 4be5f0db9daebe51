package io.towline.hub.resolve;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When something begins, as the five fields of cron say: minute, hour, day of the month, month, day
 * of the week. Names of months and days count, 7 is Sunday as 0 is. Where both kinds of days are
 * given, either is enough, as cron(8) has it.
 *
 * <p>A start that a clock change leaves out is when the gap ends; one that comes twice is the
 * first.
 *
 * @param times of a day, ascending
 * @param weekdays from 0, Sunday
 * @param eitherDay whether one of both kinds of days is enough
 */
public record CronSchedule(
    List<LocalTime> times,
    Set<Integer> days,
    Set<Integer> months,
    Set<Integer> weekdays,
    boolean eitherDay) {
  /** A 29 February is at most eight years away. */
  private static final int DAYS_AHEAD = 3_000;

  private static final int FIELDS = 5;
  private static final Pattern PART =
      Pattern.compile("(\\*|[a-z0-9]{1,3})(?:-([a-z0-9]{1,3}))?(?:/([0-9]{1,2}))?");
  private static final List<String> MONTHS =
      List.of(
          "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> WEEKDAYS =
      List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

  public CronSchedule {
    times = List.copyOf(times);
    days = Set.copyOf(days);
    months = Set.copyOf(months);
    weekdays = Set.copyOf(weekdays);
  }

  /**
   * Reads the five fields.
   *
   * @throws IllegalArgumentException with a message for people if they are none, or never come
   */
  public static CronSchedule parse(String text) {
    String[] fields = text.strip().toLowerCase(Locale.ROOT).split("\\s+", -1);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException(
          "a schedule has five fields: minute, hour, day of month, month, day of week");
    }
    Set<Integer> minutes = field("minute", fields[0], 0, 59, List.of());
    Set<Integer> hours = field("hour", fields[1], 0, 23, List.of());
    List<LocalTime> times = new ArrayList<>();
    hours.forEach(hour -> minutes.forEach(minute -> times.add(LocalTime.of(hour, minute))));
    Set<Integer> weekdays = field("day of week", fields[4], 0, 7, WEEKDAYS);
    if (weekdays.remove(7)) {
      weekdays.add(0);
    }
    CronSchedule schedule =
        new CronSchedule(
            times,
            field("day of month", fields[2], 1, 31, List.of()),
            field("month", fields[3], 1, 12, MONTHS),
            weekdays,
            !fields[2].startsWith("*") && !fields[4].startsWith("*"));
    if (schedule.next(Instant.EPOCH, ZoneId.of("UTC")).isEmpty()) {
      throw new IllegalArgumentException("this day never comes");
    }
    return schedule;
  }

  private static Set<Integer> field(
      String what, String text, int least, int most, List<String> names) {
    Set<Integer> values = new TreeSet<>();
    for (String part : text.split(",", -1)) {
      Matcher matcher = PART.matcher(part);
      if (!matcher.matches()) {
        throw wrong(what, text, least, most);
      }
      boolean all = matcher.group(1).equals("*");
      boolean open = all || (matcher.group(2) == null && matcher.group(3) != null);
      int from = all ? least : number(matcher.group(1), names);
      int to = open ? most : from;
      if (matcher.group(2) != null) {
        to = all ? -1 : number(matcher.group(2), names);
      }
      int step = matcher.group(3) == null ? 1 : Integer.parseInt(matcher.group(3));
      if (from < least || to > most || from > to || step < 1) {
        throw wrong(what, text, least, most);
      }
      for (int value = from; value <= to; value += step) {
        values.add(value);
      }
    }
    return values;
  }

  private static int number(String text, List<String> names) {
    int named = text.isEmpty() ? -1 : names.indexOf(text);
    if (named >= 0) {
      return named;
    }
    return text.chars().allMatch(Character::isDigit) ? Integer.parseInt(text) : -1;
  }

  private static IllegalArgumentException wrong(String what, String text, int least, int most) {
    return new IllegalArgumentException(
        "the %s %s is not *, a number from %d to %d, a range, a list or */n"
            .formatted(what, text, least, most));
  }

  /** The first start after a time. */
  public Optional<Instant> next(Instant after, ZoneId zone) {
    LocalDate first = LocalDate.ofInstant(after, zone);
    for (int ahead = 0; ahead < DAYS_AHEAD; ahead++) {
      LocalDate date = first.plusDays(ahead);
      if (isOn(date)) {
        for (LocalTime time : times) {
          Instant start = start(date, time, zone);
          if (start.isAfter(after)) {
            return Optional.of(start);
          }
        }
      }
    }
    return Optional.empty();
  }

  private boolean isOn(LocalDate date) {
    boolean day = days.contains(date.getDayOfMonth());
    boolean weekday = weekdays.contains(date.getDayOfWeek().getValue() % WEEKDAYS.size());
    return months.contains(date.getMonthValue()) && (eitherDay ? day || weekday : day && weekday);
  }

  private static Instant start(LocalDate date, LocalTime time, ZoneId zone) {
    LocalDateTime local = date.atTime(time);
    ZoneOffsetTransition change = zone.getRules().getTransition(local);
    return change != null && change.isGap()
        ? change.getInstant()
        : local.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
  }
}
