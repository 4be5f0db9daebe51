package io.towline.hub.cli;

import java.util.function.Function;

/**
 * One column of a table.
 *
 * @param header upper case
 * @param wide whether it shows with {@code -o wide} alone
 * @param cell what stands in it
 */
record Column<T>(String header, boolean wide, Function<T, Cell> cell) {
  static <T> Column<T> of(String header, Function<T, Cell> cell) {
    return new Column<>(header, false, cell);
  }

  static <T> Column<T> wide(String header, Function<T, Cell> cell) {
    return new Column<>(header, true, cell);
  }
}
