package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.towline.hub.render.ConfinedProcess.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the machine does not allow is skipped; what is promised everywhere is not. */
class ConfinedProcessTest {
  private static final String SHELL = "/bin/sh";
  private static final Confinement HERE = Confinement.probe(Programs.searchPath());
  private static final Confinement NONE = Confinement.none();

  @TempDir private Path directory = Path.of("");

  @Test
  void givesStatusOutputAndError() throws Exception {
    Outcome outcome = run(HERE, LimitsForTests.USUAL, "echo out; echo err >&2; exit 3");

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Ended.class,
            ended -> {
              assertThat(ended.status()).isEqualTo(3);
              assertThat(new String(ended.output(), StandardCharsets.UTF_8)).isEqualTo("out\n");
              assertThat(ended.error()).isEqualTo("err\n");
            });
  }

  @Test
  void handsOnNothingOfTheHubsEnvironment() throws Exception {
    Outcome outcome = run(HERE, LimitsForTests.USUAL, "/usr/bin/env");

    assertThat(output(outcome).lines().filter(line -> !line.startsWith("_=")))
        .allSatisfy(line -> assertThat(line).matches("(PWD|OLDPWD|SHLVL|GREETING)=.*"))
        .contains("GREETING=hello");
  }

  @Test
  void killsWhatTakesTooLongWithAllItsChildren() throws Exception {
    ProcessLimits soon =
        new ProcessLimits(Duration.ofMillis(500), Duration.ofSeconds(30), 1L << 30, 1 << 20);
    for (Confinement confinement : List.of(HERE, NONE)) {
      Outcome outcome = run(confinement, soon, "sleep 600 & sleep 600");

      assertThat(outcome).isInstanceOf(Outcome.TimedOut.class);
    }
    assertThat(sleepersBelowThisProcess()).isZero();
  }

  @Test
  void killsWhatWritesTooMuch() throws Exception {
    Outcome outcome = run(HERE, LimitsForTests.USUAL, "while :; do echo xxxxxxxxxxxxxxxx; done");

    assertThat(outcome).isInstanceOf(Outcome.OutputTooLarge.class);
  }

  @Test
  void readsErrorsOfAnyLengthAndKeepsTheirBeginning() throws Exception {
    Outcome outcome =
        run(
            HERE,
            LimitsForTests.USUAL,
            "i=0; while [ $i -lt 20000 ]; do echo xxxxxxxxxxxxxxxx >&2; i=$((i+1)); done");

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Ended.class, ended -> assertThat(ended.error()).hasSize(64 * 1024));
  }

  @Test
  void stopsAProgramThatComputesForEver() throws Exception {
    assumeTrue(HERE.prlimit().isPresent(), "prlimit is missing on this machine");
    ProcessLimits little =
        new ProcessLimits(Duration.ofSeconds(60), Duration.ofSeconds(1), 1L << 30, 1 << 20);

    Outcome outcome = run(HERE, little, "while :; do :; done");

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Ended.class, ended -> assertThat(ended.status()).isGreaterThanOrEqualTo(128));
  }

  @Test
  void stopsAProgramThatTakesTooMuchMemory() throws Exception {
    assumeTrue(HERE.prlimit().isPresent(), "prlimit is missing on this machine");
    ProcessLimits little =
        new ProcessLimits(Duration.ofSeconds(60), Duration.ofSeconds(30), 64L << 20, 1 << 20);

    Outcome outcome = run(HERE, little, "a=xxxxxxxxxxxxxxxx; while :; do a=$a$a; done");

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Ended.class, ended -> assertThat(ended.status()).isNotZero());
  }

  @Test
  void letsAProgramWriteNoFile() throws Exception {
    assumeTrue(HERE.prlimit().isPresent(), "prlimit is missing on this machine");

    run(HERE, LimitsForTests.USUAL, "echo x > written");

    Path written = directory.resolve("written");
    assertThat(!Files.exists(written) || Files.size(written) == 0).isTrue();
  }

  @Test
  void showsAProgramNoNetwork() throws Exception {
    assumeTrue(HERE.unshare().isPresent(), "this machine lets nobody make namespaces");

    Outcome outcome = run(HERE, LimitsForTests.USUAL, "cat /proc/self/net/dev");

    assertThat(output(outcome).lines().filter(line -> line.contains(":")))
        .singleElement()
        .asString()
        .startsWith("    lo:");
  }

  @Test
  void saysWhichConfinementHolds() {
    assertThat(NONE.description())
        .isEqualTo(
            "network not cut off (this machine lets the hub make no namespace), "
                + "no kernel limits (prlimit is missing)");
    assertThat(HERE.description()).isNotEmpty();
  }

  private Outcome run(Confinement confinement, ProcessLimits limits, String script)
      throws Exception {
    return new ConfinedProcess(confinement, limits)
        .run(List.of(SHELL, "-c", script), directory, Map.of("GREETING", "hello"));
  }

  private static String output(Outcome outcome) {
    if (outcome instanceof Outcome.Ended ended) {
      return new String(ended.output(), StandardCharsets.UTF_8);
    }
    throw new AssertionError("did not end by itself: " + outcome);
  }

  private static long sleepersBelowThisProcess() {
    return ProcessHandle.current()
        .descendants()
        .filter(child -> child.info().command().filter(c -> c.endsWith("/sleep")).isPresent())
        .count();
  }
}
