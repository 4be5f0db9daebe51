package io.towline.hub.store;

import com.fasterxml.jackson.core.type.TypeReference;
import io.towline.envelope.BundleEntry;
import io.towline.envelope.Digest;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.SourceInfo;
import io.towline.hub.store.TargetState.Held;
import io.towline.hub.store.TargetState.Judged;
import io.towline.hub.store.TargetState.ObjectProblem;
import io.towline.hub.store.TargetState.Reported;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The targets of the fleet. Thread-safe. */
public final class Targets {
  private static final TypeReference<List<StoredProblem>> PROBLEMS = new TypeReference<>() {};

  private final Database database;

  public Targets(Database database) {
    this.database = database;
  }

  /** All targets of the fleet, by cluster. */
  public Map<UUID, List<TargetState>> all() {
    return database.inTransaction(
        connection -> {
          Map<UUID, List<TargetState>> byCluster = new HashMap<>();
          for (TargetState target :
              Sql.list(connection, "select * from target order by bundle", Targets::read)) {
            byCluster.computeIfAbsent(target.cluster(), id -> new ArrayList<>()).add(target);
          }
          return byCluster;
        });
  }

  /** The targets of one cluster, in the order of their bundles' names. */
  public List<TargetState> of(UUID cluster) {
    return database.inTransaction(connection -> of(connection, cluster));
  }

  static List<TargetState> of(Connection connection, UUID cluster) throws SQLException {
    return Sql.list(
        connection,
        "select * from target where cluster_id = ? order by bundle",
        Targets::read,
        cluster);
  }

