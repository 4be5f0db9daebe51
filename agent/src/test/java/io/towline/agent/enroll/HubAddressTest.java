package io.towline.agent.enroll;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubAddressTest {
  @ParameterizedTest
  @CsvSource({
    "hub.example:8443, hub.example, 8443",
    "10.0.0.7:1, 10.0.0.7, 1",
    "[::1]:8443, ::1, 8443",
    "hub.example, hub.example, 443",
    "[half:8443, [half, 8443",
    "half]:8443, half], 8443"
  })
  void takesTheHubsAddressApart(String hub, String host, int port) {
    assertThat(HubAddress.parse(hub)).isEqualTo(new HubAddress(host, port));
  }
}
