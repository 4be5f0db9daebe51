package io.towline.hub.store;

import io.towline.hub.git.FirstSights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The signatures of commits that were found good. Thread-safe; throws {@link StoreException}. */
public final class CommitSignatures implements FirstSights {
  private final Database database;

  public CommitSignatures(Database database) {
    this.database = database;
  }

  @Override
  public Optional<String> fingerprint(String source, String object) {
    return database.inTransaction(
        connection ->
            Sql.one(
                connection,
                "select fingerprint from commit_signature where source = ? and object_id = ?",
                row -> row.getString(1),
                source,
                object));
  }

  @Override
  public void remember(List<Sight> sights) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (Sight sight : sights) {
      rows.add(
          new @Nullable Object[] {
            sight.source(),
            sight.object(),
            sight.signer().name(),
            sight.signer().fingerprint(),
            sight.at()
          });
    }
    database.inTransaction(
        connection -> {
          Sql.batch(
              connection,
              "insert into commit_signature (source, object_id, signer, fingerprint,"
                  + " first_seen_at) values (?, ?, ?, ?, ?) on conflict do nothing",
              rows);
          return true;
        });
  }
}
