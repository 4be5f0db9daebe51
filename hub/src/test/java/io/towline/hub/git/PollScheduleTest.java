package io.towline.hub.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PollScheduleTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration INTERVAL = Duration.ofSeconds(60);

  private final PollSchedule schedule = new PollSchedule(INTERVAL, new Random(1), START);

  @Test
  void looksAtOnceAndThenByItsIntervalWithJitter() {
    assertThat(schedule.due()).isEqualTo(START);
    for (int i = 0; i < 100; i++) {
      schedule.succeeded(START);
      assertThat(schedule.due()).isBetween(START.plusSeconds(54), START.plusSeconds(66));
    }
  }

  @Test
  void backsOffWhileItFailsUpToALimitAndReturnsWhenItDoesNot() {
    long[] seconds = {60, 120, 240, 480, 600, 600};
    for (long expected : seconds) {
      schedule.failed(START);
      assertThat(schedule.due())
          .isBetween(START.plusSeconds(expected * 9 / 10), START.plusSeconds(expected * 11 / 10));
    }
    schedule.succeeded(START);
    assertThat(schedule.due()).isBefore(START.plusSeconds(67));
  }

  @Test
  void neverLooksMoreOftenThanALongIntervalBecauseOfFailures() {
    PollSchedule hourly = new PollSchedule(Duration.ofHours(1), new Random(1), START);
    hourly.failed(START);
    hourly.failed(START);

    assertThat(hourly.due()).isAfter(START.plus(Duration.ofMinutes(53)));
  }

  @Test
  void isWokenAtOnceButNotTwiceWithinItsGap() {
    schedule.succeeded(START);

    assertThat(schedule.wake(START.plusMillis(100))).isTrue();
    assertThat(schedule.due()).isEqualTo(START.plus(PollSchedule.MIN_GAP));

    schedule.begins();
    schedule.succeeded(START.plusSeconds(10));
    assertThat(schedule.wake(START.plusSeconds(20))).isTrue();
    assertThat(schedule.due()).isEqualTo(START.plusSeconds(20));
  }

  @Test
  void aWakeUpThatComesWhileItLooksIsAnsweredByAnotherLook() {
    schedule.wake(START);
    schedule.begins();
    schedule.wake(START.plusSeconds(3));

    schedule.succeeded(START.plusSeconds(5));

    assertThat(schedule.due()).isEqualTo(START.plusSeconds(5).plus(PollSchedule.MIN_GAP));
    schedule.begins();
    schedule.succeeded(START.plusSeconds(7));
    assertThat(schedule.due()).isAfter(START.plusSeconds(60));
  }

  @Test
  void refusesAFloodOfWakeUpsAndForgetsItAfterAMinute() {
    for (int i = 0; i < PollSchedule.MAX_WAKES_A_MINUTE; i++) {
      assertThat(schedule.wake(START)).isTrue();
    }
    assertThat(schedule.wake(START.plusSeconds(59))).isFalse();
    assertThat(schedule.wake(START.plusSeconds(61))).isTrue();
  }
}
