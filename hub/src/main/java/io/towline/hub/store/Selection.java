package io.towline.hub.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A query that is put together: what is selected from, the conditions with their arguments, and for
 * a page the order. Every value travels as an argument; SQL text comes from this package alone. Not
 * thread-safe.
 */
final class Selection {
  private final String from;
  private final List<String> conditions = new ArrayList<>();
  private final List<Object> arguments = new ArrayList<>();

  /**
   * @param from what stands after {@code from}
   */
  Selection(String from) {
    this.from = from;
  }

  Selection where(String condition, Object... values) {
    conditions.add("(" + condition + ")");
    arguments.addAll(List.of(values));
    return this;
  }

  /** Only rows whose expression is one of the values. */
  Selection among(String expression, List<String> values) {
    return where(expression + " = any(?)", (Object) values.toArray());
  }

  /**
   * Only rows that match a filter.
   *
   * @param fields the SQL of each named field; null counts as empty
   * @param label a condition with two arguments, key and array of values, that holds where the row
   *     has one of them
   */
  Selection matching(Filter filter, Map<String, String> fields, String label) {
    for (Filter.Term term : filter.terms()) {
      String negation = term.negated() ? "not " : "";
      Object[] values = term.values().toArray();
      switch (term.field()) {
        case Filter.Field.Named named -> {
          String expression = fields.get(named.name());
          if (expression == null) {
            throw new IllegalArgumentException("no such field: " + named.name());
          }
          where(negation + "(coalesce(" + expression + ", '') = any(?))", (Object) values);
        }
        case Filter.Field.Label key -> where(negation + "(" + label + ")", key.key(), values);
      }
    }
    return this;
  }

  long count(Connection connection) throws SQLException {
    return Sql.number(connection, "select count(*)" + fromWhere(), arguments.toArray());
  }

  <T> List<T> list(Connection connection, String columns, String tail, Sql.Row<T> row)
      throws SQLException {
    return Sql.list(
        connection, "select " + columns + fromWhere() + " " + tail, row, arguments.toArray());
  }

  /**
   * One page, with the count of all.
   *
   * @throws BadCursorException if the cursor is not of this order
   */
  <T> Page<T> page(
      Connection connection, String columns, List<SortKey> order, PageRequest page, Sql.Row<T> row)
      throws SQLException {
    long total = count(connection);
    if (page.after().isPresent()) {
      after(order, page.after().get());
    }
    StringBuilder keys = new StringBuilder();
    for (int i = 0; i < order.size(); i++) {
      keys.append(", ").append(order.get(i).expression()).append(" as key_").append(i);
    }
    String tail =
        "order by "
            + order.stream().map(SortKey::direction).collect(Collectors.joining(", "))
            + " limit "
            + (page.size() + 1);
    List<Keyed<T>> rows =
        list(
            connection,
            columns + keys,
            tail,
            result -> new Keyed<>(row.read(result), cursor(order, result)));
    boolean more = rows.size() > page.size();
    List<Keyed<T>> shown = more ? rows.subList(0, page.size()) : rows;
    return new Page<>(
        shown.stream().map(Keyed::item).toList(),
        more ? Optional.of(shown.getLast().cursor()) : Optional.empty(),
        total);
  }

  private record Keyed<T>(T item, Cursor cursor) {}

  private static Cursor cursor(List<SortKey> order, ResultSet row) throws SQLException {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      keys.add(order.get(i).read(row, "key_" + i));
    }
    return new Cursor(keys);
  }

  /** Rows after the cursor: a row is, if it is beyond in some key and equal in all before it. */
  private void after(List<SortKey> order, Cursor cursor) {
    if (cursor.keys().size() != order.size()) {
      throw new BadCursorException("The cursor is of another order");
    }
    List<String> alternatives = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      StringBuilder alternative = new StringBuilder();
      for (int j = 0; j < i; j++) {
        alternative.append(order.get(j).expression()).append(" = ? and ");
        values.add(order.get(j).argument(cursor.keys().get(j)));
      }
      SortKey key = order.get(i);
      alternative.append(key.expression()).append(key.descending() ? " < ?" : " > ?");
      values.add(key.argument(cursor.keys().get(i)));
      alternatives.add("(" + alternative + ")");
    }
    where(String.join(" or ", alternatives), values.toArray());
  }

  private String fromWhere() {
    return " from "
        + from
        + (conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions));
  }
}
