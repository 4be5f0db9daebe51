package io.towline.agent.enroll;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.Digest;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentityTest {
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
    Identity identity =
        new Identity(hub, new UUID(1, 2), new UUID(3, 4), "lima", Digest.of(new byte[0]));

    assertThat(identity.hubHost()).isEqualTo(host);
    assertThat(identity.hubPort()).isEqualTo(port);
  }
}
