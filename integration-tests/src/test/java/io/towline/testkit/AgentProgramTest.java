package io.towline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.towline.testkit.AgentProgram.JvmAgent;
import io.towline.testkit.AgentProgram.NativeAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which agent is tried. A script stands for the native one: it takes what a native program takes,
 * refuses what only a JVM understands, and has the jar do the work.
 */
final class AgentProgramTest {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final int REFUSED = 64;

  @TempDir private Path scratch;

  @Test
  void withoutTheVariableItIsTheJarWithTheOptionsThatItIsShippedWith() {
    AgentProgram jar = AgentProgram.named(Map.of());

    assertThat(AgentProgram.named(Map.of(AgentProgram.BINARY_VARIABLE, ""))).isEqualTo(jar);
    assertThat(jar).isInstanceOf(JvmAgent.class);
    assertThat(jar.command(List.of("-Da=b"), "check"))
        .containsSubsequence("@" + Checkout.agentOptions(), "-Da=b", "-jar", "check");
    assertThat(jar.bytes()).isGreaterThan(Checkout.agentJar().toFile().length());
  }

  @Test
  void everyWayToStartAnAgentStartsTheProgramThatIsNamed() throws IOException {
    AgentProgram named = AgentProgram.named(Map.of(AgentProgram.BINARY_VARIABLE, standIn()));
    Path nowhere = Files.writeString(scratch.resolve("kubeconfig"), "kind: Config");

    ((NativeAgent) named).requireWhole(scratch);
    try (AgentProcess agent = AgentProcess.of(named, scratch.resolve("state"), nowhere)) {
      assertThat(agent.check().awaitExit(SOON)).isEqualTo(1);
      // Without a token it ends by itself, and says so.
      assertThat(agent.launch().process().awaitExit(SOON)).isEqualTo(1);
    }

    assertThat(Files.readAllLines(scratch.resolve("started")))
        .containsExactly("--self-check", "check", "");
  }

  @Test
  void aProgramThatIsNotWholeIsNamedBeforeAnyJourney() throws IOException {
    NativeAgent broken = new NativeAgent(script("echo 'FAILED  json: no class'; exit 1"));

    assertThatIllegalStateException()
        .isThrownBy(() -> broken.requireWhole(scratch))
        .withMessageContaining(broken.program() + " --self-check says")
        .withMessageContaining("FAILED  json: no class");
  }

  @Test
  void aProgramThatIsNotThereIsNamedWithTheVariable() {
    Map<String, String> environment = Map.of(AgentProgram.BINARY_VARIABLE, "/no/such/agent");

    assertThatIllegalStateException()
        .isThrownBy(() -> AgentProgram.named(environment))
        .withMessageContaining(AgentProgram.BINARY_VARIABLE + " names /no/such/agent");
  }

  private String standIn() throws IOException {
    return script(
            """
            definitions=() arguments=()
            for argument in "$@"; do
              case $argument in
                -D*) definitions+=("$argument") ;;
                -*-check | check) arguments+=("$argument") ;;
                *) exit %d ;;
              esac
            done
            echo "${arguments[*]}" >> %s
            exec %s "@%s" "${definitions[@]}" -jar %s "${arguments[@]}"
            """
                .formatted(
                    REFUSED,
                    scratch.resolve("started"),
                    Path.of(System.getProperty("java.home"), "bin", "java"),
                    Checkout.agentOptions(),
                    Checkout.agentJar()))
        .toString();
  }

  private Path script(String lines) throws IOException {
    Path file = Files.writeString(scratch.resolve("towline-agent"), "#!/bin/bash\n" + lines);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }
}
