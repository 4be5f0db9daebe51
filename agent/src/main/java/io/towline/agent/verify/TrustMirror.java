package io.towline.agent.verify;

import java.util.Optional;

/**
 * A second place for what must never go down: a Secret beside the agent, so that a new pod with an
 * empty volume cannot be rolled back. Owned by this step; {@code app} joins it to the cluster.
 */
public interface TrustMirror {
  /** What a mirror shows. */
  sealed interface Reading {
    /**
     * There is a record.
     *
     * @param text as it was written, or as somebody changed it
     * @param version what {@link #write} has to name to replace it
     */
    record Present(String text, String version) implements Reading {}

    /** There is none. One that was emptied is present, and damaged. */
    record Absent() implements Reading {}

    /** The agent may not look. */
    record Denied(String message) implements Reading {}
  }

  /**
   * Reads the mirror.
   *
   * @throws MirrorException if the API server does not answer
   */
  Reading read() throws MirrorException, InterruptedException;

  /**
   * Replaces the record of that version; empty: creates it where there is none.
   *
   * @return the new version
   * @throws MirrorException {@code CHANGED} if it is another version by now
   */
  String write(String text, Optional<String> version) throws MirrorException, InterruptedException;

  /** The mirror was not read or not written. */
  final class MirrorException extends Exception {
    /** What kept it. */
    public enum Kind {
      /** The API server does not answer; later it may. */
      UNAVAILABLE,
      /** The agent's account lacks the right. */
      DENIED,
      /** Somebody else wrote in between. */
      CHANGED
    }

    private final Kind kind;

    public MirrorException(Kind kind, String message) {
      super(message);
      this.kind = kind;
    }

    /** What kept it. */
    public Kind kind() {
      return kind;
    }
  }
}
