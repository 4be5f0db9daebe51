package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.JoinToken;
import io.towline.envelope.OfflineToken;
import io.towline.envelope.PoolToken;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.Enrollments;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Pool;
import io.towline.hub.store.Pools;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;

/**
 * Registers clusters and makes their join tokens. A cluster is named by a person and gets an id of
 * the hub's; the secret in its token is given out once, and only its hash is kept. Thread-safe.
 */
public final class Registration {
  /** Labels of one cluster. */
  public static final int MAX_LABELS = 64;

  /** The longest life of a join token. */
  public static final Duration MAX_TOKEN_LIFE = Duration.ofHours(24);

  /** Clusters of one pool. */
  public static final int MAX_OF_A_POOL = 10_000;

  private static final Duration MIN_TOKEN_LIFE = Duration.ofMinutes(1);
  private static final int SECRET_BYTES = 32;
  private static final int MAX_RECIPIENTS = 16;
  private static final Pattern RECIPIENT = Pattern.compile("age1[a-z0-9]{58}");

  /** RFC 1123 label, as Kubernetes has it. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  /** Kubernetes: an optional DNS subdomain as prefix, then a name. */
  private static final Pattern LABEL_KEY =
      Pattern.compile(
          "([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?");

  private static final Pattern LABEL_VALUE =
      Pattern.compile("([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?");

  private final Clusters clusters;
  private final Enrollments enrollments;
  private final Pools pools;
  private final Fleet fleet;
  private final Authorities authorities;
  private final AgentsSettings settings;
  private final IntSupplier port;
  private final SecureRandom random;
  private final InstantSource time;

  /**
   * @param port where the agents' server listens, asked for when the advertised address names none
   */
  public Registration(
      Clusters clusters,
      Enrollments enrollments,
      Pools pools,
      Fleet fleet,
      Authorities authorities,
      AgentsSettings settings,
      IntSupplier port,
      SecureRandom random,
      InstantSource time) {
    this.clusters = clusters;
    this.enrollments = enrollments;
    this.pools = pools;
    this.fleet = fleet;
    this.authorities = authorities;
    this.settings = settings;
    this.port = port;
    this.random = random;
    this.time = time;
  }

  /** What a registration gives. */
  public record Registered(KnownCluster cluster, JoinToken token) {}

  /**
   * Registers a cluster. A cluster that has this name already gets these labels and a new token; a
   * token that was out is void, and an agent that has enrolled goes on until the new one is used.
   *
   * @param life of the token; empty: as configured
   * @throws RegistrationException if the name or a label is not a Kubernetes one, or the life is
   *     not one that a token can have
   * @throws io.towline.hub.store.StoreException if the database is away
   */
  public Registered register(String name, Map<String, String> labels, Optional<Duration> life) {
    check(name, labels);
    Duration checked = checked(life);
    return token(clusters.register(name, labels), checked, false);
  }

  /** What a registration of a cluster gives whose agent never calls. */
  public record Offline(KnownCluster cluster, OfflineToken token) {}

  /**
   * Registers a cluster whose agent never calls, or makes a registered one such a cluster. The
   * token is always the same one and holds no secret; one that was out is void.
   *
   * @param recipients whom secrets can be sealed for so that it opens them; empty: as before
   * @throws RegistrationException if the name or a label is not a Kubernetes one, or a recipient is
   *     not one of age
   */
  public Offline registerOffline(String name, Map<String, String> labels, List<String> recipients) {
    check(name, labels);
    if (recipients.size() > MAX_RECIPIENTS
        || !recipients.stream().allMatch(one -> RECIPIENT.matcher(one).matches())) {
      throw new RegistrationException(
          "seal_recipients",
          "Recipients are those that an agent shows, age1 and 58 more characters, and at most "
              + MAX_RECIPIENTS
              + ".");
    }
    KnownCluster cluster = clusters.register(name, labels);
    enrollments.offline(cluster, recipients);
    return new Offline(
        cluster, new OfflineToken(fleetId(), cluster.id(), cluster.name(), firstRoot()));
  }

  /**
   * A new token for a cluster that is registered; one that was out is void.
   *
   * @param life of the token; empty: as configured
   * @param revoke whether the agent that has enrolled is cut off now, and not when the token is
   *     used
   * @param rebuilt whether the next agent may run in another cluster than the one that enrolled:
   *     the cluster was built anew
   * @throws RegistrationException if the life is not one that a token can have
   */
  public Registered rotate(
      KnownCluster cluster, Optional<Duration> life, boolean revoke, boolean rebuilt) {
    Duration checked = checked(life);
    if (revoke) {
      enrollments.revoke(cluster);
    }
    return token(cluster, checked, rebuilt);
  }

  /**
   * What a pool shall be.
   *
   * @param max clusters that may enrol
   * @param labels that every one of them has
   * @param acceptedLabels keys that they may propose, or prefixes of keys with an asterisk
   * @param namePrefix what the names that they propose begin with
   * @param waits whether each waits until a person accepts it
   */
  public record NewPool(
      String name,
      int max,
      Map<String, String> labels,
      List<String> acceptedLabels,
      String namePrefix,
      boolean waits) {
    public NewPool {
      labels = Map.copyOf(labels);
      acceptedLabels = List.copyOf(acceptedLabels);
    }
  }

