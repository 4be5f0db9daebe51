package io.towline.hub.stream;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.hub.enroll.Caller;
import io.towline.hub.enroll.EnrollException;
import io.towline.hub.enroll.Enrolling;
import io.towline.hub.store.StoreException;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Binds every call to the one cluster of the certificate that its connection was opened with;
 * Enroll alone gets through without one. Nothing else that a call carries can name a cluster.
 */
final class Authentication implements ServerInterceptor {
  private static final Context.Key<Caller> CALLER = Context.key("towline-caller");

  private final Enrolling enrolling;

  Authentication(Enrolling enrolling) {
    this.enrolling = enrolling;
  }

  /** Whom the call that this thread serves came from. */
  static Caller caller() {
    return Objects.requireNonNull(CALLER.get(), "only calls that were let in get here");
  }

  /** Whose call this thread serves; empty for a call that is let in without an identity. */
  static Optional<Caller> identity() {
    return Optional.ofNullable(CALLER.get());
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = call.getMethodDescriptor().getFullMethodName();
    if (method.equals(AgentServiceGrpc.getEnrollMethod().getFullMethodName())) {
      return next.startCall(call, headers);
    }
    boolean renews = method.equals(AgentServiceGrpc.getRenewMethod().getFullMethodName());
    try {
      Optional<X509Certificate> certificate = certificateOf(call);
      if (certificate.isEmpty()) {
        return refuse(
            call,
            Refusal.of(
                Code.UNAUTHENTICATED,
                "CERTIFICATE_MISSING",
                "Without a client certificate there is nothing but Enroll."));
      }
      Caller caller = enrolling.recognise(certificate.get(), renews);
      return Contexts.interceptCall(
          Context.current().withValue(CALLER, caller), call, headers, next);
    } catch (EnrollException e) {
      return refuse(call, Refusal.of(e));
    } catch (StoreException e) {
      return refuse(call, Calls.unavailable());
    }
  }

  private static Optional<X509Certificate> certificateOf(ServerCall<?, ?> call) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      return Optional.empty();
    }
    try {
      return Optional.of((X509Certificate) session.getPeerCertificates()[0]);
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }

  private static <Q, R> ServerCall.Listener<Q> refuse(
      ServerCall<Q, R> call, StatusRuntimeException why) {
    call.close(why.getStatus(), Optional.ofNullable(why.getTrailers()).orElseGet(Metadata::new));
    return new ServerCall.Listener<>() {};
  }
}
