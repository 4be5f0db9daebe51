package io.towline.hub.store;

import io.towline.vocabulary.Connection;
import io.towline.vocabulary.Status;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One bundle on one cluster as people see it.
 *
 * @param status with the cluster's connection counted in
 * @param lastKnownStatus as if the cluster were online
 * @param reason a word; empty when there is none
 * @param message what is said about the last known status
 * @param desiredSigner of the desired commit; empty when signatures are not asked for
 * @param sequence of the envelope that first carried what is desired
 * @param problems worst first
 * @param envelopeDigest payload digest of the cluster's newest envelope; empty: none
 */
public record TargetView(
    String bundle,
    String cluster,
    SortedMap<String, String> clusterLabels,
    Connection connection,
    Status status,
    Status lastKnownStatus,
    String reason,
    String message,
    Instant changedAt,
    Optional<Instant> observedAt,
    String desiredRevision,
    String desiredCommit,
    String desiredSigner,
    String appliedRevision,
    long sequence,
    String envelopeDigest,
    String matchedTarget,
    List<String> matchedOverrides,
    boolean removing,
    List<StoredProblem> problems,
    int objects,
    int objectsCurrent) {

  /** One object that keeps a target from being Ready. */
  public record StoredProblem(
      String apiVersion,
      String kind,
      String namespace,
      String name,
      String reason,
      String message) {}

  public TargetView {
    clusterLabels = new TreeMap<>(clusterLabels);
    matchedOverrides = List.copyOf(matchedOverrides);
    problems = List.copyOf(problems);
  }
}
