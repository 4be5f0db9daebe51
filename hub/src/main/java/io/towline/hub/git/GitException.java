package io.towline.hub.git;

import io.towline.vocabulary.Reason;

/** A repository could not be read as asked. The message names the place and carries no secret. */
public final class GitException extends RuntimeException {
  private final Reason reason;

  public GitException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public GitException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why, for the source's status. */
  public Reason reason() {
    return reason;
  }
}
