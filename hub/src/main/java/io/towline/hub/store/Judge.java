package io.towline.hub.store;

import io.towline.hub.store.TargetState.Judged;
import io.towline.vocabulary.Reason;
import java.util.Optional;

/** Decides what a target is from what is known of it; a later step owns the rules. */
@FunctionalInterface
public interface Judge {
  /**
   * What the cluster says as a whole.
   *
   * @param refusal why its agent refused the newest envelope; empty if it did not
   */
  record ClusterWord(Optional<Refusal> refusal) {}

  /**
   * An envelope that the agent refused.
   *
   * @param sequence of the refused envelope
   */
  record Refusal(Reason reason, String message, long sequence) {}

  /**
   * Judges one target. Pure: no clock, no state.
   *
   * @param deletionsPending objects of this bundle that the cluster still has to delete
   */
  Judged judge(TargetState target, int deletionsPending, ClusterWord cluster);
}
