package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AttemptLimitTest {
  private static final int PER_SECOND = 10;

  private final AtomicLong nanos = new AtomicLong(-5);
  private final AttemptLimit limit = new AttemptLimit(PER_SECOND, nanos::get);

  @Test
  void letsTwoSecondsWorthTryAtOnceAndNobodyMore() {
    assertThat(admittedAtOnce()).isEqualTo(2 * PER_SECOND);
    assertThat(limit.admits()).isFalse();
  }

  @Test
  void letsOneMoreTryWhenItsPartOfASecondIsOver() {
    admittedAtOnce();
    nanos.addAndGet(Duration.ofMillis(100).toNanos() - 1);
    assertThat(limit.admits()).isFalse();

    nanos.addAndGet(1);

    assertThat(limit.admits()).isTrue();
    assertThat(limit.admits()).isFalse();
  }

  @Test
  void savesNoMoreThanThatInAQuietHour() {
    admittedAtOnce();

    nanos.addAndGet(Duration.ofHours(1).toNanos());

    assertThat(admittedAtOnce()).isEqualTo(2 * PER_SECOND);
  }

  private int admittedAtOnce() {
    int admitted = 0;
    while (admitted <= 10 * PER_SECOND && limit.admits()) {
      admitted++;
    }
    return admitted;
  }
}
