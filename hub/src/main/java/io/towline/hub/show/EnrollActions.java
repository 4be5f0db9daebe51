package io.towline.hub.show;

import io.grpc.Status.Code;
import io.towline.envelope.Digest;
import io.towline.fleet.v1.Authority;
import io.towline.fleet.v1.ListAuthoritiesResponse;
import io.towline.hub.enroll.AgentsSettings;
import io.towline.hub.enroll.Authorities;
import io.towline.hub.store.Enrollments;
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
  private final Authorities authorities;
  private final Enrollments enrollments;
  private final AgentsSettings settings;
  private final InstantSource time;

  public EnrollActions(
      Authorities authorities,
      Enrollments enrollments,
      AgentsSettings settings,
      InstantSource time) {
    this.authorities = authorities;
    this.enrollments = enrollments;
    this.settings = settings;
    this.time = time;
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
