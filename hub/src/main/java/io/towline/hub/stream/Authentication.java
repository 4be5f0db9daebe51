package io.towline.hub.stream;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.hub.enroll.Credentials;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.StoreException;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Binds every call to the one cluster that its bearer token belongs to; without one nothing gets
 * through. Nothing else that a call carries can name a cluster.
 */
final class Authentication implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<KnownCluster> CLUSTER = Context.key("towline-cluster");
  private static final String SCHEME = "Bearer ";

  private final Credentials credentials;

  Authentication(Credentials credentials) {
    this.credentials = credentials;
  }

  /** The cluster of the call that this thread serves. */
  static KnownCluster cluster() {
    return Objects.requireNonNull(CLUSTER.get(), "only calls that were let in get here");
  }

  /** Whose call this thread serves; empty for a call that is let in without an identity. */
  static Optional<UUID> identity() {
    return Optional.ofNullable(CLUSTER.get()).map(KnownCluster::id);
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    try {
      Optional<KnownCluster> cluster = secretOf(headers).flatMap(credentials::authenticate);
      if (cluster.isPresent()) {
        return Contexts.interceptCall(
            Context.current().withValue(CLUSTER, cluster.get()), call, headers, next);
      }
      return refuse(
          call,
          Refusal.of(
              Code.UNAUTHENTICATED,
              "CREDENTIAL_UNKNOWN",
              "No cluster of this hub has this credential: take a new join token by towline"
                  + " cluster add."));
    } catch (StoreException e) {
      return refuse(call, Calls.unavailable());
    }
  }

  private static Optional<String> secretOf(Metadata headers) {
    return Optional.ofNullable(headers.get(AUTHORIZATION))
        .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
        .map(value -> value.substring(SCHEME.length()).trim());
  }

  private static <Q, R> ServerCall.Listener<Q> refuse(
      ServerCall<Q, R> call, StatusRuntimeException why) {
    call.close(why.getStatus(), Optional.ofNullable(why.getTrailers()).orElseGet(Metadata::new));
    return new ServerCall.Listener<>() {};
  }
}
