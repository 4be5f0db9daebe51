package io.towline.testkit;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicLong;

/** Lets in whoever shows the secret of the join token, and counts. Thread-safe. */
public final class CallGate implements ServerInterceptor {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final String expected;
  private final AtomicLong granted = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  CallGate(String secret) {
    this.expected = "Bearer " + secret;
  }

  /**
   * Calls that arrived.
   *
   * @param granted with the secret
   * @param refused without it
   */
  public record Calls(long granted, long refused) {}

  Calls calls() {
    return new Calls(granted.get(), refused.get());
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (expected.equals(headers.get(AUTHORIZATION))) {
      granted.incrementAndGet();
      return next.startCall(call, headers);
    }
    refused.incrementAndGet();
    call.close(Status.UNAUTHENTICATED.withDescription("no agent of this hub"), new Metadata());
    return new ServerCall.Listener<>() {};
  }
}
