package io.towline.hub.rollout;

import io.towline.envelope.Deletion;
import java.util.List;

/**
 * What shall be true of one cluster.
 *
 * @param assignments all of its targets, in the order of their names
 * @param deletions all that it has to delete
 * @param listed those of them that are new
 * @param unlisted pending ones that are no longer wanted, since the object is wanted again
 */
public record ClusterPlan(
    List<Assignment> assignments,
    List<Deletion> deletions,
    List<Deletion> listed,
    List<Deletion> unlisted) {
  public ClusterPlan {
    assignments = List.copyOf(assignments);
    deletions = List.copyOf(deletions);
    listed = List.copyOf(listed);
    unlisted = List.copyOf(unlisted);
  }
}
