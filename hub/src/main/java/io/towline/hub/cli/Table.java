package io.towline.hub.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Lays rows out in columns as wide as their widest cell so far, as kubectl does: rows that come
 * later stand under those before. Not thread-safe.
 */
final class Table<T> {
  private static final String GAP = "   ";

  private final List<Column<T>> columns;
  private final Terminal terminal;
  private final List<Integer> widths;

  Table(List<Column<T>> columns, Terminal terminal) {
    this.columns = List.copyOf(columns);
    this.terminal = terminal;
    this.widths = new ArrayList<>(Collections.nCopies(columns.size(), 0));
  }

  /**
   * The lines of some rows.
   *
   * @param header whether to begin with the headers
   */
  List<String> lines(List<T> rows, boolean header) {
    List<List<Cell>> cells = new ArrayList<>();
    if (header) {
      cells.add(columns.stream().map(column -> Cell.of(column.header())).toList());
    }
    for (T row : rows) {
      cells.add(columns.stream().map(column -> column.cell().apply(row)).toList());
    }
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
        lines.add(line(row, line));
      }
    }
    return lines;
  }

  private String line(List<Cell> row, int line) {
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
