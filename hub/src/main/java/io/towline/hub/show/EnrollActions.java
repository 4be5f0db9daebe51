package io.towline.hub.show;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.envelope.Digest;
import io.towline.envelope.PoolToken;
import io.towline.fleet.v1.AddPoolRequest;
import io.towline.fleet.v1.AddPoolResponse;
import io.towline.fleet.v1.AgentChart;
import io.towline.fleet.v1.Authority;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.ListAuthoritiesResponse;
import io.towline.fleet.v1.ListPoolsResponse;
import io.towline.fleet.v1.RemovePoolResponse;
import io.towline.hub.enroll.AgentsSettings;
import io.towline.hub.enroll.Authorities;
import io.towline.hub.enroll.Registration;
import io.towline.hub.enroll.RegistrationException;
import io.towline.hub.store.ClusterView;
import io.towline.hub.store.Enrollments;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Pool;
import io.towline.hub.store.Pools;
import io.towline.hub.stream.ProtoTime;
import io.towline.hub.stream.Refusal;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/**
 * The calls of the people's API that concern who may enrol, and who vouches for whom has. Blocks.
 * Throws as {@link FleetReads} does. Thread-safe.
 */
public final class EnrollActions {
  private final FleetReads reads;
  private final Registration registration;
  private final Pools pools;
  private final Authorities authorities;
  private final Enrollments enrollments;
  private final AgentsSettings settings;
  private final InstantSource time;
  private final AgentChart agentChart;

  /**
   * @param agentChart what the line that installs an agent names
   */
  public EnrollActions(
      FleetReads reads,
      Registration registration,
      Pools pools,
      Authorities authorities,
      Enrollments enrollments,
      AgentsSettings settings,
      InstantSource time,
      AgentChart agentChart) {
    this.reads = reads;
    this.registration = registration;
    this.pools = pools;
    this.authorities = authorities;
    this.enrollments = enrollments;
    this.settings = settings;
    this.time = time;
    this.agentChart = agentChart;
  }

  /** Makes a pool and its token. */
  public AddPoolResponse addPool(AddPoolRequest request) {
    try {
      Optional<PoolToken> token =
          registration.register(
              new Registration.NewPool(
                  request.getPoolId(),
                  request.getMaxClusters(),
                  request.getLabelsMap(),
                  request.getAcceptedLabelsList(),
                  request.getNamePrefix(),
                  request.getAcceptManually()),
              FleetActions.life(request.hasTtl(), request.getTtl()));
      if (token.isEmpty()) {
        throw pools.named(request.getPoolId()).isPresent()
            ? Refusal.of(
                Code.ALREADY_EXISTS,
                "POOL_EXISTS",
                "There is a pool "
                    + request.getPoolId()
                    + ": remove it first (towline cluster pool remove), or choose another name.")
            : Refusal.of(
                Code.FAILED_PRECONDITION,
                "TOO_MANY_POOLS",
                "There are "
                    + Pools.MAX_POOLS
                    + " pools: remove those that are over (towline cluster pool list).");
      }
      return AddPoolResponse.newBuilder()
          .setPool(message(pools.named(request.getPoolId()).orElseThrow(this::gone)))
          .setJoinToken(token.get().encode())
          .setAgentChart(agentChart)
          .build();
    } catch (RegistrationException e) {
      throw Refusal.badField("POOL_INVALID", e.field(), String.valueOf(e.getMessage()));
    }
  }

  private StatusRuntimeException gone() {
    return Refusal.of(Code.ABORTED, "POOL_REMOVED", "The pool was removed at the same moment.");
  }

  /** All pools. */
  public ListPoolsResponse pools() {
    ListPoolsResponse.Builder response = ListPoolsResponse.newBuilder();
    pools.all().forEach(pool -> response.addPools(message(pool)));
    return response.build();
  }

  /** Voids a pool's token. */
  public RemovePoolResponse removePool(String name) {
    int removed =
        pools
            .remove(ResourceNames.poolOf(name))
            .orElseThrow(
                () ->
                    Refusal.of(
                        Code.NOT_FOUND,
                        "POOL_NOT_FOUND",
                        name + " does not exist.",
                        Map.of("name", name)));
    return RemovePoolResponse.newBuilder().setRemovedClusters(removed).build();
  }

  /** Lets a cluster in that waits. */
  public Cluster acceptCluster(String name) {
    ClusterView view = reads.clusterView(name);
    var unused = pools.accept(new KnownCluster(view.id(), view.name()));
    return reads.cluster(name);
  }

  private static io.towline.fleet.v1.Pool message(Pool pool) {
    return io.towline.fleet.v1.Pool.newBuilder()
        .setName(ResourceNames.pool(pool.name()))
        .setCreateTime(ProtoTime.of(pool.created()))
        .setExpireTime(ProtoTime.of(pool.expires()))
        .setMaxClusters(pool.max())
        .setUsedClusters(pool.used())
        .putAllLabels(pool.labels())
        .addAllAcceptedLabels(pool.acceptedLabels())
        .setNamePrefix(pool.namePrefix())
        .setAcceptManually(pool.waits())
        .setWaitingClusters(pool.waiting())
        .build();
  }

  /** The authorities that are believed now. */
  public ListAuthoritiesResponse authorities() {
    Map<Optional<Digest>, Integer> agents =
        enrollments.countByAuthority(time.instant().minus(settings.renewalGrace()));
    ListAuthoritiesResponse.Builder response = ListAuthoritiesResponse.newBuilder();
    for (Authorities.State state : authorities.states()) {
      int own = agents.getOrDefault(Optional.of(state.pin()), 0);
      int unnamed = state.first() ? agents.getOrDefault(Optional.<Digest>empty(), 0) : 0;
      Authority.Builder authority =
          Authority.newBuilder()
              .setName(ResourceNames.authority(state.pin()))
              .setCreateTime(ProtoTime.of(state.made()))
              .setSigns(state.signs())
              .setSignFromTime(ProtoTime.of(state.signsFrom()))
              .setExpireTime(ProtoTime.of(state.expires()))
              .setAgents(own + unnamed);
      state.believedUntil().ifPresent(end -> authority.setTrustedUntilTime(ProtoTime.of(end)));
      response.addAuthorities(authority);
    }
    return response.build();
  }

  /** Makes the authority that takes over from the newest one. */
  public ListAuthoritiesResponse replaceAuthority() {
    try {
      authorities.replace();
    } catch (IllegalStateException e) {
      throw Refusal.of(
          Code.FAILED_PRECONDITION, "AUTHORITY_BEING_REPLACED", String.valueOf(e.getMessage()));
    }
    return authorities();
  }
}
