package io.towline.agent.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class SelfCheckTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void saysOfEachPartThatItWorks() {
    boolean well = new SelfCheck(InstantSource.system()).print(out);

    assertThat(printed()).allMatch(line -> line.startsWith("ok "));
    assertThat(printed()).hasSize(5);
    assertThat(well).isTrue();
  }

  @Test
  void namesThePartThatDoesNotAndGoesOn() {
    InstantSource broken =
        () -> {
          throw new IllegalStateException("no clock");
        };

    boolean well = new SelfCheck(broken).print(out);

    assertThat(well).isFalse();
    assertThat(printed())
        .containsExactly(
            "ok      json",
            "ok      kubeconfig",
            "ok      certificate request",
            "FAILED  gRPC over TLS to itself: java.lang.IllegalStateException: no clock",
            "FAILED  signed envelope: java.lang.IllegalStateException: no clock");
  }

  private String[] printed() {
    return bytes.toString(StandardCharsets.UTF_8).split("\n");
  }
}
