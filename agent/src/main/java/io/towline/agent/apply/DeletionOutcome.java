package io.towline.agent.apply;

import io.towline.envelope.Deletion;
import io.towline.vocabulary.Reason;

/** What became of a deletion that the statement lists. */
public sealed interface DeletionOutcome {
  Deletion deletion();

  /** It is finished and may be acknowledged. */
  record Done(Deletion deletion, How how) implements DeletionOutcome {}

  /** The object waits for its finalizers; it is looked at again, ever more slowly. */
  record Pending(Deletion deletion) implements DeletionOutcome {}

  /** It was refused or could not be tried; it is tried again by itself. */
  record Failed(Deletion deletion, Reason reason, String message) implements DeletionOutcome {}

  /** Why a deletion is finished. */
  enum How {
    /** The object was deleted. */
    DELETED,
    /** The object was not there any more. */
    ABSENT,
    /** The object of that name is not the one that Towline applied. */
    FOREIGN,
    /** Towline never applied such an object, as far as its inventory goes. */
    UNKNOWN,
    /** The kind or the bundle's policy protects it: it stays, and is Towline's no longer. */
    KEPT,
    /** Another bundle, or this one again, has the object. */
    HANDED_OVER
  }
}
