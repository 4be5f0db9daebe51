package io.towline.hub.rollout;

import io.towline.envelope.Deletion;
import io.towline.envelope.Limits;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
   * @param brakes what is kept as it is although Git could be followed, by bundle; what was listed
   *     for deletion before stays listed
   * @param sequence of the envelope that would carry the plan
   */
  public static ClusterPlan plan(
      List<Assignment> before,
      List<Deletion> pending,
      List<Wish> wishes,
      Function<Assignment, Absence> absence,
      Function<String, Optional<Brake>> brakes,
      long sequence) {
    SortedMap<String, Assignment> had = new TreeMap<>();
    before.forEach(assignment -> had.put(assignment.bundle(), assignment));
    SortedMap<String, Assignment> wanted = braked(had, wanted(had, wishes, absence), brakes);
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
   * Keeps what is braked as it was. Of what has nothing yet, nothing comes; what is being removed
   * goes on being removed, since its deletions are listed already.
   */
  private static SortedMap<String, Assignment> braked(
      SortedMap<String, Assignment> had,
      SortedMap<String, Assignment> wanted,
      Function<String, Optional<Brake>> brakes) {
    SortedMap<String, Assignment> now = new TreeMap<>(wanted);
    Set<String> bundles = new HashSet<>(had.keySet());
    bundles.addAll(wanted.keySet());
    for (String bundle : bundles) {
      Optional<Brake> brake = brakes.apply(bundle);
      if (brake.isPresent()) {
        Optional<Assignment> before = Optional.ofNullable(had.get(bundle));
        Optional<Assignment> next = Optional.ofNullable(wanted.get(bundle));
        now.put(
            bundle,
            before
                .map(last -> kept(last, next, brake.get()))
                .orElseGet(() -> next.orElseThrow().held(Optional.empty(), brake.get().hold())));
      }
    }
    return now;
  }

  private static Assignment kept(Assignment last, Optional<Assignment> next, Brake brake) {
    if (last.removing()) {
      return last;
    }
    Optional<Assignment> same =
        next.filter(one -> !one.removing() && one.content().equals(last.content()));
    return switch (brake) {
      case Brake.Changes changes -> same.orElseGet(() -> last.held(last.content(), changes.hold()));
      case Brake.Everything everything -> same.orElse(last).held(last.content(), everything.hold());
    };
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
