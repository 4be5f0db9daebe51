package io.towline.hub.store;

import io.towline.vocabulary.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A cluster as people see it.
 *
 * @param labels that count
 * @param labelsFromGit whether a Cluster file decides them
 * @param newest its newest envelope
 * @param refusal why its agent refused that envelope
 * @param certificateExpiresAt end of its agent's newest certificate; empty: it has none
 * @param cordon why it is held back, empty text where no one said; empty: it is not
 * @param pool that it came with; empty: a person registered it
 * @param waits whether it waits for a person to accept it
 * @param targets how many targets it has, by status word; words without any are left out
 * @param offline whether its agent never calls
 */
public record ClusterView(
    UUID id,
    String name,
    SortedMap<String, String> labels,
    boolean labelsFromGit,
    Connection connection,
    Optional<Instant> lastSeenAt,
    Optional<String> agentVersion,
    Optional<String> kubernetesVersion,
    Optional<Duration> clockSkew,
    long heldSequence,
    Instant createdAt,
    Optional<Newest> newest,
    Optional<Refusal> refusal,
    Optional<Instant> certificateExpiresAt,
    Optional<String> cordon,
    Map<String, Integer> targets,
    List<String> sealRecipients,
    Optional<String> pool,
    boolean waits,
    boolean offline) {

  /** The newest envelope of a cluster. */
  public record Newest(long epoch, long sequence, Instant expiresAt) {}

  /** An envelope that the agent refused; the reason is a word. */
  public record Refusal(String reason, String message) {}

  public ClusterView {
    labels = new TreeMap<>(labels);
    targets = Map.copyOf(targets);
    sealRecipients = List.copyOf(sealRecipients);
  }

  ClusterView withTargets(Map<String, Integer> counts) {
    return new ClusterView(
        id,
        name,
        labels,
        labelsFromGit,
        connection,
        lastSeenAt,
        agentVersion,
        kubernetesVersion,
        clockSkew,
        heldSequence,
        createdAt,
        newest,
        refusal,
        certificateExpiresAt,
        cordon,
        counts,
        sealRecipients,
        pool,
        waits,
        offline);
  }
}
