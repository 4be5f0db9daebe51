package io.towline.agent.observe;

/**
 * How a live object is doing, in kstatus' terms.
 *
 * @param message for people, nothing that varies with time; empty when current
 */
record Health(State state, String message) {
  enum State {
    /** As asked for, and ready. */
    CURRENT,
    /** On its way there. */
    IN_PROGRESS,
    /** It will not get there by itself. */
    FAILED,
    /** Being deleted. */
    TERMINATING
  }

  static final Health CURRENT = new Health(State.CURRENT, "");

  static Health inProgress(String message) {
    return new Health(State.IN_PROGRESS, message);
  }

  static Health failed(String message) {
    return new Health(State.FAILED, message);
  }

  boolean isCurrent() {
    return state == State.CURRENT;
  }
}
