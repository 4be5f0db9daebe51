package io.towline.hub.store;

import io.towline.envelope.Digest;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Statements with typed arguments, for the stores of this package. Stateless. */
final class Sql {
  private Sql() {}

  /** Reads one row; must not move the cursor. */
  @FunctionalInterface
  interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Runs an insert, update or delete and gives the number of rows. */
  static int update(Connection connection, String sql, @Nullable Object... arguments)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, arguments);
      return statement.executeUpdate();
    }
  }

  /** All rows of a query. */
  static <T> List<T> list(
      Connection connection, String sql, Row<T> row, @Nullable Object... arguments)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, arguments);
      List<T> rows = new ArrayList<>();
      try (ResultSet results = statement.executeQuery()) {
        while (results.next()) {
          rows.add(row.read(results));
        }
      }
      return rows;
    }
  }

  /** The first row of a query; empty if there is none. */
  static <T> Optional<T> one(
      Connection connection, String sql, Row<T> row, @Nullable Object... arguments)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, arguments);
      try (ResultSet results = statement.executeQuery()) {
        return results.next() ? Optional.of(row.read(results)) : Optional.empty();
      }
    }
  }

  /** A query that gives one number. */
  static long number(Connection connection, String sql, @Nullable Object... arguments)
      throws SQLException {
    return one(connection, sql, row -> row.getLong(1), arguments).orElse(0L);
  }

  /** Runs one statement for each row of arguments. */
  static void batch(Connection connection, String sql, List<@Nullable Object[]> rows)
      throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (@Nullable Object[] row : rows) {
        bind(statement, row);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /** An instant of a column that has one. */
  static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  /** An instant of a column that may be null. */
  static Optional<Instant> optionalInstant(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  /** A text of a column that may be null. */
  static Optional<String> optionalText(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getString(column));
  }

  /** A digest of a column that may be null. */
  static Optional<Digest> optionalDigest(ResultSet row, String column) throws SQLException {
    return optionalText(row, column).map(Digest::parse);
  }

  /** A reason of a column that may be null, written by this package. */
  static Optional<Reason> optionalReason(ResultSet row, String column) throws SQLException {
    return optionalText(row, column).map(word -> Reason.ofWord(word).orElse(Reason.INTERNAL));
  }

  private static void bind(PreparedStatement statement, @Nullable Object... arguments)
      throws SQLException {
    for (int i = 0; i < arguments.length; i++) {
      bind(statement, i + 1, arguments[i]);
    }
  }

  private static void bind(PreparedStatement statement, int index, @Nullable Object argument)
      throws SQLException {
    switch (argument) {
      case null -> statement.setNull(index, Types.NULL);
      case Optional<?> optional -> bind(statement, index, optional.orElse(null));
      case Instant instant -> statement.setObject(index, instant.atOffset(ZoneOffset.UTC));
      case Digest digest -> statement.setString(index, digest.hex());
      case Reason reason -> statement.setString(index, reason.word());
      case Status status -> statement.setString(index, status.word());
      case Enum<?> constant -> statement.setString(index, constant.name());
      case byte[] bytes -> statement.setBytes(index, bytes);
      case Object[] array ->
          statement.setArray(index, statement.getConnection().createArrayOf("varchar", array));
      default -> statement.setObject(index, argument);
    }
  }
}
