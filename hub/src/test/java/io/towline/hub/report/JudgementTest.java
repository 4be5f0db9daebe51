package io.towline.hub.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.Digest;
import io.towline.envelope.SourceInfo;
import io.towline.hub.store.Judge.ClusterWord;
import io.towline.hub.store.Judge.Refusal;
import io.towline.hub.store.TargetState;
import io.towline.hub.store.TargetState.Held;
import io.towline.hub.store.TargetState.Judged;
import io.towline.hub.store.TargetState.Reported;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class JudgementTest {
  private static final Digest WANTED = Digest.of(new byte[] {1});
  private static final Digest OLDER = Digest.of(new byte[] {2});
  private static final ClusterWord FINE = new ClusterWord(Optional.empty());
  private static final ClusterWord REFUSED =
      new ClusterWord(Optional.of(new Refusal(Reason.SIGNATURE_INVALID, "no valid one", 3)));
  private static final Held BROKEN = new Held(Reason.BUILD_FAILED, "no such file");
  private static final Held WAITS = new Held(Reason.APPROVAL_REQUIRED, "of revision x");
  private static final Instant THEN = Instant.parse("2026-11-23T08:00:00Z");

  private final Judgement judgement = new Judgement();

  @Test
  void isReadyOnlyWhenExactlyWhatIsDesiredIsAppliedAndHealthy() {
    assertThat(judge(said(Status.READY, WANTED, WANTED, 2, 2)))
        .isEqualTo(new Judged(Status.READY, Optional.empty(), ""));
    assertThat(judge(said(Status.READY, OLDER, OLDER, 2, 2)).status())
        .isEqualTo(Status.PROGRESSING);
    assertThat(judge(said(Status.READY, WANTED, OLDER, 2, 2)).status())
        .isEqualTo(Status.PROGRESSING);
    assertThat(judge(said(Status.READY, WANTED, WANTED, 2, 1)).status())
        .isEqualTo(Status.PROGRESSING);
    assertThat(judgement.judge(target(said(Status.READY, WANTED, WANTED, 2, 2)), 1, FINE).status())
        .isEqualTo(Status.PROGRESSING);
  }

  @Test
  void isProgressingBeforeTheAgentSpoke() {
    assertThat(judgement.judge(target(Optional.empty(), Optional.empty(), false), 0, FINE))
        .isEqualTo(
            new Judged(
                Status.PROGRESSING, Optional.of(Reason.PROGRESSING), Judgement.NOT_REPORTED));
  }

  @ParameterizedTest
  @EnumSource
  void isProgressingWhileTheAgentSpeaksOfAnotherManifest(Status status) {
    assertThat(judge(said(status, OLDER, OLDER, 1, 1)).status()).isEqualTo(Status.PROGRESSING);
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"READY", "UNKNOWN"})
  void isWhatTheAgentSaysOfTheDesiredManifest(Status status) {
    assertThat(judge(said(status, WANTED, OLDER, 1, 0)))
        .isEqualTo(new Judged(status, Optional.of(Reason.APPLY_FAILED), "as said"));
  }

  @Test
  void anAgentCannotSayThatItIsUnknown() {
    assertThat(judge(said(Status.UNKNOWN, WANTED, WANTED, 1, 1)).status())
        .isEqualTo(Status.PROGRESSING);
  }

  @ParameterizedTest
  @EnumSource
  void isBlockedWhileTheAgentRefusesTheNewestEnvelope(Status status) {
    TargetState target = target(said(status, WANTED, WANTED, 1, 1));

    assertThat(judgement.judge(target, 0, REFUSED))
        .isEqualTo(
            new Judged(Status.BLOCKED, Optional.of(Reason.SIGNATURE_INVALID), "no valid one"));
  }

  @Test
  void isFailedWhenTheHubCannotRenderWhatGitSaysThoughTheOldOneRuns() {
    TargetState target =
        target(Optional.of(said(Status.READY, WANTED, WANTED, 1, 1)), Optional.of(BROKEN), false);

    assertThat(judgement.judge(target, 0, FINE))
        .isEqualTo(new Judged(Status.FAILED, Optional.of(Reason.BUILD_FAILED), "no such file"));
  }

  @Test
  void isWaitingWhenTheHubWaitsForSomebody() {
    TargetState target =
        target(Optional.of(said(Status.READY, WANTED, WANTED, 1, 1)), Optional.of(WAITS), false);

    assertThat(judgement.judge(target, 0, FINE).status()).isEqualTo(Status.WAITING);
  }

  @Test
  void theWorseOfHubAndAgentIsShown() {
    TargetState waits =
        target(Optional.of(said(Status.DEGRADED, WANTED, WANTED, 1, 0)), Optional.of(WAITS), false);
    TargetState broken =
        target(Optional.of(said(Status.BLOCKED, WANTED, WANTED, 1, 0)), Optional.of(BROKEN), false);

    assertThat(judgement.judge(waits, 0, FINE).status()).isEqualTo(Status.DEGRADED);
    assertThat(judgement.judge(broken, 0, FINE).status()).isEqualTo(Status.BLOCKED);
  }

  @Test
  void isProgressingWhileItIsRemovedUnlessThatFails() {
    Judged fine =
        judgement.judge(
            target(Optional.of(said(Status.READY, WANTED, WANTED, 1, 1)), Optional.empty(), true),
            1,
            FINE);
    Judged failed =
        judgement.judge(
            target(Optional.of(said(Status.FAILED, OLDER, WANTED, 1, 1)), Optional.empty(), true),
            1,
            FINE);

    assertThat(fine)
        .isEqualTo(
            new Judged(Status.PROGRESSING, Optional.of(Reason.PROGRESSING), Judgement.REMOVING));
    assertThat(failed.status()).isEqualTo(Status.FAILED);
  }

  @Test
  void aFailureWithoutAReasonStillHasOne() {
    Reported report =
        new Reported(
            Status.FAILED,
            Optional.empty(),
            "",
            Optional.of(WANTED),
            Optional.empty(),
            List.of(),
            1,
            0,
            THEN);

    assertThat(judge(report).reason()).contains(Reason.INTERNAL);
  }

  private Judged judge(Reported report) {
    return judgement.judge(target(report), 0, FINE);
  }

  private static Reported said(
      Status status, Digest manifest, Digest applied, int objects, int current) {
    return new Reported(
        status,
        Optional.of(Reason.APPLY_FAILED),
        "as said",
        Optional.of(manifest),
        Optional.of(applied),
        List.of(),
        objects,
        current,
        THEN);
  }

  private static TargetState target(Reported report) {
    return target(Optional.of(report), Optional.empty(), false);
  }

  private static TargetState target(
      Optional<Reported> report, Optional<Held> held, boolean removing) {
    Optional<BundleEntry> desired =
        removing
            ? Optional.empty()
            : Optional.of(
                new BundleEntry(
                    "web",
                    WANTED.shortHex(),
                    new SourceInfo("fleet", "repo", "refs/heads/main", "c1", "apps/web", ""),
                    List.of(),
                    WANTED,
                    10));
    return new TargetState(
        "web",
        UUID.fromString("c1f0a0de-0000-4000-8000-000000000001"),
        "all",
        List.of(),
        desired,
        THEN,
        3,
        held,
        removing,
        report,
        new Judged(Status.PROGRESSING, Optional.empty(), ""));
  }
}
