package io.towline.hub.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Lays rows out in columns as wide as their widest cell, as kubectl does. */
final class Table {
  private static final String GAP = "   ";

  private Table() {}

  /**
   * The lines of a table.
   *
   * @param header whether to begin with the headers
   */
  static <T> List<String> lines(
      List<T> rows, List<Column<T>> columns, boolean header, Terminal terminal) {
    List<List<Cell>> cells = new ArrayList<>();
    if (header) {
      cells.add(columns.stream().map(column -> Cell.of(column.header())).toList());
    }
    for (T row : rows) {
      cells.add(columns.stream().map(column -> column.cell().apply(row)).toList());
    }
    List<Integer> widths = new ArrayList<>(Collections.nCopies(columns.size(), 0));
    for (List<Cell> row : cells) {
      for (int i = 0; i < row.size(); i++) {
        for (String line : row.get(i).lines()) {
          widths.set(i, Math.max(widths.get(i), width(line)));
        }
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<Cell> row : cells) {
      int height = row.stream().mapToInt(cell -> cell.lines().size()).max().orElse(1);
      for (int line = 0; line < height; line++) {
        lines.add(line(row, line, widths, terminal));
      }
    }
    return lines;
  }

  private static String line(List<Cell> row, int line, List<Integer> widths, Terminal terminal) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      Cell cell = row.get(i);
      String text = line < cell.lines().size() ? cell.lines().get(line) : "";
      out.append(text.isEmpty() ? "" : terminal.paint(cell.color(), text));
      if (i < row.size() - 1) {
        out.append(" ".repeat(widths.get(i) - width(text))).append(GAP);
      }
    }
    return out.toString().stripTrailing();
  }

  /** Columns that a terminal gives a text; of Towline's signs one is double. */
  private static int width(String text) {
    return text.codePoints().map(point -> point == '⛔' ? 2 : 1).sum();
  }
}
