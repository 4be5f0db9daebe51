package io.towline.testkit;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.towline.agent.v1.AgentServiceGrpc;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Lets in whoever shows a certificate of the hub's authority, lets everybody try to enrol, and
 * counts. Thread-safe.
 */
public final class CallGate implements ServerInterceptor {

  private final AtomicLong granted = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  CallGate() {}

  /**
   * Calls that arrived.
   *
   * @param granted with a certificate, or to get one
   * @param refused without one
   */
  public record Calls(long granted, long refused) {}

  Calls calls() {
    return new Calls(granted.get(), refused.get());
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (enrols(call) || hasCertificate(call)) {
      granted.incrementAndGet();
      return next.startCall(call, headers);
    }
    refused.incrementAndGet();
    call.close(Status.UNAUTHENTICATED.withDescription("no agent of this hub"), new Metadata());
    return new ServerCall.Listener<>() {};
  }

  private static boolean enrols(ServerCall<?, ?> call) {
    return call.getMethodDescriptor()
        .getFullMethodName()
        .equals(AgentServiceGrpc.getEnrollMethod().getFullMethodName());
  }

  private static boolean hasCertificate(ServerCall<?, ?> call) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    try {
      return session != null && session.getPeerCertificates().length > 0;
    } catch (SSLPeerUnverifiedException stranger) {
      return false;
    }
  }
}
