package io.towline.hub.store;

import io.towline.vocabulary.Status;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads bundles for people. Thread-safe; throws {@link StoreException}. */
public final class BundleQueries {
  private static final String FROM =
      "(select b.*, greatest(case when b.reason is null then "
          + Status.READY.rank()
          + " else "
          + Status.FAILED.rank()
          + " end, coalesce((select max("
          + StatusSql.rank(StatusSql.EFFECTIVE)
          + ") from "
          + StatusSql.TARGETS
          + " where t.bundle = b.name), "
          + Status.READY.rank()
          + ")) as worst from bundle b) b";

  private static final Map<String, String> FIELDS =
      Map.of("name", "b.name", "source", "b.source", "status", wordOfRank("b.worst"));

  private static final String COLUMNS =
      "b.name, b.source, b.path, b.commit_id, b.revision, b.labels, b.worst, b.reason, b.message,"
          + " b.declared, b.updated_at";

  private final Database database;

  public BundleQueries(Database database) {
    this.database = database;
  }

  /** A page of the bundles that match, by name. */
  public Page<BundleView> list(Filter filter, boolean descending, PageRequest page) {
    SortKey name = SortKey.text("b.name");
    return database.inTransaction(
        connection -> {
          Page<BundleView> found =
              select(filter)
                  .page(
                      connection,
                      COLUMNS,
                      List.of(descending ? name.reversed() : name),
                      page,
                      BundleQueries::read);
          return new Page<>(withTargets(connection, found.items()), found.next(), found.total());
        });
  }

  /** Those of the named bundles that exist and match, in no order. */
  public List<BundleView> named(Collection<String> names, Filter filter) {
    return database.inTransaction(
        connection ->
            withTargets(
                connection,
                select(filter)
                    .among("b.name", List.copyOf(names))
                    .list(connection, COLUMNS, "", BundleQueries::read)));
  }

  public Optional<BundleView> find(String name) {
    return named(List.of(name), Filter.ALL).stream().findFirst();
  }

  /** Names of all bundles, sorted. */
  public List<String> names() {
    return database.inTransaction(
        connection ->
            Sql.list(connection, "select name from bundle order by name", row -> row.getString(1)));
  }

  /** Labels are a JSON object without white space: {@code "key":"value"} stands in it or not. */
  private static Selection select(Filter filter) {
    List<Filter.Term> terms = new ArrayList<>();
    Selection selection = new Selection(FROM);
    for (Filter.Term term : filter.terms()) {
      switch (term.field()) {
        case Filter.Field.Named named -> terms.add(term);
        case Filter.Field.Label key -> label(selection, key.key(), term);
      }
    }
    return selection.matching(new Filter(terms), FIELDS, "");
  }

  private static void label(Selection selection, String key, Filter.Term term) {
    List<String> alternatives = new ArrayList<>();
    List<Object> patterns = new ArrayList<>();
    for (String value : term.values()) {
      alternatives.add("b.labels like ? escape '!'");
      String member = Json.write(Map.of(key, value));
      patterns.add("%" + escaped(member.substring(1, member.length() - 1)) + "%");
    }
    selection.where(
        (term.negated() ? "not " : "") + "(" + String.join(" or ", alternatives) + ")",
        patterns.toArray());
  }

  private static String escaped(String text) {
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
  }

  private static String wordOfRank(String rank) {
    StringBuilder cases = new StringBuilder("case " + rank);
    for (Status status : Status.values()) {
      cases.append(" when ").append(status.rank()).append(" then '").append(status.word());
      cases.append('\'');
    }
    return cases.append(" end").toString();
  }

  private static List<BundleView> withTargets(Connection connection, List<BundleView> bundles)
      throws SQLException {
    if (bundles.isEmpty()) {
      return bundles;
    }
    Map<String, Map<String, Integer>> counts = new HashMap<>();
    new Selection(StatusSql.TARGETS)
        .among("t.bundle", bundles.stream().map(BundleView::name).toList())
        .list(
            connection,
            "t.bundle, " + StatusSql.EFFECTIVE + " as effective, count(*)",
            "group by 1, 2",
            row ->
                counts
                    .computeIfAbsent(row.getString(1), name -> new HashMap<>())
                    .put(row.getString(2), row.getInt(3)));
    return bundles.stream()
        .map(bundle -> bundle.withTargets(counts.getOrDefault(bundle.name(), Map.of())))
        .toList();
  }

  private static BundleView read(ResultSet row) throws SQLException {
    int worst = row.getInt("worst");
    Status status = Status.READY;
    for (Status candidate : Status.values()) {
      if (candidate.rank() == worst) {
        status = candidate;
      }
    }
    return new BundleView(
        row.getString("name"),
        row.getString("source"),
        row.getString("path"),
        row.getString("commit_id"),
        row.getString("revision"),
        Json.map(row.getString("labels")),
        status,
        Sql.optionalText(row, "reason"),
        Sql.optionalText(row, "message").orElse(""),
        row.getBoolean("declared"),
        Sql.instant(row, "updated_at"),
        Map.of());
  }
}
