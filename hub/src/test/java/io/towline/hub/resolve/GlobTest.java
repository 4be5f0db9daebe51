package io.towline.hub.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "apps/*, apps/podinfo, true",
    "apps/*, apps/podinfo/deep, false",
    "apps/*, apps, false",
    "**/towline.yaml, towline.yaml, true",
    "**/towline.yaml, a/b/towline.yaml, true",
    "**/towline.yaml, a/b/xtowline.yaml, false",
    "apps/**, apps, true",
    "apps/**, apps/a/b/c, true",
    "a/**/z, a/z, true",
    "a/**/z, a/b/c/z, true",
    "a/**/z, a/b/c/y, false",
    "*.yaml, a.yaml, true",
    "*.yaml, .yaml, true",
    "*.yaml, d/a.yaml, false",
    "?.yaml, ab.yaml, false",
    "a*b*c, aXbYbZc, true",
    "a*b*c, aXbYbZ, false",
    "a.c, abc, false",
    "./apps/*/, apps/x, true",
    "'*', '*', true",
  })
  void matchesAsItsRulesSay(String pattern, String path, boolean expected) {
    assertThat(Glob.of(pattern).matches(path)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "/etc/*", "../x", "a/../b", "a\\b", "[a-z]", "{a,b}", "a**", "."})
  void refusesPatternsThatMeanSomethingElse(String pattern) {
    assertThatIllegalArgumentException().isThrownBy(() -> Glob.of(pattern));
  }

  @Test
  void answersQuicklyWhateverThePattern() {
    Glob glob = Glob.of("*a".repeat(500) + "/" + "**/".repeat(200) + "z");

    assertThat(glob.matches("a".repeat(4000) + "/a".repeat(500))).isFalse();
  }
}
