package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected values are kubectl's own, taken from what version 1.35 prints for each scalar. */
class KubectlScalarsTest {
  private final KubectlScalars scalars = new KubectlScalars();

  @ParameterizedTest
  @CsvSource({
    "0644, 420",
    "-0644, -420",
    "+12, 12",
    "0, 0",
    "00, 0",
    "-0, 0",
    "0x1F, 31",
    "-0x1F, -31",
    "0X_1f, 31",
    "0b11, 3",
    "0b-11, -3",
    "-0b11, -3",
    "0o17, 15",
    "0O17, 15",
    "1_000, 1000",
    "1__0, 10",
    "0_644, 420",
    "9223372036854775807, 9223372036854775807",
    "-9223372036854775808, -9223372036854775808",
    "0x7FFFFFFFFFFFFFFF, 9223372036854775807",
  })
  void readsWholeNumbers(String text, long expected) {
    JsonNode value = scalars.resolve(text);

    assertThat(value.isIntegralNumber()).isTrue();
    assertThat(value.longValue()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    ".5, 0.5",
    "-.5, -0.5",
    "1., 1",
    "1.0, 1",
    "1e3, 1000",
    "1.e3, 1000",
    "0e1, 0",
    "1_0.5, 10.5",
    "089, 89",
    "-0.0, 0",
    "1e-7, 1e-7",
    "123456789e-20, 1.23456789e-12",
    "0.000001, 0.000001",
    "1e20, 100000000000000000000",
    "1e21, 1e+21",
    "-1.5e300, -1.5e+300",
    "5e-324, 5e-324",
    "1e-400, 0",
    "9223372036854775808, 9223372036854776000",
    ".5_0, 0.5",
    "18446744073709551615, 18446744073709552000",
    "0xFFFFFFFFFFFFFFFF, 18446744073709552000",
    "12345678901234567890123, 1.2345678901234568e+22",
    "07777777777777777777777777, 7.777777777777778e+24",
  })
  void readsDoublesAndWritesThemAsGoDoes(String text, String expected) {
    JsonNode value = scalars.resolve(text);

    assertThat(value.isDouble()).isTrue();
    assertThat(GoNumbers.text(value.doubleValue())).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"})
  void readsEveryWordForTrue(String text) {
    assertThat(scalars.resolve(text).booleanValue()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"})
  void readsEveryWordForFalse(String text) {
    assertThat(scalars.resolve(text).isBoolean()).isTrue();
    assertThat(scalars.resolve(text).booleanValue()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "~", "null", "Null", "NULL"})
  void readsEveryWordForNull(String text) {
    assertThat(scalars.resolve(text).isNull()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yEs",
        "tRUE",
        "nULL",
        "2001-01-01",
        "2001-12-14t21:59:43.10-05:00",
        "1:20",
        "190:20:30",
        "0x",
        "0b",
        "0b2",
        "0o8",
        "0xG",
        "0x1FFFFFFFFFFFFFFFF",
        "0x1p3",
        "+",
        "-",
        ".",
        "..",
        ".e3",
        ".5__0",
        ".5_",
        "._5",
        "1e",
        "1e400",
        ".9e999",
        "1d",
        "1f",
        "--1",
        "1.2.3",
        "_1",
        "١٢",
        "Infinity",
        "NaN",
        "<<",
      })
  void leavesEverythingElseAText(String text) {
    assertThat(scalars.resolve(text).isTextual()).isTrue();
    assertThat(scalars.resolve(text).textValue()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {".inf", "-.Inf", "+.INF", ".nan", ".NaN"})
  void refusesNumbersThatJsonDoesNotHave(String text) {
    assertThatThrownBy(() -> scalars.resolve(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("quote it");
  }

  @Test
  void readsJsonNumbersOfAnySize() {
    assertThat(GoNumbers.ofJson("1").isIntegralNumber()).isTrue();
    assertThat(GoNumbers.text(GoNumbers.ofJson("1.0").doubleValue())).isEqualTo("1");
    assertThat(GoNumbers.text(GoNumbers.ofJson("9223372036854775808").doubleValue()))
        .isEqualTo("9223372036854776000");
    assertThatThrownBy(() -> GoNumbers.ofJson("1e400"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
