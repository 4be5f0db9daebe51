package io.towline.hub.stream;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.EnrollResponse;
import io.towline.agent.v1.IssuedCertificate;
import io.towline.agent.v1.RenewRequest;
import io.towline.agent.v1.RenewResponse;
import io.towline.envelope.Digest;
import io.towline.hub.enroll.Caller;
import io.towline.hub.enroll.EnrollException;
import io.towline.hub.enroll.Enrolling;
import io.towline.hub.enroll.Issued;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Pool;
import io.towline.hub.store.StoreException;
import io.towline.vocabulary.LogKeys;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The two calls that give certificates. A refusal of Enroll comes after the same time whatever its
 * reason, so that a stranger learns from the answer alone. Thread-safe.
 */
final class EnrollCalls {
  private static final Logger LOG = Logger.getLogger(EnrollCalls.class);
  private static final Duration REFUSED_AFTER = Duration.ofMillis(250);

  private final Enrolling enrolling;
  private final ScheduledExecutorService timer;
  private final LongSupplier nanoTime;
  private final Consumer<KnownCluster> enrolled;

  /**
   * @param enrolled told of a cluster whose older keys are revoked by a new one
   */
  EnrollCalls(
      Enrolling enrolling,
      ScheduledExecutorService timer,
      LongSupplier nanoTime,
      Consumer<KnownCluster> enrolled) {
    this.enrolling = enrolling;
    this.timer = timer;
    this.nanoTime = nanoTime;
    this.enrolled = enrolled;
  }

  void enroll(EnrollRequest request, StreamObserver<EnrollResponse> out) {
    long begun = nanoTime.getAsLong();
    try {
      Facts.check(request.getFacts());
      if (!enrolling.admits()) {
        throw Refusal.of(
            Code.RESOURCE_EXHAUSTED,
            "TOO_MANY_ATTEMPTS",
            "Too many agents enrol at this moment; try again.");
      }
      Issued issued = issued(request);
      if (!issued.again()) {
        enrolled.accept(issued.cluster());
      }
      LOG.infof("an agent enrolled %s=%s", LogKeys.CLUSTER, issued.cluster().name());
      out.onNext(EnrollResponse.newBuilder().setIssued(message(issued)).build());
      out.onCompleted();
    } catch (EnrollException e) {
      LOG.infof("an agent was not enrolled %s=%s", LogKeys.REASON, e.reason().word());
      later(begun, out, Refusal.of(e));
    } catch (StatusRuntimeException e) {
      later(begun, out, e);
    } catch (StoreException e) {
      LOG.warn("An agent could not be enrolled", e);
      later(begun, out, Calls.unavailable());
    }
  }

  private Issued issued(EnrollRequest request) {
    byte[] certificateRequest = request.getCertificateRequest().toByteArray();
    String kubeSystemUid = request.getFacts().getKubeSystemUid();
    return request.getClusterUid().isEmpty()
        ? enrolling.enroll(
            request.getTokenSecret(),
            new Pool.Proposal(request.getClusterName(), request.getClusterLabelsMap()),
            certificateRequest,
            kubeSystemUid)
        : enrolling.enroll(
            request.getTokenSecret(), request.getClusterUid(), certificateRequest, kubeSystemUid);
  }

  private void later(long begun, StreamObserver<?> out, StatusRuntimeException why) {
    long left = REFUSED_AFTER.toNanos() - (nanoTime.getAsLong() - begun);
    var unused = timer.schedule(() -> out.onError(why), Math.max(0, left), TimeUnit.NANOSECONDS);
  }

  void renew(Caller caller, RenewRequest request, StreamObserver<RenewResponse> out) {
    try {
      Facts.check(request.getFacts());
      Issued issued =
          enrolling.renew(
              caller,
              request.getCertificateRequest().toByteArray(),
              request.getFacts().getKubeSystemUid());
      out.onNext(RenewResponse.newBuilder().setIssued(message(issued)).build());
      out.onCompleted();
    } catch (EnrollException e) {
      out.onError(Refusal.of(e));
    } catch (StatusRuntimeException e) {
      out.onError(e);
    } catch (StoreException e) {
      LOG.warn("A certificate could not be renewed", e);
      out.onError(Calls.unavailable());
    }
  }

  private static IssuedCertificate message(Issued issued) {
    try {
      return IssuedCertificate.newBuilder()
          .setCertificate(ByteString.copyFrom(issued.certificate().getEncoded()))
          .addAllAuthoritySha256(issued.authorities().stream().map(Digest::hex).toList())
          .build();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("A certificate that was just made has no encoding", e);
    }
  }
}
