package io.towline.hub.stream;

import io.grpc.StatusRuntimeException;

/** A call of an agent that is open. */
interface AgentCall {
  /** How many calls of this kind one cluster may have. */
  enum Kind {
    /** A newer one ends the older one. */
    FOLLOW,
    /** A newer one ends the older one. */
    REPORT,
    /** Several at once, up to {@link Calls#MAX_FETCHES}. */
    FETCH
  }

  Kind kind();

  /** Ends the call. Idempotent. */
  void end(StatusRuntimeException why);
}
