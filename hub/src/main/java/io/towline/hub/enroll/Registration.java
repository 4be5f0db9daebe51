package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.JoinToken;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.Enrollments;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.KnownCluster;
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

  private static final Duration MIN_TOKEN_LIFE = Duration.ofMinutes(1);
  private static final int SECRET_BYTES = 32;

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
      Fleet fleet,
      Authorities authorities,
      AgentsSettings settings,
      IntSupplier port,
      SecureRandom random,
      InstantSource time) {
    this.clusters = clusters;
    this.enrollments = enrollments;
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

  private Registered token(KnownCluster cluster, Duration life, boolean rebuilt) {
    Fleet.Identity identity =
        fleet.identity().orElseThrow(() -> new IllegalStateException("The fleet is not founded"));
    List<Fleet.Root> roots = fleet.rootsAfter(0);
    Digest root = Dsse.parse(roots.getFirst().dsse()).digest();
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Instant expires = time.instant().plus(life).truncatedTo(ChronoUnit.SECONDS);
    enrollments.offer(
        cluster, Digest.of(secret.getBytes(StandardCharsets.UTF_8)), expires, rebuilt);
    return new Registered(
        cluster,
        new JoinToken(
            address(),
            authorities.pins(),
            identity.id(),
            cluster.id(),
            cluster.name(),
            root,
            expires,
            secret));
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

  private static void check(String name, Map<String, String> labels) {
    if (!NAME.matcher(name).matches()) {
      throw new RegistrationException(
          "cluster_id",
          "A cluster's name is an RFC 1123 label: at most 63 of a-z, 0-9 and -, beginning and"
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
