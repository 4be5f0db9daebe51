package io.towline.hub.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What people write as values of flags is understood or is their mistake, with the way out. */
class WordsFuzzTest {
  static Stream<byte[]> words() {
    return Stream.of(
            "90s",
            "5m",
            "999999h",
            "10ms",
            "podinfo@lima",
            "a=b,c!=d,e in (f, g)",
            "a in (b\n,c)",
            "a in ((")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("words")
  @FuzzTest
  void aWordIsUnderstoodOrSaidToBeAMistake(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    try {
      assertThat(Times.parse(text)).isBetween(Duration.ZERO, Duration.ofHours(1_000_000));
    } catch (CliException e) {
      assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE);
    }
    try {
      TargetName target = TargetName.parse(text);
      assertThat(TargetName.parse(target.toString())).isEqualTo(target);
      assertThat(target).hasToString(text);
    } catch (CliException e) {
      assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE);
    }
    try {
      assertThat(new Filter().withSelector(text).toString()).doesNotContain("\n");
    } catch (CliException e) {
      assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE);
    }
  }
}
