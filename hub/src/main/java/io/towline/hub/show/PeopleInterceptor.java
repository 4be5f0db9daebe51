package io.towline.hub.show;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.quarkus.grpc.GlobalInterceptor;
import io.towline.hub.stream.Refusal;
import jakarta.inject.Singleton;
import java.util.Optional;

/**
 * Lets a call of the people's port through if its bearer token is good: FleetService and reflection
 * alike, everything but health. Puts the call's {@link Readiness} into its context.
 */
@Singleton
@GlobalInterceptor
public class PeopleInterceptor implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String SCHEME = "Bearer ";

  /** Load balancers ask for health without a token, and learn nothing else by it. */
  private static final String OPEN_SERVICE = "grpc.health.v1.Health";

  private final PeopleTokens tokens;

  public PeopleInterceptor(PeopleTokens tokens) {
    this.tokens = tokens;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    boolean open = OPEN_SERVICE.equals(call.getMethodDescriptor().getServiceName());
    if (!open && tokenOf(headers).filter(tokens::admits).isEmpty()) {
      StatusRuntimeException why =
          Refusal.of(
              Code.UNAUTHENTICATED,
              "TOKEN_INVALID",
              "A token is needed: authorization: Bearer TOKEN. The first one is in the file"
                  + " admin-token below the hub's data directory.");
      call.close(why.getStatus(), Optional.ofNullable(why.getTrailers()).orElseGet(Metadata::new));
      return new ServerCall.Listener<>() {};
    }
    Readiness readiness = new Readiness(call::isReady);
    return new SimpleForwardingServerCallListener<>(
        Contexts.interceptCall(readiness.in(Context.current()), call, headers, next)) {
      @Override
      public void onReady() {
        readiness.changed();
        super.onReady();
      }

      @Override
      public void onCancel() {
        readiness.changed();
        super.onCancel();
      }
    };
  }

  private static Optional<String> tokenOf(Metadata headers) {
    return Optional.ofNullable(headers.get(AUTHORIZATION))
        .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
        .map(value -> value.substring(SCHEME.length()).trim());
  }
}
