package io.towline.hub.show;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Duration;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.fleet.v1.ResumeRequest;
import io.towline.fleet.v1.SuspendRequest;
import io.towline.fleet.v1.Suspension;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.FleetSeed;
import io.towline.hub.store.Suspensions;
import io.towline.hub.store.TargetQueries.Scope;
import io.towline.vocabulary.Status;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Suspending and resuming over a real database. */
class SuspensionActionsTest {
  private static final String TARGET = "bundles/podinfo/targets/store-0003";

  private FleetFixture fixture;
  private Suspensions store;
  private SuspensionActions actions;

  @BeforeEach
  void open(@TempDir Path directory) {
    fixture = new FleetFixture(directory);
    FleetSeed seed = new FleetSeed(fixture);
    seed.source("apps");
    seed.bundle("podinfo", "apps", "{}");
    seed.clusters(5).values().forEach(one -> seed.target("podinfo", one, Status.READY, ""));
    store = new Suspensions(fixture.database, fixture.changes, fixture.clock);
    actions =
        new SuspensionActions(
            new FleetReads(
                fixture.database, fixture.fleet, new SoleSigner(), fixture.clock, "0.1.0"),
            store,
            fixture.clock);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static SuspendRequest.Builder of(String name) {
    return SuspendRequest.newBuilder().setName(name).setReason("a leak").setBy("kim");
  }

  private Code refused(SuspendRequest.Builder request) {
    return catchThrowableOfType(
            StatusRuntimeException.class, () -> actions.suspend(request.build()))
        .getStatus()
        .getCode();
  }

  private boolean resume(String name) {
    return actions.resume(ResumeRequest.newBuilder().setName(name).build()).getResumed();
  }

  @Test
  void whatIsSuspendedSaysWhoWhyAndUntilWhenAndIsSaidOnce() {
    Duration twoHours = Duration.newBuilder().setSeconds(7200).build();

    Suspension made = actions.suspend(of(TARGET).setTtl(twoHours).build());

    assertThat(made.getBy()).isEqualTo("kim");
    assertThat(made.getEndTime().getSeconds())
        .isEqualTo(FleetFixture.NOW.getEpochSecond() + twoHours.getSeconds());
    assertThat(actions.suspend(of(TARGET).setTtl(twoHours).build())).isEqualTo(made);
    assertThat(actions.list().getSuspensionsList()).containsExactly(made);
    fixture.now = FleetFixture.NOW.plusSeconds(7200);
    assertThat(actions.list().getSuspensionsList()).isEmpty();
  }

  @Test
  void refusesWhatHasNoReasonOrIsNotThereOrLastsTooLong() {
    assertThat(refused(of(TARGET).setReason(" "))).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refused(of(TARGET).setReason("x".repeat(257)))).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refused(of(TARGET).setTtl(Duration.newBuilder().setSeconds(31L * 86_400))))
        .isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refused(of("bundles/-"))).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refused(of("sources/apps"))).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refused(of("bundles/nothing"))).isEqualTo(Code.NOT_FOUND);
    assertThat(refused(of("clusters/atlantis"))).isEqualTo(Code.NOT_FOUND);
    assertThat(actions.list().getSuspensionsList()).isEmpty();
  }

  @Test
  void resumeLiftsItsOwnAndSaysWhatElseHolds() {
    actions.suspend(of(TARGET).build());
    actions.suspend(of("clusters/store-0003").build());
    store.settle(
        Set.of(
            io.towline.hub.store.Suspension.ofGit(
                new Scope(Optional.of("podinfo"), Optional.empty()),
                "apps/podinfo/towline.yaml",
                "moving",
                Optional.empty())),
        one -> false);

    StatusRuntimeException still =
        catchThrowableOfType(StatusRuntimeException.class, () -> resume(TARGET));

    assertThat(still.getStatus().getCode()).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(still.getStatus().getDescription())
        .contains("towline resume cluster store-0003", "apps/podinfo/towline.yaml");
    assertThat(resume("clusters/store-0003")).isTrue();
    assertThat(resume("clusters/store-0003")).isFalse();
    store.settle(Set.of(), one -> true);
    assertThat(actions.list().getSuspensionsList()).hasSize(1);
    store.settle(Set.of(), one -> false);
    assertThat(actions.list().getSuspensionsList()).isEmpty();
    assertThat(resume(TARGET)).isFalse();
  }
}
