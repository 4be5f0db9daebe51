package io.towline.agent.stream;

import io.grpc.Status;
import io.grpc.StatusException;

/** A call to the hub did not do what was asked. {@link #kind()} says what to do about it. */
public final class HubException extends Exception {
  /** What a failed call means to the agent. */
  public enum Kind {
    /** The hub cannot be reached, went away or is too busy: try again with back-off. */
    UNAVAILABLE,
    /** The hub was silent for longer than it promised to be. */
    SILENT,
    /** The hub does not know the credential, or removed the cluster. */
    DENIED,
    /** Another agent of the same cluster took over the call. */
    REPLACED,
    /** The hub does not have, or does not give, what was asked. */
    NOT_FOUND,
    /** One of the two does not keep to the API. */
    PROTOCOL
  }

  private final Kind kind;

  public HubException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  private HubException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What the failure means. */
  public Kind kind() {
    return kind;
  }

  static HubException of(StatusException e) {
    Status status = e.getStatus();
    String text = status.getCode() + ": " + status.getDescription();
    return new HubException(kindOf(status.getCode()), text, e);
  }

  private static Kind kindOf(Status.Code code) {
    return switch (code) {
      case UNAUTHENTICATED, PERMISSION_DENIED -> Kind.DENIED;
      case ABORTED -> Kind.REPLACED;
      case NOT_FOUND -> Kind.NOT_FOUND;
      case INVALID_ARGUMENT, UNIMPLEMENTED, OUT_OF_RANGE, FAILED_PRECONDITION, ALREADY_EXISTS ->
          Kind.PROTOCOL;
      case OK,
          CANCELLED,
          UNKNOWN,
          DEADLINE_EXCEEDED,
          RESOURCE_EXHAUSTED,
          INTERNAL,
          UNAVAILABLE,
          DATA_LOSS ->
          Kind.UNAVAILABLE;
    };
  }
}
