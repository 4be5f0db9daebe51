package io.towline.hub.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.BodySource;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.Floor;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.PublishedEnvelope;
import io.towline.hub.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody who has the hub's database and none of its keys changes any value of it, one at a time,
 * to another one or to that of another row. What agents are then served is what was signed for
 * their cluster, or they refuse it.
 */
class TamperedDatabaseTest {
  private static final String SECRET = "of-no-use-to-whoever-reads-this";

  /** Rows of one table that are changed. */
  private static final int ROWS = 4;

  @TempDir Path directory;
  private GitFolder git;
  private JourneyFixture hub;
  private KnownCluster alpha;
  private KnownCluster beta;
  private TrustedRoot pinned;
  private final Map<KnownCluster, Set<Digest>> signed = new HashMap<>();

  @BeforeEach
  void publishToTwoClusters() throws Exception {
    git = new GitFolder(directory.resolve("origin"));
    bundle("web", "{}");
    bundle("tools", "{matchLabels: {env: prod}}");
    git.commit("begin");
    hub = new JourneyFixture(directory.resolve("data"), Map.of("fleet", git.url()));
    alpha = hub.store.cluster("alpha");
    beta = hub.store.clusters.register("beta", Map.of("env", "prod"));
    hub.reconcile();
    byte[] first = hub.fleet.rootsAfter(0).getFirst().dsse();
    pinned = RootChain.pinned(first, Dsse.parse(first).digest());
    rememberWhatIsSigned();
    hub.signing.submit(hub.nextRoot(root -> root, false));
    hub.pass();
    rememberWhatIsSigned();
    hub.store.database.inTransaction(
        connection -> connection.createStatement().execute("set referential_integrity false"));
  }

  private void rememberWhatIsSigned() {
    for (KnownCluster cluster : List.of(alpha, beta)) {
      signed
          .computeIfAbsent(cluster, unused -> new HashSet<>())
          .add(serve(cluster).orElseThrow().position().payload());
    }
  }

  @AfterEach
  void close() {
    hub.close();
    git.close();
  }

  @Test
  void whateverIsChangedNothingButWhatWasSignedIsAccepted() throws Exception {
    int changes = 0;
    int refused = 0;
    for (Place place : places()) {
      for (long row : rows(place.table())) {
        for (Object lie : lies(place, row)) {
          Optional<Object> truth = Optional.ofNullable(value(place, row));
          if (!write(place, row, lie)) {
            continue;
          }
          changes++;
          for (KnownCluster cluster : List.of(alpha, beta)) {
            Optional<VerifiedEnvelope> served = serve(cluster);
            refused += served.isEmpty() ? 1 : 0;
            assertThat(served.map(envelope -> envelope.position().payload()))
                .as("%s of row %d became %s", place, row, lie)
                .matches(
                    payload ->
                        payload.isEmpty()
                            || signed.getOrDefault(cluster, Set.of()).contains(payload.get()));
          }
          // Where the column is what tells rows apart, the row has moved.
          assertThat(
                  write(place, row, truth.orElse(null))
                      || (lie instanceof Number moved
                          && write(place, moved.longValue(), truth.orElse(null))))
              .as("%s is put back", place)
              .isTrue();
        }
      }
    }
    assertThat(changes).isGreaterThan(200);
    assertThat(refused).as("changes that were noticed").isPositive();
    assertThat(serve(alpha)).isPresent();
  }

  @Test
  void holdsNoKeyNoTokenAndNoReadableBody() throws Exception {
    String dump =
        hub.store.database.inTransaction(
            connection -> {
              try (ResultSet rows = connection.createStatement().executeQuery("script")) {
                StringBuilder all = new StringBuilder();
                while (rows.next()) {
                  all.append(rows.getString(1)).append('\n');
                }
                return all.toString();
              }
            });

    assertThat(dump).contains("INSERT INTO").doesNotContain(SECRET);
    assertThat(dump.toLowerCase(Locale.ROOT))
        .doesNotContain(HexFormat.of().formatHex(SECRET.getBytes(StandardCharsets.UTF_8)));
    try (var keys = Files.list(directory.resolve("data/keys"))) {
      for (Path key : keys.toList()) {
        byte[] bytes = Files.readAllBytes(key);
        // Of a key in PEM the part that is its own, of any other all of it.
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        String secret =
            text.startsWith("-----")
                ? text.lines().toList().get(1)
                : HexFormat.of().formatHex(bytes);
        assertThat(dump).as(key.toString()).doesNotContainIgnoringCase(secret);
      }
    }
  }

