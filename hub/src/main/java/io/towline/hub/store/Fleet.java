package io.towline.hub.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Which fleet this is, and the roots that its agents trust. Thread-safe. */
public final class Fleet {
  /** Roots that are handed out in one go, as the agents' API states. */
  public static final int MAX_ROOTS = 256;

  private final Database database;
  private final InstantSource clock;

  public Fleet(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * The fleet.
   *
   * @param epoch of the sequences that envelopes carry now
   */
  public record Identity(UUID id, long epoch) {}

  /** A signed root document. Immutable: nobody may change the array. */
  public static final class Root {
    private final long version;
    private final byte[] dsse;

    public Root(long version, byte[] dsse) {
      this.version = version;
      this.dsse = dsse;
    }

    /** Its version, from 1. */
    public long version() {
      return version;
    }

    /** Its DSSE envelope as JSON. */
    public byte[] dsse() {
      return dsse;
    }
  }

  /** The fleet of this database; empty before its first start. */
  public Optional<Identity> identity() {
    return database.inTransaction(Fleet::identity);
  }

  private static Optional<Identity> identity(Connection connection) throws SQLException {
    return Sql.one(
        connection,
        "select id, epoch from fleet",
        row -> new Identity(row.getObject("id", UUID.class), row.getLong("epoch")));
  }

  /**
   * Founds the fleet with its first root, in one transaction.
   *
   * @throws IllegalStateException if there is one
   */
  public Identity found(Identity identity, Root first) {
    return database.inTransaction(
        connection -> {
          if (identity(connection).isPresent()) {
            throw new IllegalStateException("The database holds a fleet already");
          }
          Sql.update(
              connection,
              "insert into fleet (id, epoch, created_at) values (?, ?, ?)",
              identity.id(),
              identity.epoch(),
              clock.instant());
          insert(connection, first);
          return identity;
        });
  }

  /** How adding a root went. */
  public enum Added {
    /** It is the newest now. */
    STORED,
    /** It was there already. */
    KNOWN,
    /** Another one of its version, or a newer one, is there, or one in between is missing. */
    OVERTAKEN
  }

  /**
   * Adds the next root, and takes over its epoch; repeating it changes nothing. That it follows
   * from the newest one is for the caller to know.
   *
   * @param epoch the root's
   */
  public Added add(Root root, long epoch) {
    return database.inTransaction(
        connection -> {
          // Whoever adds one waits here for whoever else does.
          Sql.one(connection, "select id from fleet for update", row -> row.getString(1));
          Optional<byte[]> known =
              Sql.one(
                  connection,
                  "select dsse from root where version = ?",
                  row -> row.getBytes("dsse"),
                  root.version());
          if (known.isPresent()) {
            return Arrays.equals(known.get(), root.dsse()) ? Added.KNOWN : Added.OVERTAKEN;
          }
          if (Sql.number(connection, "select max(version) from root") != root.version() - 1) {
            return Added.OVERTAKEN;
          }
          insert(connection, root);
          Sql.update(connection, "update fleet set epoch = ?", epoch);
          return Added.STORED;
        });
  }

  private void insert(Connection connection, Root root) throws SQLException {
    Sql.update(
        connection,
        "insert into root (version, dsse, created_at) values (?, ?, ?) on conflict do nothing",
        root.version(),
        root.dsse(),
        clock.instant());
  }

  /** Roots above a version, oldest first, at most {@link #MAX_ROOTS}. */
  public List<Root> rootsAfter(long version) {
    return database.inTransaction(
        connection ->
            Sql.list(
                connection,
                "select version, dsse from root where version > ? order by version limit ?",
                row -> new Root(row.getLong("version"), row.getBytes("dsse")),
                version,
                MAX_ROOTS));
  }
}
