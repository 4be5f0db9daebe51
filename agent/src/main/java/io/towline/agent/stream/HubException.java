package io.towline.agent.stream;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import io.towline.vocabulary.Reason;
import java.util.Arrays;
import java.util.Optional;

/** A call to the hub did not do what was asked. {@link #kind()} says what to do about it. */
public final class HubException extends Exception {
  /** What a failed call means to the agent. */
  public enum Kind {
    /** The hub cannot be reached, went away or is too busy: try again with back-off. */
    UNAVAILABLE,
    /** The hub was silent for longer than it promised to be. */
    SILENT,
    /** The hub does not take the certificate or the token, or removed the cluster. */
    DENIED,
    /** Another agent of the same cluster took over the call. */
    REPLACED,
    /** The hub does not have, or does not give, what was asked. */
    NOT_FOUND,
    /** One of the two does not keep to the API. */
    PROTOCOL
  }

  private static final String DOMAIN = "towline.io";

  /** How {@code google.protobuf.Any} names the type (AIP-193). */
  private static final String ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo";

  private static final int MAX_CAUSES = 16;

  private final Kind kind;
  private final transient Optional<Reason> reason;

  public HubException(Kind kind, String message) {
    super(message);
    this.kind = kind;
    this.reason = Optional.empty();
  }

  private HubException(Kind kind, String message, Optional<Reason> reason, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.reason = reason;
  }

  /** What the failure means. */
  public Kind kind() {
    return kind;
  }

  /** Why the hub refused the call, if it said so in words that this version knows. */
  public Optional<Reason> reason() {
    return reason;
  }

  static HubException of(StatusException e) {
    Status status = e.getStatus();
    Optional<PinnedTrustManager.NotPinned> stranger = strangerIn(e);
    if (stranger.isPresent()) {
      return new HubException(
          Kind.UNAVAILABLE,
          String.valueOf(stranger.get().getMessage()),
          Optional.of(Reason.HUB_NOT_TRUSTED),
          e);
    }
    String text = status.getCode() + ": " + said(status);
    return new HubException(kindOf(status.getCode()), text, reasonOf(e), e);
  }

  /**
   * What the hub said. Of a connection that failed gRPC only says so, and how it was built; what
   * went wrong lies below.
   */
  private static String said(Status status) {
    Throwable cause = status.getCause();
    if (cause == null) {
      return String.valueOf(status.getDescription());
    }
    for (int depth = 0; cause.getCause() != null && depth < MAX_CAUSES; depth++) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  /** The handshake's own failure lies below those of the engine and the transport. */
  private static Optional<PinnedTrustManager.NotPinned> strangerIn(Throwable e) {
    Throwable cause = e;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      if (cause instanceof PinnedTrustManager.NotPinned stranger) {
        return Optional.of(stranger);
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }

  private static Optional<Reason> reasonOf(StatusException e) {
    com.google.rpc.Status details = StatusProto.fromThrowable(e);
    if (details == null) {
      return Optional.empty();
    }
    for (Any detail : details.getDetailsList()) {
      if (detail.getTypeUrl().equals(ERROR_INFO)) {
        try {
          // Not by unpack, which finds the type by reflection: a native image has none for it.
          ErrorInfo info = ErrorInfo.parseFrom(detail.getValue());
          return Arrays.stream(Reason.values())
              .filter(one -> info.getDomain().equals(DOMAIN))
              .filter(one -> one.name().equals(info.getReason()))
              .findFirst();
        } catch (InvalidProtocolBufferException damaged) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
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
