package io.towline.hub.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Remedy;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/** A command that failed, as a person reads it: what, why, and what to do. */
final class CliException extends RuntimeException {
  private static final String DOMAIN = "towline.io";

  private final int exitCode;
  private final String reason;
  private final String why;
  private final String next;

  CliException(int exitCode, String what, String reason, String why, String next) {
    super(what);
    this.exitCode = exitCode;
    this.reason = reason;
    this.why = why;
    this.next = next;
  }

  /** Of a known reason, whose next step is the reason's own. */
  CliException(int exitCode, String what, Reason reason, String why) {
    this(exitCode, what, reason.word(), why, reason.nextStep());
  }

  /** What was signed is refused. */
  static CliException notVerified(String what, VerificationException e) {
    return new CliException(
        ExitCode.NOT_VERIFIED, what, e.reason(), String.valueOf(e.getMessage()));
  }

  /** Wrong usage. */
  static CliException usage(String what, String next) {
    return new CliException(ExitCode.USAGE, what, "", "", next);
  }

  /** What the hub, or the way to it, answered instead of a result. */
  static CliException of(StatusRuntimeException e, String hub) {
    Status status = e.getStatus();
    String why = Optional.ofNullable(status.getDescription()).orElse(status.getCode().name());
    if (status.getCause() instanceof IOException broken && broken.getMessage() != null) {
      why = broken.getMessage();
    }
    String reason = reasonOf(e);
    String nextOfReason = Reason.ofWord(reason).map(Reason::nextStep).orElse("");
    if (Reason.ofWord(reason).filter(known -> known.remedy() == Remedy.REFUSE).isPresent()) {
      return new CliException(
          ExitCode.NOT_VERIFIED,
          "The hub refuses what is not as it has to be",
          reason,
          why,
          nextOfReason);
    }
    return switch (status.getCode()) {
      case NOT_FOUND ->
          new CliException(
              ExitCode.NOT_FOUND, "There is no such thing", reason, why, "towline get all");
      case UNAUTHENTICATED ->
          new CliException(
              ExitCode.DENIED,
              "The hub does not know the token",
              reason,
              why,
              "set TOWLINE_TOKEN to the content of admin-token in the hub's data directory");
      case PERMISSION_DENIED ->
          new CliException(ExitCode.DENIED, "Not allowed", reason, why, nextOfReason);
      case UNAVAILABLE ->
          new CliException(
              ExitCode.UNREACHABLE,
              "The hub at " + hub + " does not answer",
              reason,
              why,
              "check TOWLINE_HUB, and that the hub runs: curl " + hub + "/");
      case DEADLINE_EXCEEDED ->
          new CliException(
              ExitCode.TIMEOUT, "The hub took too long", reason, why, "try again, or ask for less");
      case FAILED_PRECONDITION, ABORTED, ALREADY_EXISTS ->
          new CliException(ExitCode.PRECONDITION, "Not as things stand", reason, why, nextOfReason);
      case INVALID_ARGUMENT, OUT_OF_RANGE ->
          new CliException(
              ExitCode.USAGE, "The hub does not accept that", reason, why, nextOfReason);
      case RESOURCE_EXHAUSTED ->
          new CliException(
              ExitCode.UNREACHABLE, "The hub is busy", reason, why, "try again in a moment");
      case OK, CANCELLED, UNKNOWN, UNIMPLEMENTED, INTERNAL, DATA_LOSS ->
          new CliException(
              ExitCode.INTERNAL,
              "The hub failed",
              reason,
              status.getCode() + ": " + why,
              "look at the hub's log, and compare towline version with the hub's");
    };
  }

  int exitCode() {
    return exitCode;
  }

  /** A word of Reason; empty if there is none. */
  String reason() {
    return reason;
  }

  String why() {
    return why;
  }

  /** What to do about it; empty if nothing is known. */
  String next() {
    return next;
  }

  private static String reasonOf(StatusRuntimeException e) {
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    if (status == null) {
      return "";
    }
    for (com.google.protobuf.Any detail : status.getDetailsList()) {
      if (detail.is(com.google.rpc.ErrorInfo.class)) {
        try {
          com.google.rpc.ErrorInfo info = detail.unpack(com.google.rpc.ErrorInfo.class);
          return info.getDomain().equals(DOMAIN) ? word(info.getReason()) : "";
        } catch (com.google.protobuf.InvalidProtocolBufferException malformed) {
          return "";
        }
      }
    }
    return "";
  }

  /** The API spells reasons as constants; people read the word where there is one. */
  private static String word(String reason) {
    return Arrays.stream(Reason.values())
        .filter(known -> known.name().equals(reason))
        .map(Reason::word)
        .findFirst()
        .orElse(reason);
  }
}
