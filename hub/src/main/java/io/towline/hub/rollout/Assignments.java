package io.towline.hub.rollout;

import io.towline.envelope.Deletion;
import io.towline.envelope.Limits;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Plans one cluster: who gets what, what stays as it was and why, and what has to be deleted. Pure:
 * equal inputs give equal plans.
 */
public final class Assignments {
  private Assignments() {}

  /**
   * Plans one cluster.
   *
   * @param before what its newest envelope gives it
   * @param pending what it still has to delete
   * @param wishes what Git says, at most one of a bundle
   * @param absence judges what {@code before} has and {@code wishes} has not
   * @param sequence of the envelope that would carry the plan
   */
  public static ClusterPlan plan(
      List<Assignment> before,
      List<Deletion> pending,
      List<Wish> wishes,
      Function<Assignment, Absence> absence,
      long sequence) {
    SortedMap<String, Assignment> had = new TreeMap<>();
    before.forEach(assignment -> had.put(assignment.bundle(), assignment));
    SortedMap<String, Assignment> wanted = wanted(had, wishes, absence);
    if (wanted.equals(had)) {
      return new ClusterPlan(List.copyOf(had.values()), pending, List.of(), List.of());
    }
    SortedMap<String, Assignment> settled = Settlement.settle(had, wanted);
    ClusterPlan plan = DeletionPlan.complete(had, settled, pending, sequence);
    if (plan.deletions().size() > Limits.DELETIONS) {
      return asBefore(had, settled, pending);
    }
    return plan;
  }

  /**
   * Plans a cluster that a person holds back: what it has stays, and every difference to what Git
   * says waits. Deletions that were listed before stay listed.
   */
  public static ClusterPlan cordoned(
      List<Assignment> before,
      List<Deletion> pending,
      List<Wish> wishes,
      Function<Assignment, Absence> absence,
      Hold cordon) {
    SortedMap<String, Assignment> had = new TreeMap<>();
    before.forEach(assignment -> had.put(assignment.bundle(), assignment));
    SortedMap<String, Assignment> wanted = wanted(had, wishes, absence);
    SortedMap<String, Assignment> kept = new TreeMap<>();
    had.forEach(
        (bundle, assignment) -> {
          Assignment next = wanted.get(bundle);
          boolean same =
              assignment.removing()
                  || (next != null
                      && !next.removing()
                      && next.content().equals(assignment.content()));
          Assignment stays = next == null || assignment.removing() ? assignment : next;
          kept.put(bundle, same ? stays : assignment.held(assignment.content(), cordon));
        });
    wanted.forEach(
        (bundle, next) ->
            kept.computeIfAbsent(bundle, name -> next.held(Optional.empty(), cordon)));
    return new ClusterPlan(List.copyOf(kept.values()), pending, List.of(), List.of());
  }

  private static SortedMap<String, Assignment> wanted(
      SortedMap<String, Assignment> had, List<Wish> wishes, Function<Assignment, Absence> absence) {
    SortedMap<String, Assignment> wanted = new TreeMap<>();
    for (Wish wish : wishes) {
      Optional<Content> last =
          Optional.ofNullable(had.get(wish.bundle())).flatMap(Assignment::content);
      wanted.put(wish.bundle(), of(wish, last));
    }
    for (Assignment assignment : had.values()) {
      if (!wanted.containsKey(assignment.bundle())) {
        absent(assignment, absence).ifPresent(stays -> wanted.put(assignment.bundle(), stays));
      }
    }
    return wanted;
  }

  private static Assignment of(Wish wish, Optional<Content> last) {
    return switch (wish.offer()) {
      case Wish.Rendered rendered ->
          new Assignment(
              wish.bundle(),
              wish.matchedTarget(),
              wish.matchedOverrides(),
              last.filter(rendered.content()::sameAs).or(() -> Optional.of(rendered.content())),
              Optional.empty(),
              false);
      case Wish.Failed failed ->
          new Assignment(
              wish.bundle(),
              wish.matchedTarget(),
              wish.matchedOverrides(),
              last,
              Optional.of(failed.hold()),
              false);
    };
  }

  private static Optional<Assignment> absent(
      Assignment assignment, Function<Assignment, Absence> absence) {
    if (assignment.removing()) {
      return Optional.of(assignment);
    }
    return switch (absence.apply(assignment)) {
      case Absence.Left left ->
          assignment.content().map(content -> Assignment.removing(assignment.bundle()));
      case Absence.Stays stays -> Optional.of(assignment.held(assignment.content(), stays.hold()));
      case Absence.Unread unread -> Optional.of(assignment);
    };
  }

  /** More deletions than one envelope lists: nothing changes until the cluster caught up. */
  private static ClusterPlan asBefore(
      SortedMap<String, Assignment> had,
      SortedMap<String, Assignment> settled,
      List<Deletion> pending) {
    Hold hold =
        new Hold(
            Reason.LIMIT_EXCEEDED,
            "The cluster has more objects to delete than one envelope lists; it changes when it"
                + " has deleted them.");
    List<Assignment> kept = new ArrayList<>();
    for (Assignment assignment : had.values()) {
      Assignment next = settled.get(assignment.bundle());
      kept.add(
          assignment.equals(next) || assignment.removing()
              ? assignment
              : assignment.held(assignment.content(), hold));
    }
    return new ClusterPlan(kept, pending, List.of(), List.of());
  }
}
