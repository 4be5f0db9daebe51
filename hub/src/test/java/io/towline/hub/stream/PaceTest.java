package io.towline.hub.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @Test
  void aSecondsWorthMayComeAtOnceAndNoMore() {
    Pace pace = new Pace(20, 0);
    for (int i = 0; i < 20; i++) {
      assertThat(pace.next(0)).isZero();
    }

    assertThat(pace.next(0)).isEqualTo(SECOND / 20);
    assertThat(pace.next(0)).isEqualTo(2 * SECOND / 20);
  }

  @Test
  void aRestedSenderHasItsBurstAgain() {
    Pace pace = new Pace(20, 0);
    for (int i = 0; i < 40; i++) {
      pace.next(0);
    }

    assertThat(pace.next(10 * SECOND)).isZero();
  }
}
