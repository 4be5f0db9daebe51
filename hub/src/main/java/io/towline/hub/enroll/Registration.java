package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.JoinToken;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.KnownCluster;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;

/**
 * Registers clusters. A cluster is named by a person, gets an id of the hub's, and is told apart
 * from all others by the secret in its join token, which is given out once and not kept.
 * Thread-safe.
 */
public final class Registration {
  /** Labels of one cluster. */
  public static final int MAX_LABELS = 64;

  /** RFC 1123 label, as Kubernetes has it. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  /** Kubernetes: an optional DNS subdomain as prefix, then a name. */
  private static final Pattern LABEL_KEY =
      Pattern.compile(
          "([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?");

  private static final Pattern LABEL_VALUE =
      Pattern.compile("([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?");

  private final Clusters clusters;
  private final Fleet fleet;
  private final Credentials credentials;
  private final AgentsTls tls;
  private final AgentsSettings settings;
  private final IntSupplier port;

  /**
   * @param port where the agents' server listens, asked for when the advertised address names none
   */
  public Registration(
      Clusters clusters,
      Fleet fleet,
      Credentials credentials,
      AgentsTls tls,
      AgentsSettings settings,
      IntSupplier port) {
    this.clusters = clusters;
    this.fleet = fleet;
    this.credentials = credentials;
    this.tls = tls;
    this.settings = settings;
    this.port = port;
  }

  /** What a registration gives. */
  public record Registered(KnownCluster cluster, JoinToken token) {}

  /**
   * Registers a cluster. A cluster that has this name already gets these labels and a new token;
   * its older one is void from then on, so whoever calls this has to cut its streams.
   *
   * @throws RegistrationException if the name or a label is not a Kubernetes one
   * @throws io.towline.hub.store.StoreException if the database is away
   */
  public Registered register(String name, Map<String, String> labels) {
    check(name, labels);
    Fleet.Identity identity =
        fleet.identity().orElseThrow(() -> new IllegalStateException("The fleet is not founded"));
    List<Fleet.Root> roots = fleet.rootsAfter(0);
    Digest root = Dsse.parse(roots.getFirst().dsse()).digest();
    String secret = credentials.newSecret();
    KnownCluster cluster =
        clusters.register(name, labels, Digest.of(secret.getBytes(StandardCharsets.UTF_8)));
    return new Registered(
        cluster,
        new JoinToken(
            address(), new Digest(tls.pin()), identity.id(), cluster.id(), name, root, secret));
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
