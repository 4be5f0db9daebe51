package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import io.towline.envelope.OfflineToken;
import io.towline.envelope.PoolToken;
import io.towline.hub.enroll.Registration.NewPool;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrationTest {
  private static final String RECIPIENT = "age1" + "q".repeat(58);

  @TempDir Path directory;
  private FleetFixture fixture;
  private Authorities authorities;

  @BeforeEach
  void open() throws IOException {
    fixture = new FleetFixture(directory);
    authorities = Authorities.open(directory, new SecureRandom(), fixture.clock);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void givesATokenWhoseSecretTheHubKnowsByItsHashAlone() {
    Registration registration = registration("hub.example");

    Registration.Registered registered = register(registration, Map.of("env", "production"));

    JoinToken token = JoinToken.parse(registered.token().encode());
    assertThat(token.hub()).isEqualTo("hub.example:8443");
    assertThat(token.authorities()).isEqualTo(authorities.pins());
    assertThat(token.fleet()).isEqualTo(fixture.fleetId);
    assertThat(token.cluster()).isEqualTo(registered.cluster().id());
    assertThat(token.clusterName()).isEqualTo("store-0001");
    assertThat(token.root()).isEqualTo(fixture.root.digest());
    assertThat(token.expires()).isEqualTo(FleetFixture.NOW.plus(Duration.ofHours(1)));
    assertThat(Base64.getUrlDecoder().decode(token.secret())).hasSize(32);
    assertThat(fixture.column("select secret_sha256 from join_token"))
        .containsExactly(Digest.of(token.secret().getBytes(StandardCharsets.UTF_8)).hex());
  }

  @Test
  void aSecondRegistrationKeepsTheIdAndVoidsTheTokenThatWasOut() {
    Registration registration = registration("hub.example");
    Registration.Registered first = register(registration, Map.of());

    Registration.Registered second = register(registration, Map.of());

    assertThat(second.cluster()).isEqualTo(first.cluster());
    assertThat(fixture.column("select secret_sha256 from join_token"))
        .containsExactly(Digest.of(second.token().secret().getBytes(StandardCharsets.UTF_8)).hex());
  }

  @Test
  void anOfflineClusterGetsATokenWithoutASecretThatIsAlwaysTheSame() {
    Registration registration = registration("hub.example");
    register(registration, Map.of());

    Registration.Offline offline =
        registration.registerOffline("store-0001", Map.of(), List.of(RECIPIENT));

    OfflineToken token = OfflineToken.parse(offline.token().encode());
    assertThat(token)
        .isEqualTo(
            new OfflineToken(
                fixture.fleetId, offline.cluster().id(), "store-0001", fixture.root.digest()));
    assertThat(fixture.column("select secret_sha256 from join_token")).isEmpty();
    assertThat(fixture.column("select seal_recipients from cluster")).containsExactly(RECIPIENT);
    assertThat(fixture.clusters.offline()).containsExactly(offline.cluster().id());
    assertThat(registration.registerOffline("store-0001", Map.of(), List.of()).token())
        .isEqualTo(token);
    assertThat(fixture.column("select seal_recipients from cluster")).containsExactly(RECIPIENT);

    register(registration, Map.of());

    assertThat(fixture.clusters.offline()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "age1", "AGE-SECRET-KEY-1QQQQ", "age1 x"})
  void refusesARecipientThatIsNone(String recipient) {
    assertThatThrownBy(
            () ->
                registration("hub.example")
                    .registerOffline("store-0001", Map.of(), List.of(recipient)))
        .isInstanceOfSatisfying(
            RegistrationException.class,
            refusal -> assertThat(refusal.field()).isEqualTo("seal_recipients"));
  }

  @ParameterizedTest
  @CsvSource({"PT59S", "PT24H1S", "PT0S", "-PT1H"})
  void refusesALifeThatNoTokenMayHave(Duration life) {
    Registration registration = registration("hub.example");

    assertThatThrownBy(() -> registration.register("a", Map.of(), Optional.of(life)))
        .isInstanceOfSatisfying(
            RegistrationException.class, refusal -> assertThat(refusal.field()).isEqualTo("ttl"));
  }

  private static Registration.Registered register(
      Registration registration, Map<String, String> labels) {
    return registration.register("store-0001", labels, Optional.empty());
  }

  @ParameterizedTest
  @CsvSource({
    "hub.example, hub.example:8443",
    "hub.example:443, hub.example:443",
    "' hub.example ', hub.example:8443",
    "[2001:db8::1], [2001:db8::1]:8443",
    "[2001:db8::1]:443, [2001:db8::1]:443"
  })
  void theAddressHasAPort(String advertised, String expected) {
    assertThat(registration(advertised).register("a", Map.of(), Optional.empty()).token().hub())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Store", "-a", "a-", "a.b", "a/b", "ä"})
  void refusesANameThatIsNoRfc1123Label(String name) {
    Registration registration = registration("hub.example");

    assertThatThrownBy(() -> registration.register(name, Map.of(), Optional.empty()))
        .isInstanceOfSatisfying(
            RegistrationException.class,
            refusal -> assertThat(refusal.field()).isEqualTo("cluster_id"));
  }

  @ParameterizedTest
  @CsvSource({"'a b', x", "'', x", "a, 'x y'", "a/b/c, x", "-a, x"})
  void refusesALabelThatKubernetesWouldRefuse(String key, String value) {
    Registration registration = registration("hub.example");

    assertThatThrownBy(() -> registration.register("a", Map.of(key, value), Optional.empty()))
        .isInstanceOf(RegistrationException.class);
  }

  @Test
  void saysWhichLabelKubernetesWouldRefuse() {
    Registration registration = registration("hub.example");

    assertThat(refusal(registration, Map.of("env", "x y")).field()).isEqualTo("labels.env");
    assertThat(refusal(registration, Map.of("a b", "x")).field()).isEqualTo("labels");
    assertThat(refusal(registration, labels(Registration.MAX_LABELS + 1)).field())
        .isEqualTo("labels");
    assertThat(fixture.clusters.all()).isEmpty();
  }

  private static RegistrationException refusal(
      Registration registration, Map<String, String> labels) {
    return catchThrowableOfType(RegistrationException.class, () -> register(registration, labels));
  }

  private static Map<String, String> labels(int count) {
    return IntStream.range(0, count)
        .boxed()
        .collect(Collectors.toMap(i -> "example.org/label-" + i, i -> ""));
  }

  @Test
  void takesAsMuchAsItSaysThatItTakes() {
    Registration registration = registration("hub.example");
    String longest = "a".repeat(63);

    for (String life : List.of("PT1M", "PT24H")) {
      Registration.Registered registered =
          registration.register(
              longest, labels(Registration.MAX_LABELS), Optional.of(Duration.parse(life)));
      assertThat(registered.token().expires())
          .isEqualTo(FleetFixture.NOW.plus(Duration.parse(life)));
    }
    assertThat(
            registration
                .registerOffline("b", Map.of(), Collections.nCopies(16, RECIPIENT))
                .cluster()
                .name())
        .isEqualTo("b");
    assertThatThrownBy(
            () -> registration.registerOffline("b", Map.of(), Collections.nCopies(17, RECIPIENT)))
        .isInstanceOf(RegistrationException.class);
    assertThatThrownBy(() -> registration.register(longest + "a", Map.of(), Optional.empty()))
        .isInstanceOf(RegistrationException.class);
    assertThatThrownBy(() -> registration.registerOffline("-", Map.of(), List.of()))
        .isInstanceOf(RegistrationException.class);
  }

  @Test
  void aPoolTakesAsMuchAsItSaysThatItTakes() {
    Registration registration = registration("hub.example");
    List<String> accepted =
        IntStream.range(0, Registration.MAX_LABELS).mapToObj(i -> "label-" + i + "*").toList();

    PoolToken token =
        registration
            .register(
                new NewPool("edge", Registration.MAX_OF_A_POOL, Map.of(), accepted, "edge-", false),
                Optional.empty())
            .orElseThrow();

    assertThat(token.hub()).isEqualTo("hub.example:8443");
    assertThat(token.expires()).isEqualTo(FleetFixture.NOW.plus(Duration.ofHours(1)));
    assertThat(fixture.pools.all())
        .singleElement()
        .satisfies(
            pool -> {
              assertThat(pool.max()).isEqualTo(Registration.MAX_OF_A_POOL);
              assertThat(pool.acceptedLabels()).isEqualTo(accepted);
            });
    List<String> more = new ArrayList<>(accepted);
    more.add("one-more");
    assertThat(poolRefusal(new NewPool("far", 1, Map.of(), more, "", false)))
        .isEqualTo("accepted_labels");
    assertThat(poolRefusal(new NewPool("far", 0, Map.of(), List.of(), "", false)))
        .isEqualTo("max_clusters");
    assertThat(poolRefusal(new NewPool("far", 1, Map.of(), List.of(), "-", false)))
        .isEqualTo("name_prefix");
    assertThat(poolRefusal(new NewPool("Far", 1, Map.of(), List.of(), "", false)))
        .isEqualTo("pool_id");
  }

  private String poolRefusal(NewPool pool) {
    return catchThrowableOfType(
            RegistrationException.class,
            () -> registration("hub.example").register(pool, Optional.empty()))
        .field();
  }

  @Test
  void aTokenExpiresAtAWholeSecondAsItsTextSays() {
    fixture.now = FleetFixture.NOW.plusMillis(999);

    assertThat(register(registration("hub.example"), Map.of()).token().expires())
        .isEqualTo(FleetFixture.NOW.plus(Duration.ofHours(1)));
  }

  private Registration registration(String advertised) {
    AgentsSettings settings =
        Settings.of(AgentsSettings.class, Map.of("towline.agents.advertised-address", advertised));
    return new Registration(
        fixture.clusters,
        fixture.enrollments,
        fixture.pools,
        fixture.fleet,
        authorities,
        settings,
        () -> 8443,
        new SecureRandom(),
        fixture.clock);
  }
}
