package io.towline.testkit;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.EnrollResponse;
import io.towline.agent.v1.IssuedCertificate;
import io.towline.agent.v1.RenewRequest;
import io.towline.agent.v1.RenewResponse;
import java.security.cert.CertificateEncodingException;

/**
 * Gives a certificate to every key that comes with the secret, as often as it is asked: what a hub
 * does with a second key is not what lying hubs are for. Thread-safe.
 */
final class LyingEnrolment {

  private final HubAuthority authority;
  private final Forge forge;
  private final String secret;

  LyingEnrolment(HubAuthority authority, Forge forge, String secret) {
    this.authority = authority;
    this.forge = forge;
    this.secret = secret;
  }

  void enroll(EnrollRequest request, StreamObserver<EnrollResponse> answer) {
    if (!request.getTokenSecret().equals(secret)) {
      answer.onError(
          Status.UNAUTHENTICATED.withDescription("no token of this hub").asRuntimeException());
      return;
    }
    answer.onNext(
        EnrollResponse.newBuilder().setIssued(issued(request.getCertificateRequest())).build());
    answer.onCompleted();
  }

  void renew(RenewRequest request, StreamObserver<RenewResponse> answer) {
    answer.onNext(
        RenewResponse.newBuilder().setIssued(issued(request.getCertificateRequest())).build());
    answer.onCompleted();
  }

  private IssuedCertificate issued(ByteString request) {
    try {
      return IssuedCertificate.newBuilder()
          .setCertificate(
              ByteString.copyFrom(
                  authority
                      .certify(request.toByteArray(), forge.fleet(), forge.cluster())
                      .getEncoded()))
          .addAuthoritySha256(authority.pin().hex())
          .build();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was just made has no encoding", e);
    }
  }
}
