package io.towline.hub.show;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.quarkus.grpc.GrpcService;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.towline.fleet.v1.AcceptClusterRequest;
import io.towline.fleet.v1.AddClusterRequest;
import io.towline.fleet.v1.AddClusterResponse;
import io.towline.fleet.v1.AddPoolRequest;
import io.towline.fleet.v1.AddPoolResponse;
import io.towline.fleet.v1.AddSignatureRequest;
import io.towline.fleet.v1.AddSignatureResponse;
import io.towline.fleet.v1.ApproveSourceRequest;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.CordonClusterRequest;
import io.towline.fleet.v1.Envelope;
import io.towline.fleet.v1.FleetService;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.GetBundleRequest;
import io.towline.fleet.v1.GetClusterRequest;
import io.towline.fleet.v1.GetEnvelopeRequest;
import io.towline.fleet.v1.GetFleetSummaryRequest;
import io.towline.fleet.v1.GetPendingEnvelopeRequest;
import io.towline.fleet.v1.GetSourceRequest;
import io.towline.fleet.v1.GetTargetRequest;
import io.towline.fleet.v1.ListAuthoritiesRequest;
import io.towline.fleet.v1.ListAuthoritiesResponse;
import io.towline.fleet.v1.ListBundlesRequest;
import io.towline.fleet.v1.ListBundlesResponse;
import io.towline.fleet.v1.ListClustersRequest;
import io.towline.fleet.v1.ListClustersResponse;
import io.towline.fleet.v1.ListDriftRequest;
import io.towline.fleet.v1.ListDriftResponse;
import io.towline.fleet.v1.ListEventsRequest;
import io.towline.fleet.v1.ListEventsResponse;
import io.towline.fleet.v1.ListPendingEnvelopesRequest;
import io.towline.fleet.v1.ListPendingEnvelopesResponse;
import io.towline.fleet.v1.ListPoolsRequest;
import io.towline.fleet.v1.ListPoolsResponse;
import io.towline.fleet.v1.ListRootsRequest;
import io.towline.fleet.v1.ListRootsResponse;
import io.towline.fleet.v1.ListSourcesRequest;
import io.towline.fleet.v1.ListSourcesResponse;
import io.towline.fleet.v1.ListSuspensionsRequest;
import io.towline.fleet.v1.ListSuspensionsResponse;
import io.towline.fleet.v1.ListTargetsRequest;
import io.towline.fleet.v1.ListTargetsResponse;
import io.towline.fleet.v1.PendingEnvelope;
import io.towline.fleet.v1.ReconcileSourceRequest;
import io.towline.fleet.v1.RemoveClusterRequest;
import io.towline.fleet.v1.RemoveClusterResponse;
import io.towline.fleet.v1.RemovePoolRequest;
import io.towline.fleet.v1.RemovePoolResponse;
import io.towline.fleet.v1.ReplaceAuthorityRequest;
import io.towline.fleet.v1.ResumeRequest;
import io.towline.fleet.v1.ResumeResponse;
import io.towline.fleet.v1.Root;
import io.towline.fleet.v1.RotateClusterRequest;
import io.towline.fleet.v1.RotateClusterResponse;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.SubmitRootRequest;
import io.towline.fleet.v1.SuspendRequest;
import io.towline.fleet.v1.Suspension;
import io.towline.fleet.v1.Target;
import io.towline.fleet.v1.UncordonClusterRequest;
import io.towline.fleet.v1.WatchEvent;
import io.towline.fleet.v1.WatchRequest;
import io.towline.hub.store.BadCursorException;
import io.towline.hub.store.StoreException;
import io.towline.hub.stream.Refusal;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * FleetService on the people's port. Every call was let in by {@link PeopleInterceptor}; every call
 * runs on a virtual thread, so that none holds up the event loop. A failure becomes a status with
 * one reason here and nowhere else.
 */
@GrpcService
public class FleetEndpoint implements FleetService {
  private static final Logger LOG = Logger.getLogger(FleetEndpoint.class);

  /** How long a call that is being answered has, once the hub stops. */
  private static final int STOP_SECONDS = 5;

  private final FleetReads reads;
  private final FleetActions actions;
  private final EnrollActions enroll;
  private final TrustActions trust;
  private final SuspensionActions suspensions;
  private final Watches watches;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  public FleetEndpoint(
      FleetReads reads,
      FleetActions actions,
      EnrollActions enroll,
      TrustActions trust,
      SuspensionActions suspensions,
      Watches watches) {
    this.reads = reads;
    this.actions = actions;
    this.enroll = enroll;
    this.trust = trust;
    this.suspensions = suspensions;
    this.watches = watches;
  }

  /** Ends the calls that are left, so that none is in the database when that closes. */
  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    executor.shutdownNow();
    executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public Uni<FleetSummary> getFleetSummary(GetFleetSummaryRequest request) {
    return answer(() -> reads.summary(request.getFilter()));
  }

  @Override
  public Uni<ListClustersResponse> listClusters(ListClustersRequest request) {
    return answer(() -> reads.clusters(request));
  }

  @Override
  public Uni<Cluster> getCluster(GetClusterRequest request) {
    return answer(() -> reads.cluster(request.getName()));
  }

  @Override
  public Uni<AddClusterResponse> addCluster(AddClusterRequest request) {
    return answer(() -> actions.addCluster(request));
  }

  @Override
  public Uni<RotateClusterResponse> rotateCluster(RotateClusterRequest request) {
    return answer(() -> actions.rotateCluster(request));
  }

  @Override
  public Uni<Cluster> cordonCluster(CordonClusterRequest request) {
    return answer(() -> actions.cordonCluster(request));
  }

