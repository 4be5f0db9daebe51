package io.towline.hub.render;

import java.time.Duration;

/** What programs of tests may take. */
final class LimitsForTests {
  static final ProcessLimits USUAL =
      new ProcessLimits(Duration.ofSeconds(60), Duration.ofSeconds(30), 1L << 30, 1 << 20);

  private LimitsForTests() {}
}