  private void bundle(String name, String clusters) throws Exception {
    git.write(
        name + "/towline.yaml",
        """
        apiVersion: towline.io/v1alpha1
        kind: Bundle
        name: %s
        namespace: %s
        targets:
          - name: all
            clusters: %s
        """
            .formatted(name, name, clusters));
    git.write(
        name + "/secret.yaml",
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: secret}
        stringData: {password: %s}
        """
            .formatted(SECRET));
  }

  /** What an agent that holds nothing and pinned the first root makes of what it is served. */
  private Optional<VerifiedEnvelope> serve(KnownCluster cluster) {
    AgentQueries queries = new AgentQueries(hub.store.database);
    try {
      Optional<PublishedEnvelope> envelope = queries.newestEnvelope(cluster.id());
      if (envelope.isEmpty()) {
        return Optional.empty();
      }
      TrustedRoot root = pinned;
      for (TrustedRoot next :
          RootChain.follow(
              pinned, hub.fleet.rootsAfter(1).stream().map(Fleet.Root::dsse).toList())) {
        root = next;
      }
      BodySource bodies =
          (digest, size) ->
              queries.served(cluster.id(), List.of(digest.hex())).isEmpty()
                  ? Optional.empty()
                  : hub.store.bodies.bytes(digest);
      EnvelopeVerifier verifier = new EnvelopeVerifier(pinned.document().fleet(), cluster.id());
      return Optional.of(
          verifier.verifyBodies(
              verifier.verify(
                  unzipped(envelope.get().dsseGzip()), root, Floor.none(), hub.store.instant()),
              bodies));
    } catch (VerificationException | StoreException | UncheckedIOException refused) {
      return Optional.empty();
    }
  }

  private static byte[] unzipped(byte[] gzip) {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Place(String table, String column) {
    @Override
    public String toString() {
      return table + "." + column;
    }
  }

  private List<Place> places() {
    return query(
        "select table_name, column_name from information_schema.columns where table_schema ="
            + " 'public' and is_identity = 'NO' and table_name not like 'flyway%'"
            + " order by table_name, ordinal_position",
        row -> new Place(row.getString(1), row.getString(2)));
  }

  private List<Long> rows(String table) {
    return query(
        "select _rowid_ from \"" + table + "\" order by 1 limit " + ROWS, row -> row.getLong(1));
  }

  private @Nullable Object value(Place place, long row) {
    return query(
            "select \""
                + place.column()
                + "\" from \""
                + place.table()
                + "\" where _rowid_ = "
                + row,
            found -> Optional.ofNullable(plain(found.getObject(1))))
        .getFirst()
        .orElse(null);
  }

  /** Another value, nothing, and what stands there in other rows. */
  private Set<Object> lies(Place place, long row) {
    Object truth = value(place, row);
    Set<Object> lies = new LinkedHashSet<>();
    if (truth != null) {
      lies.addAll(flipped(truth));
    }
    for (long other : rows(place.table())) {
      Object theirs = value(place, other);
      if (theirs != null && other != row) {
        lies.add(theirs);
      }
    }
    lies.remove(truth);
    return lies;
  }

  private static List<Object> flipped(Object truth) {
    return switch (truth) {
      case Bytes bytes -> List.of(bytes.flipped(0), bytes.flipped(bytes.hex().length() / 2));
      case String text ->
          text.isEmpty()
              ? List.of("x")
              : List.of(
                  (char) (text.charAt(0) ^ 1) + text.substring(1),
                  text.substring(0, text.length() - 1)
                      + (char) (text.charAt(text.length() - 1) ^ 1));
      case Long number -> List.of(number + 1, number - 1, -number, (1L << 53) - 1);
      case Integer number -> List.of(number + 1, -number);
      case Boolean bit -> List.of(!bit);
      case UUID id ->
          List.of(new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() ^ 1));
      case OffsetDateTime time -> List.of(time.plusYears(10), time.minusYears(10));
      default -> throw new IllegalStateException("a type that is new here: " + truth.getClass());
    };
  }

  /** Bytes that are equal if they are alike. */
  private record Bytes(String hex) {
    Bytes flipped(int at) {
      byte[] bytes = bytes();
      bytes[Math.min(at / 2, bytes.length - 1)] ^= 1;
      return new Bytes(HexFormat.of().formatHex(bytes));
    }

    byte[] bytes() {
      return HexFormat.of().parseHex(hex);
    }
  }

  private static @Nullable Object plain(@Nullable Object stored) {
    return stored instanceof byte[] bytes ? new Bytes(HexFormat.of().formatHex(bytes)) : stored;
  }

  /** Returns false if the schema itself does not let it in. */
  private boolean write(Place place, long row, @Nullable Object value) {
    try {
      return hub.store.database.inTransaction(
          connection -> {
            try (var update =
                connection.prepareStatement(
                    "update \""
                        + place.table()
                        + "\" set \""
                        + place.column()
                        + "\" = ? where _rowid_ = "
                        + row)) {
              update.setObject(1, value instanceof Bytes bytes ? bytes.bytes() : value);
              return update.executeUpdate() == 1;
            }
          });
    } catch (StoreException e) {
      return false;
    }
  }

  /** What is made of a row. */
  @FunctionalInterface
  private interface Reading<T> {
    T of(ResultSet row) throws SQLException;
  }

  private <T> List<T> query(String sql, Reading<T> reading) {
    return hub.store.database.inTransaction(
        (Connection connection) -> {
          try (ResultSet rows = connection.createStatement().executeQuery(sql)) {
            List<T> all = new ArrayList<>();
            while (rows.next()) {
              all.add(reading.of(rows));
            }
            return all;
          }
        });
  }
}
