package io.towline.agent.observe;

import io.towline.agent.apply.ObjectProblem;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What the agent saw of its cluster, for the report. Nothing in it is secret. */
public sealed interface Observation {
  /** Objects that a target's state names at most. */
  int MAX_PROBLEMS = 20;

  /** Fields that a drift names at most. */
  int MAX_FIELDS = 50;

  /** Characters of a message at most. */
  int MAX_MESSAGE = 2048;

  /**
   * The state of one bundle on this cluster; the newest one of a bundle replaces the older ones.
   *
   * @param reason empty when Ready
   * @param message nothing that varies with time, so that equal states are equal
   * @param problems worst first
   * @param objects how many the envelope asks for
   * @param current how many of them are applied and healthy
   * @param sequence of the envelope
   * @param desiredManifest what the envelope asks for
   * @param appliedManifest the newest manifest that was applied whole
   */
  record TargetState(
      String bundle,
      Status status,
      Optional<Reason> reason,
      String message,
      List<ObjectProblem> problems,
      int objects,
      int current,
      long sequence,
      Digest desiredManifest,
      Optional<Digest> appliedManifest,
      Instant observed)
      implements Observation {
    public TargetState {
      Objects.requireNonNull(status);
      problems = problems.stream().limit(MAX_PROBLEMS).toList();
      message = shortened(message, MAX_MESSAGE);
    }

    /** Whether it says the same, whenever it was observed. */
    boolean saysTheSameAs(TargetState other) {
      return withObserved(Instant.EPOCH).equals(other.withObserved(Instant.EPOCH));
    }

    private TargetState withObserved(Instant when) {
      return new TargetState(
          bundle,
          status,
          reason,
          message,
          problems,
          objects,
          current,
          sequence,
          desiredManifest,
          appliedManifest,
          when);
    }
  }

  /** A bundle is no longer asked for. */
  record TargetGone(String bundle, Instant observed) implements Observation {}

  /**
   * One divergence of a live object from what was applied.
   *
   * @param id stable while the divergence lasts; a repeat replaces
   * @param manager the field manager that wrote it; empty if that cannot be known
   * @param fields empty when the object was deleted
   * @param changed as managedFields says, otherwise as seen
   * @param action what was done about it
   * @param message why a correction failed; otherwise empty
   */
  record Drift(
      String id,
      String bundle,
      ObjectRef object,
      Operation operation,
      String manager,
      List<FieldChange> fields,
      Instant changed,
      Instant observed,
      Action action,
      String message)
      implements Observation {
    public Drift {
      fields = fields.stream().limit(MAX_FIELDS).toList();
      message = shortened(message, MAX_MESSAGE);
    }
  }

  /** How the other manager wrote. */
  enum Operation {
    UPDATE("Update"),
    APPLY("Apply"),
    DELETE("Delete");

    private final String word;

    Operation(String word) {
      this.word = word;
    }

    /** As Kubernetes spells it. */
    public String word() {
      return word;
    }
  }

  /** What was done about a divergence. */
  enum Action {
    /** The object was brought back. */
    CORRECTED,
    /** It is only reported, as the bundle's policy says. */
    REPORTED,
    /** Bringing it back was refused, or is fought by someone. */
    FAILED,
    /** It is gone without Towline's doing. */
    RESOLVED
  }

  /**
   * One field that differs.
   *
   * @param path as a JSON pointer
   * @param old as applied, JSON; masked where it is secret
   * @param found as it is now, JSON; empty: the field was removed
   */
  record FieldChange(String path, String old, String found) {
    /** Characters of a value at most. */
    public static final int MAX_VALUE = 1024;

    public FieldChange {
      old = shortened(old, MAX_VALUE);
      found = shortened(found, MAX_VALUE);
    }
  }

  /**
   * A deletion that the statement lists was carried out, or need not be.
   *
   * @param how in one word: deleted, absent, foreign, unknown, kept, handed_over
   */
  record DeletionDone(Deletion deletion, String how, Instant observed) implements Observation {}

  private static String shortened(String text, int limit) {
    return text.length() <= limit ? text : text.substring(0, limit - 1) + "…";
  }
}
