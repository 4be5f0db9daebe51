package io.towline.hub.store;

import io.towline.hub.store.Enrollments.Claim;
import io.towline.vocabulary.Reason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A pool: what its token lets in, and as what.
 *
 * @param max clusters that may enrol
 * @param used clusters that have, whatever became of them
 * @param waiting those that wait for a person
 * @param namePrefix what every proposed name begins with; empty: anything
 * @param labels that every cluster has, whatever it proposes
 * @param acceptedLabels keys that a cluster may propose; one that ends with an asterisk stands for
 *     every key that begins so
 * @param waits whether each cluster waits until a person accepts it
 */
public record Pool(
    String name,
    Instant created,
    Instant expires,
    int max,
    int used,
    int waiting,
    String namePrefix,
    SortedMap<String, String> labels,
    List<String> acceptedLabels,
    boolean waits) {
  private static final String ANY = "*";

  public Pool {
    labels = new TreeMap<>(labels);
    acceptedLabels = List.copyOf(acceptedLabels);
  }

  /**
   * How a cluster would like to be known; both halves are well-formed.
   *
   * @param name an RFC 1123 label
   * @param labels as Kubernetes has them
   */
  public record Proposal(String name, Map<String, String> labels) {
    public Proposal {
      labels = Map.copyOf(labels);
    }
  }

  /** Why nobody is let in under this proposal; empty if somebody is. Pure. */
  Optional<Claim.Refused> refusal(Proposal proposal, Instant now) {
    if (!expires.isAfter(now)) {
      return refused(
          Reason.JOIN_TOKEN_EXPIRED, "The token of the pool " + name + " expired at " + expires);
    }
    if (used >= max) {
      return refused(
          Reason.POOL_EXHAUSTED, "The pool " + name + " is for " + max + " clusters; all enrolled");
    }
    if (!proposal.name().startsWith(namePrefix)) {
      return refused(
          Reason.PROPOSAL_REFUSED,
          "Clusters of the pool "
              + name
              + " have names that begin with "
              + namePrefix
              + ", not "
              + proposal.name());
    }
    return proposal.labels().keySet().stream()
        .filter(key -> !accepts(key))
        .sorted()
        .findFirst()
        .flatMap(
            key ->
                refused(
                    Reason.PROPOSAL_REFUSED,
                    "The pool "
                        + name
                        + " takes no proposal for the label "
                        + key
                        + (acceptedLabels.isEmpty()
                            ? ", nor for any other"
                            : "; it takes " + String.join(", ", acceptedLabels))));
  }

  private static Optional<Claim.Refused> refused(Reason reason, String message) {
    return Optional.of(new Claim.Refused(reason, message + "."));
  }

  /** A label that the pool itself sets may be proposed: the pool's value wins. */
  private boolean accepts(String key) {
    return labels.containsKey(key)
        || acceptedLabels.stream()
            .anyMatch(
                accepted ->
                    accepted.endsWith(ANY)
                        ? key.startsWith(accepted.substring(0, accepted.length() - ANY.length()))
                        : key.equals(accepted));
  }

  /** The labels of a cluster that enrols with this proposal. */
  SortedMap<String, String> labelsOf(Proposal proposal) {
    SortedMap<String, String> all = new TreeMap<>(proposal.labels());
    all.putAll(labels);
    return all;
  }
}
