package io.towline.hub.show;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlainHttpRuleTest {
  @Test
  void plainHttpIsForLoopbackUnlessSomeoneSaidSo() {
    assertThat(new PlainHttpRule("127.0.0.1", true, false).breach()).isEmpty();
    assertThat(new PlainHttpRule("localhost", true, false).breach()).isEmpty();
    assertThat(new PlainHttpRule("::1", true, false).breach()).isEmpty();
    assertThat(new PlainHttpRule("0.0.0.0", true, true).breach()).isEmpty();
    assertThat(new PlainHttpRule("0.0.0.0", false, false).breach()).isEmpty();

    assertThat(new PlainHttpRule("0.0.0.0", true, false).breach())
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .contains("quarkus.http.host")
                    .contains("towline.show.allow-insecure"));
    assertThat(new PlainHttpRule("::", true, false).breach()).isPresent();
  }
}
