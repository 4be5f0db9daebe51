package io.towline.hub.store;

import com.fasterxml.jackson.core.type.TypeReference;
import io.towline.hub.store.TargetQueries.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Reads divergences for people. Thread-safe; throws {@link StoreException}. */
public final class DriftQueries {
  /** A divergence by its cluster and its id. */
  public record Name(String cluster, String id) {}

  private static final TypeReference<List<DriftLog.StoredField>> FIELDS_JSON =
      new TypeReference<>() {};

  private static final Map<String, String> FIELDS =
      Map.of(
          "bundle", "d.bundle",
          "cluster", "c.name",
          "manager", "d.manager",
          "action", "d.action");

  private static final String FROM = "drift d join cluster c on c.id = d.cluster_id";

  private static final String COLUMNS =
      "c.name as cluster, d.id, d.bundle, d.api_version, d.kind, d.namespace, d.name, d.operation,"
          + " d.manager, d.fields, d.changed_at, d.observed_at, d.action, d.message";

  private static final List<SortKey> NEWEST_FIRST =
      List.of(
          SortKey.instant("d.observed_at").reversed(),
          SortKey.text("c.name"),
          SortKey.text("d.id"));

  private final Database database;

  public DriftQueries(Database database) {
    this.database = database;
  }

  /**
   * A page of the divergences that match, newest first.
   *
   * @param openOnly only those that still differ: reported, or not corrected
   */
  public Page<DriftView> list(Scope scope, Filter filter, boolean openOnly, PageRequest page) {
    Selection selection = new Selection(FROM).matching(filter, FIELDS, "");
    scope.bundle().ifPresent(bundle -> selection.where("d.bundle = ?", bundle));
    scope.cluster().ifPresent(cluster -> selection.where("c.name = ?", cluster));
    if (openOnly) {
      selection.where("d.action in ('reported', 'failed')");
    }
    return database.inTransaction(
        connection -> selection.page(connection, COLUMNS, NEWEST_FIRST, page, DriftQueries::read));
  }

  /** Those of the named divergences that exist and match, in no order. */
  public List<DriftView> named(Collection<Name> names, Filter filter) {
    return database.inTransaction(
        connection ->
            new Selection(FROM)
                .matching(filter, FIELDS, "")
                .among("d.id", names.stream().map(Name::id).distinct().toList())
                .among(
                    "c.name || '/' || d.id",
                    names.stream().map(n -> n.cluster() + "/" + n.id()).toList())
                .list(connection, COLUMNS, "", DriftQueries::read));
  }

  private static DriftView read(ResultSet row) throws SQLException {
    return new DriftView(
        row.getString("cluster"),
        row.getString("id"),
        row.getString("bundle"),
        row.getString("api_version"),
        row.getString("kind"),
        row.getString("namespace"),
        row.getString("name"),
        row.getString("operation"),
        row.getString("manager"),
        Json.read(row.getString("fields"), FIELDS_JSON).stream()
            .map(field -> new DriftView.Change(field.path(), field.old(), field.to()))
            .toList(),
        Sql.instant(row, "changed_at"),
        Sql.instant(row, "observed_at"),
        row.getString("action"),
        row.getString("message"));
  }
}
