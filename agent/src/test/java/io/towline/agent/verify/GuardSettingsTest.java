package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.towline.agent.apply.TestConfig;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuardSettingsTest {
  @ParameterizedTest
  @ValueSource(strings = {"25 %", "-1", "101%", "1.5", "many", "%", "9999999", "\uff12\uff15%"})
  void refusesACapThatMeansNothing(String written) {
    GuardConfig config =
        TestConfig.of(GuardConfig.class, Map.of("towline.guard.max-deletions", written));

    assertThatExceptionOfType(GuardException.class)
        .isThrownBy(() -> GuardSettings.requireMeaning(config))
        .withMessageStartingWith("towline.guard.max-deletions: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "20", "999999", "0%", "25%", "100%", " 25% "})
  void takesANumberOrAShare(String written) {
    GuardConfig config =
        TestConfig.of(GuardConfig.class, Map.of("towline.guard.max-deletions", written));

    assertThatCode(() -> GuardSettings.requireMeaning(config)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TOWLINE_GUARD_FORBIDEN_KINDS",
        "TOWLINE_GUARD_",
        "TOWLINE_GUARD_MAX_DELETIONS_PERCENT",
      })
  void refusesAMisspeltVariable(String name) {
    assertThatExceptionOfType(GuardException.class)
        .isThrownBy(() -> GuardSettings.requireKnown(List.of("TOWLINE_NAMESPACE", name)))
        .withMessageStartingWith(name + ": ");
  }

  @Test
  void knowsTheVariableOfEveryGuardRail() {
    List<String> names =
        Arrays.stream(GuardConfig.class.getDeclaredMethods())
            .filter(method -> !method.isSynthetic())
            .map(Method::getName)
            .map(name -> name.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT))
            .map(name -> "TOWLINE_GUARD_" + name)
            .toList();

    assertThatCode(() -> GuardSettings.requireKnown(names)).doesNotThrowAnyException();
    assertThatCode(
            () ->
                GuardSettings.requireKnown(
                    List.of("TOWLINE_GUARD_FORBIDDEN_KINDS_0_", "towline.guard.what-ever")))
        .as("an item of a list; and what the configuration itself refuses")
        .doesNotThrowAnyException();
  }

  @Test
  void doesNotDoWithoutAFileThatIsNamed(@TempDir Path directory) throws Exception {
    Path there = Files.writeString(directory.resolve("the agent.properties"), "");
    Path missing = directory.resolve("agent.propertes");

    for (String location : List.of(there.toString(), there.toUri().toString(), " " + there)) {
      assertThatCode(() -> GuardSettings.requireReadable("p", location)).doesNotThrowAnyException();
    }
    for (String location : List.of(missing.toString(), missing.toUri().toString())) {
      assertThatExceptionOfType(GuardException.class)
          .isThrownBy(() -> GuardSettings.requireReadable("smallrye.config.locations", location))
          .withMessageStartingWith("smallrye.config.locations: " + missing);
    }
  }
}
