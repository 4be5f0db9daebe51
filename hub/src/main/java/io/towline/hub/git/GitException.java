package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.util.Optional;

/** A repository could not be read as asked. The message names the place and carries no secret. */
public final class GitException extends RuntimeException {
  private final Reason reason;
  private final Optional<String> commit;

  public GitException(Reason reason, String message) {
    super(message);
    this.reason = reason;
    this.commit = Optional.empty();
  }

  public GitException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.commit = Optional.empty();
  }

  /** Of a commit, or a tag, that was fetched and is not taken. */
  GitException(Reason reason, String message, String commit) {
    super(message);
    this.reason = reason;
    this.commit = Optional.of(commit);
  }

  GitException(Reason reason, String message, String commit, Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.commit = Optional.of(commit);
  }

  /** Why, for the source's status. */
  public Reason reason() {
    return reason;
  }

  /**
   * The commit, or the tag, that was fetched well and is not taken, in full; empty when the failure
   * is of something else. Fetching again brings the same.
   */
  public Optional<String> commit() {
    return commit;
  }
}
