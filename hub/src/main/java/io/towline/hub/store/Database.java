package io.towline.hub.store;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Transactions over the hub's database. Thread-safe. */
public final class Database {
  private final DataSource source;

  public Database(DataSource source) {
    this.source = source;
  }

  /** Work inside one transaction. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /**
   * Runs {@code work} in one transaction: committed when it returns, rolled back when it throws.
   *
   * @throws StoreException if the database is away or refuses; the transaction left nothing behind,
   *     unless the connection was lost during the commit
   */
  public <T> T inTransaction(Work<T> work) {
    try (Connection connection = source.getConnection()) {
      boolean automatic = connection.getAutoCommit();
      connection.setAutoCommit(false);
      try {
        T result = work.run(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(automatic);
      }
    } catch (SQLException e) {
      throw new StoreException("The database did not do what was asked: " + e.getMessage(), e);
    }
  }
}