  /** Writes one target: what it was before does not matter. */
  static void put(Connection connection, TargetState target, Instant now) throws SQLException {
    int updated =
        Sql.update(
            connection,
            "update target set matched_target = ?, matched_overrides = ?, desired_commit = ?,"
                + " desired_revision = ?, desired_manifest = ?, desired_size = ?, source = ?,"
                + " repo = ?, ref = ?, path = ?, signer = ?, tools = ?, desired_since = ?,"
                + " sequence = ?, hub_reason = ?, hub_message = ?, removing = ?,"
                + " reported_status = ?, reported_reason = ?, reported_message = ?,"
                + " reported_manifest = ?, applied_manifest = ?, applied_revision = ?,"
                + " problems = ?, objects = ?, objects_current = ?, observed_at = ?,"
                + " changed_at = case when status = ? then changed_at else ? end,"
                + " status = ?, reason = ?, message = ? where bundle = ? and cluster_id = ?",
            arguments(target, now, true));
    if (updated == 0) {
      Sql.update(
          connection,
          "insert into target (matched_target, matched_overrides, desired_commit,"
              + " desired_revision, desired_manifest, desired_size, source, repo, ref, path,"
              + " signer, tools, desired_since, sequence, hub_reason, hub_message, removing,"
              + " reported_status, reported_reason, reported_message, reported_manifest,"
              + " applied_manifest, applied_revision, problems, objects, objects_current,"
              + " observed_at, changed_at, status, reason, message, bundle, cluster_id)"
              + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
              + " ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          arguments(target, now, false));
    }
  }

  static boolean delete(Connection connection, String bundle, UUID cluster) throws SQLException {
    return Sql.update(
            connection, "delete from target where bundle = ? and cluster_id = ?", bundle, cluster)
        > 0;
  }

  private static Object[] arguments(TargetState target, Instant now, boolean update) {
    Optional<BundleEntry> desired = target.desired();
    Optional<SourceInfo> source = desired.map(BundleEntry::source);
    Optional<Reported> reported = target.reported();
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                target.matchedTarget(),
                Json.write(target.matchedOverrides()),
                source.map(SourceInfo::commit).orElse(""),
                desired.map(BundleEntry::revision).orElse(""),
                desired.map(BundleEntry::manifest),
                desired.map(BundleEntry::manifestSize).orElse(0L),
                source.map(SourceInfo::name).orElse(""),
                source.map(SourceInfo::repo).orElse(""),
                source.map(SourceInfo::ref).orElse(""),
                source.map(SourceInfo::path).orElse(""),
                source.map(SourceInfo::signer).orElse(""),
                Json.write(desired.map(BundleEntry::renderTools).orElse(List.of())),
                target.desiredSince(),
                target.sequence(),
                target.held().map(Held::reason),
                target.held().map(Held::message),
                target.removing(),
                reported.map(Reported::status),
                reported.flatMap(Reported::reason),
                reported.map(Reported::message),
                reported.flatMap(Reported::manifest),
                reported.flatMap(Reported::applied),
                reported.flatMap(Reported::applied).map(BundleRevision::of).orElse(""),
                Json.write(reported.map(Targets::problems).orElse(List.of())),
                reported.map(Reported::objects).orElse(0),
                reported.map(Reported::objectsCurrent).orElse(0),
                reported.map(Reported::observedAt)));
    if (update) {
      arguments.add(target.judged().status());
    }
    arguments.addAll(
        List.of(
            now,
            target.judged().status(),
            target.judged().reason(),
            target.judged().message(),
            target.bundle(),
            target.cluster()));
    return arguments.toArray();
  }

  static TargetState read(ResultSet row) throws SQLException {
    return new TargetState(
        row.getString("bundle"),
        row.getObject("cluster_id", UUID.class),
        row.getString("matched_target"),
        Json.list(row.getString("matched_overrides")),
        desired(row),
        Sql.instant(row, "desired_since"),
        row.getLong("sequence"),
        held(row),
        row.getBoolean("removing"),
        reported(row),
        new Judged(
            status(row.getString("status")),
            Sql.optionalReason(row, "reason"),
            Sql.optionalText(row, "message").orElse("")));
  }

  private static Optional<BundleEntry> desired(ResultSet row) throws SQLException {
    Optional<Digest> manifest = Sql.optionalDigest(row, "desired_manifest");
    if (manifest.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new BundleEntry(
            row.getString("bundle"),
            row.getString("desired_revision"),
            new SourceInfo(
                row.getString("source"),
                row.getString("repo"),
                row.getString("ref"),
                row.getString("desired_commit"),
                row.getString("path"),
                row.getString("signer")),
            Json.list(row.getString("tools")),
            manifest.get(),
            row.getLong("desired_size")));
  }

  private static Optional<Held> held(ResultSet row) throws SQLException {
    Optional<Reason> reason = Sql.optionalReason(row, "hub_reason");
    String message = Sql.optionalText(row, "hub_message").orElse("");
    return reason.map(word -> new Held(word, message));
  }

  private static Optional<Reported> reported(ResultSet row) throws SQLException {
    Optional<String> status = Sql.optionalText(row, "reported_status");
    if (status.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Reported(
            status(status.get()),
            Sql.optionalReason(row, "reported_reason"),
            Sql.optionalText(row, "reported_message").orElse(""),
            Sql.optionalDigest(row, "reported_manifest"),
            Sql.optionalDigest(row, "applied_manifest"),
            Json.read(row.getString("problems"), PROBLEMS).stream()
                .map(StoredProblem::problem)
                .toList(),
            row.getInt("objects"),
            row.getInt("objects_current"),
            Sql.instant(row, "observed_at")));
  }

  private static Status status(String word) {
    return Status.ofWord(word)
        .orElseThrow(() -> new StoreException("A status of the database is unknown", null));
  }

  private static List<StoredProblem> problems(Reported reported) {
    return reported.problems().stream().map(StoredProblem::of).toList();
  }

  /** The JSON of one entry of the column {@code problems}. */
  record StoredProblem(
      String apiVersion,
      String kind,
      String namespace,
      String name,
      String reason,
      String message) {
    static StoredProblem of(ObjectProblem problem) {
      ObjectRef object = problem.object();
      return new StoredProblem(
          object.apiVersion(),
          object.kind(),
          object.namespace(),
          object.name(),
          problem.reason(),
          problem.message());
    }

    ObjectProblem problem() {
      return new ObjectProblem(new ObjectRef(apiVersion, kind, namespace, name), reason, message);
    }
  }
}
