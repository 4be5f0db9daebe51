package io.towline.agent.apply;

import io.towline.envelope.Digest;
import io.towline.envelope.ObjectIdentity;
import io.towline.vocabulary.Reason;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What one pass came to for one bundle.
 *
 * @param sequence of the envelope
 * @param manifest what the envelope asks for
 * @param objects how many objects that is
 * @param confirmed how many of them the API server has answered, in this pass or before
 * @param problems the objects that were refused, in the order of the plan; all others are confirmed
 *     or still to come
 * @param outcome what the pass came to as a whole
 */
public record AppliedBundle(
    String bundle,
    long sequence,
    Digest manifest,
    int objects,
    int confirmed,
    List<ObjectProblem> problems,
    Outcome outcome) {

  public AppliedBundle {
    Objects.requireNonNull(bundle);
    Objects.requireNonNull(manifest);
    problems = List.copyOf(problems);
  }

  /** What a pass came to for a bundle. */
  public sealed interface Outcome {
    /** Every object is confirmed. */
    record Whole() implements Outcome {}

    /**
     * At least one object was refused or cannot be tried yet; it is tried again by itself.
     *
     * @param message for people: nothing secret, nothing that varies with time
     */
    record Incomplete(Reason reason, String message) implements Outcome {}

    /** Nothing was tried: a bundle that it depends on is not ready. */
    record Waiting(String dependency) implements Outcome {}

    /**
     * Not everything was tried: objects of earlier waves are not ready. Its listener rings when
     * they are.
     *
     * @param wave that comes next
     * @param awaited what is not ready
     */
    record Held(int wave, Set<ObjectIdentity> awaited) implements Outcome {
      public Held {
        awaited = Set.copyOf(awaited);
      }
    }

    /**
     * Nothing was tried: a person suspended it.
     *
     * @param why who, until when and for what reason, for people
     */
    record Suspended(String why) implements Outcome {}

    /** Nothing was tried: the cluster's owner lets the agent read alone. */
    record Withheld() implements Outcome {}

    /** The bundle was left in the middle, for a newer envelope or at the end of the process. */
    record Interrupted() implements Outcome {}
  }

  /** Whether all of the manifest is applied. */
  public boolean whole() {
    return outcome instanceof Outcome.Whole;
  }

  /** The worst reason; empty if there is none. */
  public Optional<Reason> reason() {
    return switch (outcome) {
      case Outcome.Whole w -> Optional.empty();
      case Outcome.Incomplete i -> Optional.of(i.reason());
      case Outcome.Waiting w -> Optional.of(Reason.DEPENDENCY_NOT_READY);
      case Outcome.Held h -> Optional.of(Reason.WAVE_NOT_READY);
      case Outcome.Suspended s -> Optional.of(Reason.SUSPENDED);
      case Outcome.Withheld w -> Optional.of(Reason.READ_ONLY);
      case Outcome.Interrupted i -> Optional.empty();
    };
  }
}