  /**
   * Makes a pool.
   *
   * @param life of its token; empty: as configured
   * @return empty if there is one of that name, or too many
   * @throws RegistrationException if something of it is not what a pool can have
   */
  public Optional<PoolToken> register(NewPool pool, Optional<Duration> life) {
    check("pool_id", pool.name(), pool.labels());
    check(pool);
    Instant now = time.instant();
    Instant expires = now.plus(checked(life)).truncatedTo(ChronoUnit.SECONDS);
    String secret = secret();
    boolean added =
        pools.add(
            new Pool(
                pool.name(),
                now,
                expires,
                pool.max(),
                0,
                0,
                pool.namePrefix(),
                new TreeMap<>(pool.labels()),
                pool.acceptedLabels(),
                pool.waits()),
            Digest.of(secret.getBytes(StandardCharsets.UTF_8)));
    return added
        ? Optional.of(
            new PoolToken(
                address(),
                authorities.pins(),
                fleetId(),
                pool.name(),
                firstRoot(),
                expires,
                secret))
        : Optional.empty();
  }

  private static void check(NewPool pool) {
    if (pool.max() < 1 || pool.max() > MAX_OF_A_POOL) {
      throw new RegistrationException(
          "max_clusters",
          "A pool is for 1 to " + MAX_OF_A_POOL + " clusters, not " + pool.max() + ".");
    }
    if (!pool.namePrefix().isEmpty() && !NAME.matcher(pool.namePrefix() + "0").matches()) {
      throw new RegistrationException(
          "name_prefix", "No cluster's name can begin with \"" + pool.namePrefix() + "\".");
    }
    if (pool.acceptedLabels().size() > MAX_LABELS) {
      throw new RegistrationException(
          "accepted_labels", "A pool accepts at most " + MAX_LABELS + " labels.");
    }
    for (String accepted : pool.acceptedLabels()) {
      // What an asterisk stands for makes a key of the prefix before it.
      String key =
          accepted.endsWith("*") ? accepted.substring(0, accepted.length() - 1) + "x" : accepted;
      if (!LABEL_KEY.matcher(key).matches()) {
        throw new RegistrationException(
            "accepted_labels", "\"" + accepted + "\" is not a Kubernetes label key.");
      }
    }
  }

  private String secret() {
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private Registered token(KnownCluster cluster, Duration life, boolean rebuilt) {
    String secret = secret();
    Instant expires = time.instant().plus(life).truncatedTo(ChronoUnit.SECONDS);
    enrollments.offer(
        cluster, Digest.of(secret.getBytes(StandardCharsets.UTF_8)), expires, rebuilt);
    return new Registered(
        cluster,
        new JoinToken(
            address(),
            authorities.pins(),
            fleetId(),
            cluster.id(),
            cluster.name(),
            firstRoot(),
            expires,
            secret));
  }

  private UUID fleetId() {
    return fleet
        .identity()
        .orElseThrow(() -> new IllegalStateException("The fleet is not founded"))
        .id();
  }

  private Digest firstRoot() {
    return Dsse.parse(fleet.rootsAfter(0).getFirst().dsse()).digest();
  }

  private Duration checked(Optional<Duration> life) {
    Duration wanted = life.orElseGet(settings::joinTokenLife);
    if (wanted.compareTo(MIN_TOKEN_LIFE) < 0 || wanted.compareTo(MAX_TOKEN_LIFE) > 0) {
      throw new RegistrationException(
          "ttl", "A join token lives from one minute to 24 hours, not " + wanted + ".");
    }
    return wanted;
  }

  /** The advertised address with its port. */
  private String address() {
    String advertised = settings.advertisedAddress().strip();
    boolean hasPort = advertised.indexOf(':', advertised.lastIndexOf(']') + 1) >= 0;
    return hasPort ? advertised : advertised + ":" + port.getAsInt();
  }

  /**
   * Refuses what no cluster can be called or labelled.
   *
   * @throws RegistrationException that says what is wrong
   */
  static void check(String name, Map<String, String> labels) {
    check("cluster_id", name, labels);
  }

  private static void check(String field, String name, Map<String, String> labels) {
    if (!NAME.matcher(name).matches()) {
      throw new RegistrationException(
          field,
          "A name is an RFC 1123 label: at most 63 of a-z, 0-9 and -, beginning and"
              + " ending with a letter or digit.");
    }
    if (labels.size() > MAX_LABELS) {
      throw new RegistrationException("labels", "A cluster has at most " + MAX_LABELS + " labels.");
    }
    labels.forEach(
        (key, value) -> {
          if (!LABEL_KEY.matcher(key).matches()) {
            throw new RegistrationException(
                "labels", "\"" + key + "\" is not a Kubernetes label key.");
          }
          if (!LABEL_VALUE.matcher(value).matches()) {
            throw new RegistrationException(
                "labels." + key, "The label " + key + " has a value that Kubernetes refuses.");
          }
        });
  }
}
