package io.towline.hub.store;

import com.fasterxml.jackson.core.type.TypeReference;
import io.towline.vocabulary.Connection;
import io.towline.vocabulary.Status;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads targets for people. Thread-safe; throws {@link StoreException}. */
public final class TargetQueries {
  /** How targets can be sorted. */
  public enum Order {
    NAME,
    /** Worst first. */
    STATUS,
    OBSERVED
  }

  /** Which targets: of one bundle, of one cluster, of both, or all. */
  public record Scope(Optional<String> bundle, Optional<String> cluster) {
    public static final Scope ALL = new Scope(Optional.empty(), Optional.empty());
  }

  /** A target by its bundle and its cluster. */
  public record Name(String bundle, String cluster) {}

  private static final TypeReference<List<TargetView.StoredProblem>> PROBLEMS =
      new TypeReference<>() {};

  static final Map<String, String> FIELDS =
      Map.of(
          "bundle",
          "t.bundle",
          "cluster",
          "c.name",
          "status",
          StatusSql.EFFECTIVE,
          "reason",
          StatusSql.REASON);

  private static final String COLUMNS =
      "t.bundle, c.name as cluster, coalesce(c.git_labels, c.registered_labels) as labels,"
          + " c.connection, "
          + StatusSql.EFFECTIVE
          + " as effective, t.status, "
          + StatusSql.REASON
          + " as reason, t.message, t.changed_at, t.observed_at, t.desired_revision,"
          + " t.desired_commit, t.signer, t.applied_revision, t.sequence, t.matched_target,"
          + " t.matched_overrides, t.removing, t.problems, t.objects, t.objects_current,"
          + " (select e.payload_sha256 from envelope e where e.cluster_id = c.id"
          + " order by e.epoch desc, e.sequence desc limit 1) as envelope";

  private final Database database;

  public TargetQueries(Database database) {
    this.database = database;
  }

  /** A page of the targets that match. */
  public Page<TargetView> list(
      Scope scope, Filter filter, Order order, boolean descending, PageRequest page) {
    List<SortKey> keys = new ArrayList<>();
    switch (order) {
      case NAME -> {}
      case STATUS -> keys.add(SortKey.number(StatusSql.rank(StatusSql.EFFECTIVE)).reversed());
      case OBSERVED -> keys.add(SortKey.time("t.observed_at"));
    }
    keys.add(SortKey.text("t.bundle"));
    keys.add(SortKey.text("c.name"));
    if (descending) {
      keys.set(0, keys.getFirst().reversed());
      if (order == Order.NAME) {
        keys.set(1, keys.get(1).reversed());
      }
    }
    return database.inTransaction(
        connection ->
            select(scope, filter).page(connection, COLUMNS, keys, page, TargetQueries::read));
  }

  /** Those of the named targets that exist and match, in no order. */
  public List<TargetView> named(Collection<Name> names, Filter filter) {
    // A pair as one text: neither a bundle's nor a cluster's name holds a slash.
    List<String> pairs = names.stream().map(n -> n.bundle() + "/" + n.cluster()).toList();
    List<String> bundles = names.stream().map(Name::bundle).distinct().toList();
    return database.inTransaction(
        connection ->
            select(Scope.ALL, filter)
                .among("t.bundle", bundles)
                .among("t.bundle || '/' || c.name", pairs)
                .list(connection, COLUMNS, "", TargetQueries::read));
  }

  public Optional<TargetView> find(Name name) {
    return named(List.of(name), Filter.ALL).stream().findFirst();
  }

  /** How many of the targets that match there are by status; all nine are present. */
  public Map<Status, Integer> countByStatus(Filter filter) {
    Map<Status, Integer> counts = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      counts.put(status, 0);
    }
    database
        .inTransaction(
            connection ->
                select(Scope.ALL, filter)
                    .list(
                        connection,
                        StatusSql.EFFECTIVE + " as effective, count(*)",
                        "group by 1",
                        row -> Map.entry(status(row.getString(1)), row.getInt(2))))
        .forEach(entry -> counts.merge(entry.getKey(), entry.getValue(), Integer::sum));
    return counts;
  }

  /** How many targets each bundle has by status; words without any are left out. */
  public Map<String, Map<Status, Integer>> countByBundle() {
    Map<String, Map<Status, Integer>> counts = new HashMap<>();
    database.inTransaction(
        connection ->
            select(Scope.ALL, Filter.ALL)
                .list(
                    connection,
                    "t.bundle, " + StatusSql.EFFECTIVE + " as effective, count(*)",
                    "group by 1, 2",
                    row ->
                        counts
                            .computeIfAbsent(
                                row.getString(1), bundle -> new EnumMap<>(Status.class))
                            .put(status(row.getString(2)), row.getInt(3))));
    return counts;
  }

  /** How many bundles have a target that is on its way to what Git says. */
  public int bundlesInProgress() {
    return database.inTransaction(
        connection ->
            (int)
                Sql.number(
                    connection,
                    "select count(distinct t.bundle) from "
                        + StatusSql.TARGETS
                        + " where "
                        + StatusSql.EFFECTIVE
                        + " = ?",
                    Status.PROGRESSING));
  }

  private static Selection select(Scope scope, Filter filter) {
    Selection selection =
        new Selection(StatusSql.TARGETS).matching(filter, FIELDS, ClusterQueries.LABEL);
    scope.bundle().ifPresent(bundle -> selection.where("t.bundle = ?", bundle));
    scope.cluster().ifPresent(cluster -> selection.where("c.name = ?", cluster));
    return selection;
  }

  private static Status status(String word) {
    return Status.ofWord(word)
        .orElseThrow(() -> new StoreException("The database holds no status: " + word, null));
  }

  private static TargetView read(ResultSet row) throws SQLException {
    return new TargetView(
        row.getString("bundle"),
        row.getString("cluster"),
        Json.map(row.getString("labels")),
        Connection.valueOf(row.getString("connection")),
        status(row.getString("effective")),
        status(row.getString("status")),
        row.getString("reason"),
        Sql.optionalText(row, "message").orElse(""),
        Sql.instant(row, "changed_at"),
        Sql.optionalInstant(row, "observed_at"),
        row.getString("desired_revision"),
        row.getString("desired_commit"),
        row.getString("signer"),
        row.getString("applied_revision"),
        row.getLong("sequence"),
        Sql.optionalText(row, "envelope").orElse(""),
        row.getString("matched_target"),
        Json.list(row.getString("matched_overrides")),
        row.getBoolean("removing"),
        Json.read(row.getString("problems"), PROBLEMS),
        row.getInt("objects"),
        row.getInt("objects_current"));
  }
}
