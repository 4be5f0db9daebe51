package io.towline.hub.stream;

import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.Heartbeat;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.hub.store.KnownCluster;

/**
 * Takes what agents say of their clusters. Called on virtual threads, for one cluster by at most
 * two calls at a time (its Follow and its Report). Messages were checked against the limits that
 * the API states; what they mean was not. A {@link io.towline.hub.store.StoreException} ends the
 * call as UNAVAILABLE, and the agent tries again.
 */
public interface ReportSink {
  /**
   * The cluster opened its envelope stream: it lives, and says what it is and what it holds. Called
   * before the newest envelope is read, so that what this publishes is what the agent gets.
   * Idempotent.
   */
  void followed(KnownCluster cluster, FollowRequest request);

  /**
   * The cluster opened its report stream.
   *
   * @return what is stored of that incarnation, and whether the hub wants everything anew
   */
  Standing hello(KnownCluster cluster, ReportHello hello);

  /** The cluster lives. Idempotent. */
  void heartbeat(KnownCluster cluster, Heartbeat heartbeat);

  /**
   * Stores a batch in one transaction; it must be stored when this returns, for it is acknowledged
   * then. Called in the order of numbers, without gaps; a number that {@link Standing} covered
   * never comes again.
   */
  Standing batch(KnownCluster cluster, long incarnation, ReportBatch batch);

  /**
   * Where the hub stands with an incarnation of an agent.
   *
   * @param lastNumber highest stored batch number; 0: none
   * @param fullStateWanted whether the agent shall send everything anew
   */
  record Standing(long lastNumber, boolean fullStateWanted) {
    public Standing {
      if (lastNumber < 0) {
        throw new IllegalArgumentException("lastNumber: " + lastNumber);
      }
    }
  }
}
