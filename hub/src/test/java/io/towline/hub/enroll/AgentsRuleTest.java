package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.hub.store.Settings;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentsRuleTest {
  @Test
  void theDefaultsAreSafe() {
    assertThat(AgentsRule.breach(Settings.of(AgentsSettings.class, Map.of()))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "advertised-address, 'https://hub'",
    "advertised-address, 'hub:port'",
    "port, 70000",
    "join-token-life, 25h",
    "join-token-life, 0s",
    "certificate-life, 8d",
    "renewal-grace, 7d",
    "limits.connection-age, 0s",
    "limits.connection-age, 100d",
    "limits.connection-idle, 0s",
    "limits.handshake, 0s",
    "limits.handshake, 1h",
    "limits.keep-alive-permitted, 1ms",
    "limits.keep-alive-permitted, 1m",
    "limits.calls-per-connection, 2147483647",
    "limits.calls-per-connection, 1",
    "limits.resets-per-window, 0",
    "limits.metadata-bytes, 10000000",
    "limits.message-bytes, 2147483647",
    "limits.enrollments-per-second, 0",
    "limits.reports-per-second, -1"
  })
  void namesThePropertyThatIsUnsafe(String property, String value) {
    assertThat(breach(property, value))
        .hasValueSatisfying(
            why -> assertThat(why).contains("towline.agents.").contains(last(property)));
  }

  @ParameterizedTest
  @CsvSource({
    "join-token-life, PT1M, PT24H, PT59.999S, PT24H0.001S",
    "certificate-life, PT1M, PT96H, PT59.999S, PT96H0.001S",
    "renewal-grace, PT0S, PT144H, PT-0.001S, PT144H0.001S",
    "port, 0, 65535, -1, 65536",
    "beat-interval, PT0.05S, PT5M, PT0.049S, PT5M0.001S",
    "heartbeat-interval, PT0.05S, PT5M, PT0.049S, PT5M0.001S",
    "limits.connection-age, PT1M, PT24H, PT59.999S, PT24H0.001S",
    "limits.connection-age-grace, PT1S, PT10M, PT0.999S, PT10M0.001S",
    "limits.connection-idle, PT10S, PT1H, PT9.999S, PT1H0.001S",
    "limits.handshake, PT1S, PT1M, PT0.999S, PT1M0.001S",
    "limits.keep-alive-permitted, PT5S, PT30S, PT4.999S, PT30.001S",
    "limits.calls-per-connection, 4, 64, 3, 65",
    "limits.resets-per-window, 10, 10000, 9, 10001",
    "limits.metadata-bytes, 1024, 65536, 1023, 65537",
    "limits.message-bytes, 524288, 4194304, 524287, 4194305",
    "limits.encoded-cache-bytes, 0, 2147483648, -1, 2147483649",
    "limits.enrollments-per-second, 1, 1000, 0, 1001",
    "limits.reports-per-second, 1, 1000, 0, 1001"
  })
  void takesTheLeastAndTheMostThatItNamesAndNothingBeyond(
      String property, String least, String most, String tooLittle, String tooMuch) {
    assertThat(breach(property, least)).isEmpty();
    assertThat(breach(property, most)).isEmpty();
    assertThat(breach(property, tooLittle)).isNotEmpty();
    assertThat(breach(property, tooMuch)).isNotEmpty();
  }

  @Test
  void leavesAgentsTheTimeInWhichANewAuthorityTakesOverAndNotMore() {
    Map<String, String> aWeek =
        Map.of("towline.agents.certificate-life", "PT168H", "towline.agents.renewal-grace", "PT0S");

    assertThat(AgentsRule.breach(Settings.of(AgentsSettings.class, aWeek))).isEmpty();
    assertThat(breach("renewal-grace", "PT144H0.001S"))
        .hasValueSatisfying(why -> assertThat(why).contains("agents would be left behind"));
  }

  private static Optional<String> breach(String property, String value) {
    return AgentsRule.breach(
        Settings.of(AgentsSettings.class, Map.of("towline.agents." + property, value)));
  }

  private static String last(String property) {
    return property.substring(property.indexOf('.') + 1);
  }
}