  @Override
  public Uni<Cluster> uncordonCluster(UncordonClusterRequest request) {
    return answer(() -> actions.uncordonCluster(request));
  }

  @Override
  public Uni<RemoveClusterResponse> removeCluster(RemoveClusterRequest request) {
    return answer(() -> actions.removeCluster(request));
  }

  @Override
  public Uni<AddPoolResponse> addPool(AddPoolRequest request) {
    return answer(() -> enroll.addPool(request));
  }

  @Override
  public Uni<ListPoolsResponse> listPools(ListPoolsRequest request) {
    return answer(enroll::pools);
  }

  @Override
  public Uni<RemovePoolResponse> removePool(RemovePoolRequest request) {
    return answer(() -> enroll.removePool(request.getName()));
  }

  @Override
  public Uni<Cluster> acceptCluster(AcceptClusterRequest request) {
    return answer(() -> enroll.acceptCluster(request.getName()));
  }

  @Override
  public Uni<ListAuthoritiesResponse> listAuthorities(ListAuthoritiesRequest request) {
    return answer(enroll::authorities);
  }

  @Override
  public Uni<ListAuthoritiesResponse> replaceAuthority(ReplaceAuthorityRequest request) {
    return answer(enroll::replaceAuthority);
  }

  @Override
  public Uni<ListBundlesResponse> listBundles(ListBundlesRequest request) {
    return answer(() -> reads.bundles(request));
  }

  @Override
  public Uni<Bundle> getBundle(GetBundleRequest request) {
    return answer(() -> reads.bundle(request.getName()));
  }

  @Override
  public Uni<ListTargetsResponse> listTargets(ListTargetsRequest request) {
    return answer(() -> reads.targets(request));
  }

  @Override
  public Uni<Target> getTarget(GetTargetRequest request) {
    return answer(() -> reads.target(request.getName()));
  }

  @Override
  public Uni<ListSourcesResponse> listSources(ListSourcesRequest request) {
    return answer(() -> reads.sources(request));
  }

  @Override
  public Uni<Source> getSource(GetSourceRequest request) {
    return answer(() -> reads.source(request.getName()));
  }

  @Override
  public Uni<Source> reconcileSource(ReconcileSourceRequest request) {
    return answer(() -> actions.reconcile(request.getName()));
  }

  @Override
  public Uni<Source> approveSource(ApproveSourceRequest request) {
    return answer(() -> actions.approve(request));
  }

  @Override
  public Uni<Suspension> suspend(SuspendRequest request) {
    return answer(() -> suspensions.suspend(request));
  }

  @Override
  public Uni<ResumeResponse> resume(ResumeRequest request) {
    return answer(() -> suspensions.resume(request));
  }

  @Override
  public Uni<ListSuspensionsResponse> listSuspensions(ListSuspensionsRequest request) {
    return answer(suspensions::list);
  }

  @Override
  public Uni<ListDriftResponse> listDrift(ListDriftRequest request) {
    return answer(() -> reads.drift(request));
  }

  @Override
  public Uni<ListEventsResponse> listEvents(ListEventsRequest request) {
    return answer(() -> reads.events(request));
  }

  @Override
  public Uni<Envelope> getEnvelope(GetEnvelopeRequest request) {
    return answer(() -> actions.envelope(request));
  }

  @Override
  public Uni<ListRootsResponse> listRoots(ListRootsRequest request) {
    return answer(() -> trust.listRoots(request.getAfterVersion()));
  }

  @Override
  public Uni<Root> submitRoot(SubmitRootRequest request) {
    return answer(() -> trust.submitRoot(request.getDsse().toByteArray()));
  }

  @Override
  public Uni<ListPendingEnvelopesResponse> listPendingEnvelopes(
      ListPendingEnvelopesRequest request) {
    return answer(trust::listPending);
  }

  @Override
  public Uni<PendingEnvelope> getPendingEnvelope(GetPendingEnvelopeRequest request) {
    return answer(() -> trust.getPending(request));
  }

  @Override
  public Uni<AddSignatureResponse> addSignature(AddSignatureRequest request) {
    return answer(() -> trust.addSignature(request));
  }

  @Override
  public Multi<WatchEvent> watch(WatchRequest request) {
    Readiness readiness = Readiness.current();
    return Multi.createFrom()
        .emitter(
            emitter -> {
              var running =
                  executor.submit(
                      () -> {
                        try {
                          watches.run(request, readiness, emitter::emit);
                          emitter.complete();
                        } catch (InterruptedException e) {
                          // The caller left; nobody is there to be told.
                          Thread.currentThread().interrupt();
                        } catch (Exception e) {
                          emitter.fail(refusal(e));
                        }
                      });
              emitter.onTermination(() -> running.cancel(true));
            });
  }

  private <T> Uni<T> answer(Callable<T> call) {
    return Uni.createFrom()
        .item(
            () -> {
              try {
                return call.call();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Refusal.of(Code.CANCELLED, "INTERRUPTED", "The hub is being stopped.");
              } catch (Exception e) {
                throw refusal(e);
              }
            })
        .runSubscriptionOn(executor);
  }

  /** What a failure is to the caller: never a stack trace, never the database's words. */
  private static StatusRuntimeException refusal(Exception failure) {
    return switch (failure) {
      case StatusRuntimeException known -> known;
      case BadCursorException cursor -> Listing.badToken();
      case StoreException away -> {
        LOG.warn("The database is away", away);
        yield Refusal.of(
            Code.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The hub's database is away; try again.");
      }
      default -> {
        LOG.error("A call failed", failure);
        yield Refusal.of(
            Code.INTERNAL, "INTERNAL", "Towline failed in a way it does not know; see its logs.");
      }
    };
  }
}
