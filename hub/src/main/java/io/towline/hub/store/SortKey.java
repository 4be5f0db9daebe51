package io.towline.hub.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * One expression that rows are sorted by. Never null in SQL.
 *
 * @param expression SQL of this package, never of a request
 */
record SortKey(String expression, Kind kind, boolean descending) {
  enum Kind {
    TEXT,
    NUMBER,
    TIME
  }

  static SortKey text(String expression) {
    return new SortKey(expression, Kind.TEXT, false);
  }

  static SortKey number(String expression) {
    return new SortKey(expression, Kind.NUMBER, false);
  }

  /** A time of a column that is never null, so that its index can serve. */
  static SortKey instant(String expression) {
    return new SortKey(expression, Kind.TIME, false);
  }

  /** A time, where null sorts as the beginning of time. */
  static SortKey time(String expression) {
    return new SortKey(
        "coalesce(" + expression + ", timestamp with time zone '1970-01-01 00:00:00+00:00')",
        Kind.TIME,
        false);
  }

  SortKey reversed() {
    return new SortKey(expression, kind, !descending);
  }

  String direction() {
    return expression + (descending ? " desc" : " asc");
  }

  /** The value of a row as a cursor carries it. */
  String read(ResultSet row, String column) throws SQLException {
    return switch (kind) {
      case TEXT -> row.getString(column);
      case NUMBER -> Long.toString(row.getLong(column));
      case TIME -> Sql.instant(row, column).toString();
    };
  }

  /**
   * The value of a cursor as an argument.
   *
   * @throws BadCursorException if it is none of this kind
   */
  Object argument(String text) {
    try {
      return switch (kind) {
        case TEXT -> text;
        case NUMBER -> Long.valueOf(text);
        case TIME -> Instant.parse(text);
      };
    } catch (DateTimeException | NumberFormatException e) {
      throw new BadCursorException("A key is not of its kind");
    }
  }
}
