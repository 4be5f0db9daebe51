package io.towline.hub.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.hub.resolve.ChangeWindow;
import io.towline.hub.resolve.CronSchedule;
import io.towline.hub.rollout.ChangeWindows;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BrakesTest {
  private static final Instant NINE = Instant.parse("2026-11-24T09:00:00Z");
  private static final Instant TEN = Instant.parse("2026-11-24T10:00:00Z");
  private static final Map<String, ChangeWindows> FROM_NINE_TO_TEN =
      Map.of(
          "web",
          new ChangeWindows(
              List.of(
                  new ChangeWindow(
                      "",
                      CronSchedule.parse("0 9 * * *"),
                      Duration.ofHours(1),
                      ZoneOffset.UTC,
                      true))));

  @Test
  void theHubComesWhenAWindowForNewRevisionsOpensAndNotWhenItCloses() {
    assertThat(revisions(NINE.minusSeconds(1)).next()).contains(NINE);
    assertThat(revisions(NINE).next()).isEmpty();
  }

  @Test
  void theHubComesWhenAWindowForCorrectionsOpensAndWhenItCloses() {
    assertThat(corrections(NINE.minusSeconds(1)).next()).contains(NINE);
    assertThat(corrections(NINE).next()).contains(TEN);
  }

  @Test
  void correctionsWaitOnlyWhileTheirWindowIsClosedAndOnlyForBundlesThatHaveOne() {
    assertThat(corrections(NINE).uncorrected("web")).isEmpty();
    assertThat(corrections(TEN).uncorrected("other")).isEmpty();
    assertThat(corrections(TEN).uncorrected("web"))
        .hasValueSatisfying(
            held -> assertThat(held.until()).contains(NINE.plus(Duration.ofDays(1))));
  }

  private static Brakes revisions(Instant now) {
    return new Brakes(List.of(), Map.of(), FROM_NINE_TO_TEN, Map.of(), now);
  }

  private static Brakes corrections(Instant now) {
    return new Brakes(List.of(), Map.of(), Map.of(), FROM_NINE_TO_TEN, now);
  }
}
