package io.towline.hub.cli;

import java.util.List;

/**
 * What stands in one place of a table.
 *
 * @param lines its text; further lines stand below the first in the same column
 * @param color how it is painted
 */
record Cell(List<String> lines, Terminal.Color color) {
  Cell {
    lines = lines.isEmpty() ? List.of("") : List.copyOf(lines);
  }

  static Cell of(String text) {
    return of(text, Terminal.Color.NONE);
  }

  static Cell of(String text, Terminal.Color color) {
    // One line each: a control character of a remote message must not reach the terminal.
    return new Cell(List.of(plain(text)), color);
  }

  static Cell of(List<String> lines) {
    return new Cell(lines.stream().map(Cell::plain).toList(), Terminal.Color.NONE);
  }

  static Cell of(long number) {
    return of(Long.toString(number));
  }

  /** Text without control characters: terminals obey them. */
  static String plain(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().forEach(point -> out.appendCodePoint(isObeyed(point) ? ' ' : point));
    return out.toString();
  }

  /** Whether terminals obey a character, or turn the text around it, instead of showing it. */
  static boolean isObeyed(int point) {
    return Character.isISOControl(point) || Character.getType(point) == Character.FORMAT;
  }
}
