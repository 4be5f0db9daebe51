package io.towline.hub.cli;

import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;

/**
 * Where a command writes: data to standard output, everything said to a person to standard error.
 * Colour never carries meaning alone; where the locale is not UTF-8 signs are ASCII.
 */
final class Terminal {
  /** When to colour. */
  enum ColorMode {
    auto,
    always,
    never
  }

  /** Sixteen-colour ANSI, so that the person's own palette holds. */
  enum Color {
    NONE(""),
    RED("31"),
    GREEN("32"),
    YELLOW("33"),
    BLUE("34"),
    MAGENTA("35"),
    DIM("2"),
    BOLD("1");

    private final String code;

    Color(String code) {
      this.code = code;
    }
  }

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;
  private final boolean interactive;
  private final InstantSource clock;
  private ColorMode colorMode = ColorMode.auto;

  /**
   * A terminal.
   *
   * @param interactive whether standard output is a terminal
   */
  Terminal(
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      boolean interactive,
      InstantSource clock) {
    this.out = out;
    this.err = err;
    this.environment = Map.copyOf(environment);
    this.interactive = interactive;
    this.clock = clock;
  }

  PrintStream out() {
    return out;
  }

  /** Says something to the person, beside the data. */
  void say(String line) {
    err.println(line);
    err.flush();
  }

  Instant now() {
    return clock.instant();
  }

  String environment(String name, String otherwise) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? otherwise : value;
  }

  /** All of the person's environment, for programs that are run in it. */
  Map<String, String> environment() {
    return environment;
  }

  void colorMode(ColorMode mode) {
    this.colorMode = mode;
  }

  /** Whether signs beyond ASCII can be shown. */
  boolean unicode() {
    String locale =
        environment("LC_ALL", environment("LC_CTYPE", environment("LANG", "")))
            .toUpperCase(Locale.ROOT);
    return locale.contains("UTF-8") || locale.contains("UTF8");
  }

  /** One of two signs. */
  String sign(String unicode, String ascii) {
    return unicode() ? unicode : ascii;
  }

  String paint(Color color, String text) {
    return colored() && color != Color.NONE
        ? "\u001b[" + color.code + "m" + text + "\u001b[0m"
        : text;
  }

  static Color colorOf(Status status) {
    return switch (status) {
      case BLOCKED, FAILED, DEGRADED -> Color.RED;
      case DRIFTED -> Color.MAGENTA;
      case UNKNOWN, WAITING, SUSPENDED -> Color.YELLOW;
      case PROGRESSING -> Color.BLUE;
      case READY -> Color.GREEN;
    };
  }

  /** A glyph for the status, beside its word. */
  String glyph(Status status) {
    return unicode() ? status.glyph() : String.valueOf(status.ascii());
  }

  /** How long ago, in at most two units: 42s, 14m, 3h, 3d4h. */
  String age(Instant then) {
    return age(Duration.between(then, now()));
  }

  static String age(Duration duration) {
    if (duration.isNegative()) {
      return "0s";
    }
    if (duration.toDays() > 0) {
      long hours = duration.toHoursPart();
      return duration.toDays() + "d" + (hours > 0 && duration.toDays() < 10 ? hours + "h" : "");
    }
    if (duration.toHours() > 0) {
      return duration.toHours() + "h";
    }
    return duration.toMinutes() > 0 ? duration.toMinutes() + "m" : duration.toSeconds() + "s";
  }

  /** A failure in four lines: what, why, what to do, where to read on. */
  void fail(CliException e) {
    say(paint(Color.RED, sign("✖ ", "x ")) + e.getMessage());
    String why = e.reason().isEmpty() ? e.why() : e.reason() + ": " + e.why();
    if (!why.isEmpty()) {
      say("  " + why);
    }
    if (!e.next().isEmpty()) {
      say("  " + sign("→ ", "-> ") + e.next());
    }
    if (Reason.ofWord(e.reason()).isPresent()) {
      say("  https://towline.io/r/" + e.reason());
    }
  }

  private boolean colored() {
    return switch (colorMode) {
      case always -> true;
      case never -> false;
      case auto -> {
        if (!environment("NO_COLOR", "").isEmpty() || environment("TERM", "").equals("dumb")) {
          yield false;
        }
        yield interactive || !environment("CLICOLOR_FORCE", "0").equals("0");
      }
    };
  }
}
