package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.hub.store.Settings;
import java.util.Map;
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
    String name = "towline.agents." + property;

    assertThat(AgentsRule.breach(Settings.of(AgentsSettings.class, Map.of(name, value))))
        .hasValueSatisfying(
            why -> assertThat(why).contains("towline.agents.").contains(last(property)));
  }

  private static String last(String property) {
    return property.substring(property.indexOf('.') + 1);
  }
}
