package io.towline.hub.store;

import io.towline.vocabulary.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Reads clusters for people. Thread-safe; throws {@link StoreException}. */
public final class ClusterQueries {
  /** How clusters can be sorted. */
  public enum Order {
    NAME,
    LAST_SEEN
  }

  static final String LABEL =
      "exists (select 1 from cluster_label l where l.cluster_id = c.id and l.label_key = ?"
          + " and l.label_value = any(?))";

  private static final Map<String, String> FIELDS =
      Map.of("name", "c.name", "connection", "c.connection");

  private static final String FROM =
      "cluster c left join envelope e on e.cluster_id = c.id and not exists ("
          + "select 1 from envelope later where later.cluster_id = e.cluster_id"
          + " and (later.epoch > e.epoch or later.epoch = e.epoch and later.sequence > e.sequence))";

  private static final String COLUMNS =
      "c.id, c.name, coalesce(c.git_labels, c.registered_labels) as labels,"
          + " c.git_labels is not null as from_git, c.connection, c.last_seen_at, c.agent_version,"
          + " c.kubernetes_version, c.clock_skew_millis, c.held_sequence, c.created_at, c.cordon,"
          + " (select max(k.expires_at) from agent_key k where k.cluster_id = c.id)"
          + " as certificate_expires_at,"
          + " e.epoch as newest_epoch, e.sequence as newest_sequence, e.expires_at,"
          + " c.verdict_reason, c.verdict_message, c.verdict_sequence, c.seal_recipients,"
          + " c.pool, c.waits, c.offline";

  private final Database database;

  public ClusterQueries(Database database) {
    this.database = database;
  }

  /** A page of the clusters that match. */
  public Page<ClusterView> list(Filter filter, Order order, boolean descending, PageRequest page) {
    SortKey first =
        switch (order) {
          case NAME -> SortKey.text("c.name");
          case LAST_SEEN -> SortKey.time("c.last_seen_at");
        };
    SortKey sorted = descending ? first.reversed() : first;
    List<SortKey> keys =
        order == Order.NAME ? List.of(sorted) : List.of(sorted, SortKey.text("c.name"));
    return database.inTransaction(
        connection -> {
          Page<ClusterView> found =
              new Selection(FROM)
                  .matching(filter, FIELDS, LABEL)
                  .page(connection, COLUMNS, keys, page, ClusterQueries::read);
          return new Page<>(withTargets(connection, found.items()), found.next(), found.total());
        });
  }

  /** Those of the named clusters that exist and match, in no order. */
  public List<ClusterView> named(Collection<String> names, Filter filter) {
    return database.inTransaction(
        connection ->
            withTargets(
                connection,
                new Selection(FROM)
                    .among("c.name", List.copyOf(names))
                    .matching(filter, FIELDS, LABEL)
                    .list(connection, COLUMNS, "", ClusterQueries::read)));
  }

  public Optional<ClusterView> find(String name) {
    return named(List.of(name), Filter.ALL).stream().findFirst();
  }

  /** How many clusters there are by connection; all four are present. */
  public Map<Connection, Integer> countByConnection() {
    Map<Connection, Integer> counts = new EnumMap<>(Connection.class);
    for (Connection connection : Connection.values()) {
      counts.put(connection, 0);
    }
    database
        .inTransaction(
            connection ->
                Sql.list(
                    connection,
                    "select connection, count(*) from cluster group by connection",
                    row -> Map.entry(Connection.valueOf(row.getString(1)), row.getInt(2))))
        .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
    return counts;
  }

  /** One cluster for metrics: whether and when it was heard of. */
  public record Contact(String name, Connection connection, Optional<Instant> lastSeenAt) {}

  /** Every cluster's contact, in no order. */
  public List<Contact> contacts() {
    return database.inTransaction(
        connection ->
            Sql.list(
                connection,
                "select name, connection, last_seen_at from cluster",
                row ->
                    new Contact(
                        row.getString("name"),
                        Connection.valueOf(row.getString("connection")),
                        Sql.optionalInstant(row, "last_seen_at"))));
  }

  /** The offline cluster that was heard of longest ago. */
  public Optional<ClusterView> oldestOffline() {
    return database
        .inTransaction(
            connection ->
                Sql.one(
                    connection,
                    "select name from cluster where connection = 'OFFLINE'"
                        + " order by last_seen_at, name limit 1",
                    row -> row.getString(1)))
        .flatMap(this::find);
  }

  private static List<ClusterView> withTargets(
      java.sql.Connection connection, List<ClusterView> clusters) throws SQLException {
    if (clusters.isEmpty()) {
      return clusters;
    }
    Map<String, Map<String, Integer>> counts = new HashMap<>();
    new Selection(StatusSql.TARGETS)
        .among("c.name", clusters.stream().map(ClusterView::name).toList())
        .list(
            connection,
            "c.name, " + StatusSql.EFFECTIVE + " as status, count(*)",
            "group by 1, 2",
            row ->
                counts
                    .computeIfAbsent(row.getString(1), name -> new HashMap<>())
                    .put(row.getString(2), row.getInt(3)));
    return clusters.stream()
        .map(cluster -> cluster.withTargets(counts.getOrDefault(cluster.name(), Map.of())))
        .toList();
  }

  private static ClusterView read(ResultSet row) throws SQLException {
    Optional<ClusterView.Newest> newest =
        Sql.optionalInstant(row, "expires_at").isEmpty()
            ? Optional.empty()
            : Optional.of(
                new ClusterView.Newest(
                    row.getLong("newest_epoch"),
                    row.getLong("newest_sequence"),
                    Sql.instant(row, "expires_at")));
    long refused = row.getLong("verdict_sequence");
    Optional<ClusterView.Refusal> refusal =
        Sql.optionalText(row, "verdict_reason")
            .filter(reason -> newest.isPresent() && newest.get().sequence() == refused)
            .map(reason -> new ClusterView.Refusal(reason, message(row)));
    long skew = row.getLong("clock_skew_millis");
    Optional<Duration> clockSkew =
        row.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(skew));
    return new ClusterView(
        row.getObject("id", UUID.class),
        row.getString("name"),
        Json.map(row.getString("labels")),
        row.getBoolean("from_git"),
        Connection.valueOf(row.getString("connection")),
        Sql.optionalInstant(row, "last_seen_at"),
        Sql.optionalText(row, "agent_version"),
        Sql.optionalText(row, "kubernetes_version"),
        clockSkew,
        row.getLong("held_sequence"),
        Sql.instant(row, "created_at"),
        newest,
        refusal,
        Sql.optionalInstant(row, "certificate_expires_at"),
        Sql.optionalText(row, "cordon"),
        Map.of(),
        SealRecipients.split(Sql.optionalText(row, "seal_recipients")),
        Sql.optionalText(row, "pool"),
        row.getBoolean("waits"),
        row.getBoolean("offline"));
  }

  private static String message(ResultSet row) {
    try {
      return Sql.optionalText(row, "verdict_message").orElse("");
    } catch (SQLException e) {
      throw new StoreException("A column cannot be read", e);
    }
  }
}
