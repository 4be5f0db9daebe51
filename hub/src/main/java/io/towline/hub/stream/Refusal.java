package io.towline.hub.stream;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.towline.hub.enroll.EnrollException;
import java.util.Map;

/**
 * Errors as both APIs give them: a canonical code, one {@link ErrorInfo} whose reason keeps its
 * meaning while the message may change (AIP-193), and the field at fault where there is one.
 */
public final class Refusal {
  /** The domain of every reason. */
  public static final String DOMAIN = "towline.io";

  private Refusal() {}

  /**
   * An error.
   *
   * @param reason UPPER_SNAKE_CASE, at most 63 characters
   * @param message for people; nothing secret
   */
  public static StatusRuntimeException of(Code code, String reason, String message) {
    return of(code, reason, message, Map.of());
  }

  /** What an agent is told that is not let in or gets no certificate; the reason is the name. */
  static StatusRuntimeException of(EnrollException why) {
    Code code =
        switch (why.reason()) {
          case CLUSTER_REMOVED, CLUSTER_MISMATCH, JOIN_TOKEN_MISPLACED, PROPOSAL_REFUSED ->
              Code.PERMISSION_DENIED;
          case CLUSTER_NAME_TAKEN -> Code.ALREADY_EXISTS;
          case ACCEPTANCE_PENDING, POOL_EXHAUSTED -> Code.FAILED_PRECONDITION;
          case CERTIFICATE_REQUEST_INVALID -> Code.INVALID_ARGUMENT;
          default -> Code.UNAUTHENTICATED;
        };
    return of(code, why.reason().name(), String.valueOf(why.getMessage()));
  }

  /** An error whose message's variables are given apart. */
  public static StatusRuntimeException of(
      Code code, String reason, String message, Map<String, String> variables) {
    return StatusProto.toStatusRuntimeException(
        status(code, message).addDetails(info(reason, variables)).build());
  }

  /** INVALID_ARGUMENT for a field of the request. */
  public static StatusRuntimeException badField(String reason, String field, String message) {
    BadRequest violation =
        BadRequest.newBuilder()
            .addFieldViolations(
                BadRequest.FieldViolation.newBuilder().setField(field).setDescription(message))
            .build();
    return StatusProto.toStatusRuntimeException(
        status(Code.INVALID_ARGUMENT, message)
            .addDetails(info(reason, Map.of("field", field)))
            .addDetails(Any.pack(violation))
            .build());
  }

  private static Status.Builder status(Code code, String message) {
    return Status.newBuilder().setCode(code.value()).setMessage(message);
  }

  private static Any info(String reason, Map<String, String> variables) {
    return Any.pack(
        ErrorInfo.newBuilder()
            .setDomain(DOMAIN)
            .setReason(reason)
            .putAllMetadata(variables)
            .build());
  }
}
