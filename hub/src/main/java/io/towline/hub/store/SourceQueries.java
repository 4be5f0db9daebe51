package io.towline.hub.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads sources for people. Thread-safe; throws {@link StoreException}. */
public final class SourceQueries {
  private static final String COLUMNS =
      "s.name, s.url, s.ref, s.commit_id, s.commits_policy, s.signer, s.refused_commit,"
          + " s.last_success_at, s.last_attempt_at, s.reason, s.message, (select count(*) from bundle b where b.source = s.name and b.declared)"
          + " as bundles";

  private final Database database;

  public SourceQueries(Database database) {
    this.database = database;
  }

  /** A page of the sources, by name. */
  public Page<SourceView> list(PageRequest page) {
    return list(new Selection("source s"), page);
  }

  /** A page of the sources whose last attempt failed or whose declarations have problems. */
  public Page<SourceView> failing(PageRequest page) {
    return list(
        new Selection("source s")
            .where(
                "s.reason is not null or exists (select 1 from problem p where p.source = s.name)"),
        page);
  }

  private Page<SourceView> list(Selection selection, PageRequest page) {
    return database.inTransaction(
        connection -> {
          Page<SourceView> found =
              selection.page(
                  connection, COLUMNS, List.of(SortKey.text("s.name")), page, SourceQueries::read);
          return new Page<>(withProblems(connection, found.items()), found.next(), found.total());
        });
  }

  /** Those of the named sources that exist, in no order. */
  public List<SourceView> named(Collection<String> names) {
    return database.inTransaction(
        connection ->
            withProblems(
                connection,
                new Selection("source s")
                    .among("s.name", List.copyOf(names))
                    .list(connection, COLUMNS, "", SourceQueries::read)));
  }

  public Optional<SourceView> find(String name) {
    return named(List.of(name)).stream().findFirst();
  }

  /** When each source was last taken over well, by name; those that never were are left out. */
  public Map<String, Instant> lastSuccesses() {
    return database
        .inTransaction(
            connection ->
                Sql.list(
                    connection,
                    "select name, last_success_at from source where last_success_at is not null",
                    row -> Map.entry(row.getString(1), Sql.instant(row, "last_success_at"))))
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static List<SourceView> withProblems(Connection connection, List<SourceView> sources)
      throws SQLException {
    if (sources.isEmpty()) {
      return sources;
    }
    Map<String, List<SourceView.StoredProblem>> problems = new HashMap<>();
    new Selection("problem p")
        .among("p.source", sources.stream().map(SourceView::name).toList())
        .list(
            connection,
            "p.source, p.bundle, p.file, p.line, p.col, p.field, p.reason, p.message",
            "order by p.source, p.ordinal",
            row ->
                problems
                    .computeIfAbsent(row.getString("source"), name -> new ArrayList<>())
                    .add(problem(row)));
    return sources.stream()
        .map(source -> source.withProblems(problems.getOrDefault(source.name(), List.of())))
        .toList();
  }

  private static SourceView.StoredProblem problem(ResultSet row) throws SQLException {
    return new SourceView.StoredProblem(
        row.getString("bundle"),
        row.getString("file"),
        row.getInt("line"),
        row.getInt("col"),
        row.getString("field"),
        row.getString("reason"),
        row.getString("message"));
  }

  private static SourceView read(ResultSet row) throws SQLException {
    return new SourceView(
        row.getString("name"),
        row.getString("url"),
        row.getString("ref"),
        Sql.optionalText(row, "commit_id"),
        row.getString("commits_policy"),
        Sql.optionalText(row, "signer").orElse(""),
        Sql.optionalText(row, "refused_commit").orElse(""),
        Sql.optionalInstant(row, "last_success_at"),
        Sql.optionalInstant(row, "last_attempt_at"),
        Sql.optionalText(row, "reason"),
        Sql.optionalText(row, "message").orElse(""),
        List.of(),
        row.getInt("bundles"));
  }
}
