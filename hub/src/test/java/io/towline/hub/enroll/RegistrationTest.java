package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import io.towline.hub.store.AgentQueries;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrationTest {
  @TempDir Path directory;
  private FleetFixture fixture;
  private Credentials credentials;

  @BeforeEach
  void open() {
    fixture = new FleetFixture(directory);
    credentials = new Credentials(new AgentQueries(fixture.database), new SecureRandom());
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void givesATokenWhoseSecretTheHubKnowsByItsHashAlone() throws IOException {
    Registration registration = registration("hub.example");

    Registration.Registered registered =
        registration.register("store-0001", Map.of("env", "production"));

    JoinToken token = JoinToken.parse(registered.token().encode());
    assertThat(token.hub()).isEqualTo("hub.example:8443");
    assertThat(token.fleet()).isEqualTo(fixture.fleetId);
    assertThat(token.cluster()).isEqualTo(registered.cluster().id());
    assertThat(token.clusterName()).isEqualTo("store-0001");
    assertThat(token.root()).isEqualTo(fixture.root.digest());
    assertThat(credentials.authenticate(token.secret())).contains(registered.cluster());
    assertThat(
            new AgentQueries(fixture.database)
                .byCredential(Digest.of(token.secret().getBytes(StandardCharsets.UTF_8)).hex()))
        .contains(registered.cluster());
  }

  @Test
  void aSecondRegistrationKeepsTheIdAndVoidsTheFirstSecret() throws IOException {
    Registration registration = registration("hub.example");
    Registration.Registered first = registration.register("store-0001", Map.of());

    Registration.Registered second = registration.register("store-0001", Map.of());

    assertThat(second.cluster()).isEqualTo(first.cluster());
    assertThat(credentials.authenticate(first.token().secret())).isEmpty();
    assertThat(credentials.authenticate(second.token().secret())).contains(second.cluster());
  }

  @ParameterizedTest
  @CsvSource({
    "hub.example, hub.example:8443",
    "hub.example:443, hub.example:443",
    "[2001:db8::1], [2001:db8::1]:8443",
    "[2001:db8::1]:443, [2001:db8::1]:443"
  })
  void theAddressHasAPort(String advertised, String expected) throws IOException {
    assertThat(registration(advertised).register("a", Map.of()).token().hub()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Store", "-a", "a-", "a.b", "a/b", "ä"})
  void refusesANameThatIsNoRfc1123Label(String name) throws IOException {
    Registration registration = registration("hub.example");

    assertThatThrownBy(() -> registration.register(name, Map.of()))
        .isInstanceOfSatisfying(
            RegistrationException.class,
            refusal -> assertThat(refusal.field()).isEqualTo("cluster_id"));
  }

  @ParameterizedTest
  @CsvSource({"'a b', x", "'', x", "a, 'x y'", "a/b/c, x", "-a, x"})
  void refusesALabelThatKubernetesWouldRefuse(String key, String value) throws IOException {
    Registration registration = registration("hub.example");

    assertThatThrownBy(() -> registration.register("a", Map.of(key, value)))
        .isInstanceOf(RegistrationException.class);
  }

  private Registration registration(String advertised) throws IOException {
    AgentsSettings settings =
        Settings.of(AgentsSettings.class, Map.of("towline.agents.advertised-address", advertised));
    return new Registration(
        fixture.clusters,
        fixture.fleet,
        credentials,
        AgentsTls.open(directory, new SecureRandom(), fixture.clock),
        settings,
        () -> 8443);
  }
}
