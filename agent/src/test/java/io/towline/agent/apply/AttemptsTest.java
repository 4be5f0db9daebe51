package io.towline.agent.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.Digest;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AttemptsTest {
  private static final ObjectRef REF = new ObjectRef("v1", "ConfigMap", "n", "x");
  private static final Digest BODY = Digest.of(new byte[] {1});
  private static final Digest OTHER = Digest.of(new byte[] {2});

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final Attempts attempts =
      new Attempts(
          TestConfig.of(ApplyConfig.class, Map.of()),
          new Pace(() -> now, duration -> {}, new Random(7)));

  private void fail(Reason reason, Optional<Duration> retryAfter) {
    attempts.failed(REF.identity(), BODY, new ObjectProblem(REF, reason, ""), retryAfter);
  }

  @Test
  void restsLongerAfterEveryFailureUpToALimit() {
    Duration before = Duration.ZERO;
    for (int i = 0; i < 12; i++) {
      fail(Reason.KIND_UNKNOWN, Optional.empty());
      Duration wait = Duration.between(now, attempts.next().orElseThrow());
      assertThat(wait).isGreaterThanOrEqualTo(before.dividedBy(2));
      assertThat(wait).isLessThanOrEqualTo(Duration.ofSeconds(60));
      before = wait;
    }
    assertThat(before).isGreaterThanOrEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void honoursWhatTheServerAsksFor() {
    fail(Reason.API_SERVER_UNAVAILABLE, Optional.of(Duration.ofSeconds(40)));

    assertThat(attempts.next()).contains(now.plusSeconds(40));
  }

  @Test
  void triesAnotherBodyAtOnce() {
    fail(Reason.APPLY_FAILED, Optional.empty());

    assertThat(attempts.resting(REF.identity(), BODY)).isPresent();
    assertThat(attempts.resting(REF.identity(), OTHER)).isEmpty();
  }

  @Test
  void triesAgainWhenTheTimeIsUpOrSomethingChanged() {
    fail(Reason.APPLY_FAILED, Optional.empty());
    now = now.plusSeconds(2);
    assertThat(attempts.resting(REF.identity(), BODY)).isEmpty();

    fail(Reason.APPLY_FAILED, Optional.empty());
    attempts.wake();
    assertThat(attempts.resting(REF.identity(), BODY)).isEmpty();
  }
}
