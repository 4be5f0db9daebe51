package io.towline.agent.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.agent.stream.FakeAuthority;
import io.towline.agent.stream.FakeFleet;
import io.towline.envelope.Digest;
import io.towline.envelope.HubToken;
import io.towline.envelope.OfflineToken;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnrollmentTest {
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(1_000_000));

  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();
  private final String token = fleet.token("hub.example:8443", Digest.of(new byte[1])).encode();
  private DurableFiles files;
  private Optional<String> named = Optional.empty();
  private Optional<String> labelled = Optional.empty();

  @BeforeEach
  void open() {
    files = DurableFiles.open(new LocalDisk(), directory);
  }

  @AfterEach
  void close() {
    files.close();
  }

  @Test
  void learnsFromItsTokenAndRemembersWithoutIt() {
    Enrollment first = Enrollment.of(config(token, null), files, CLOCK);
    assertThat(first.knownBefore()).isFalse();
    assertThat(first.identity().orElseThrow().hub()).contains("hub.example:8443");
    keep(first);
    Enrollment again = Enrollment.of(config(null, null), files, CLOCK);
    assertThat(again.knownBefore()).isTrue();
    assertThat(again.identity().orElseThrow().cluster()).isEqualTo(fleet.cluster);
  }

  @Test
  void isNotKnownBeforeTrustWasFounded() {
    assertThat(Enrollment.of(config(token, null), files, CLOCK).knownBefore()).isFalse();
    assertThat(Enrollment.of(config(token, null), files, CLOCK).knownBefore()).isFalse();
  }

  @Test
  void readsTheTokenFromAFileWithALineEnd() throws Exception {
    Path file = directory.resolve("token-file");
    Files.writeString(file, token + "\n");
    assertThat(
            Enrollment.of(config("nonsense", file), files, CLOCK)
                .identity()
                .orElseThrow()
                .cluster())
        .isEqualTo(fleet.cluster);
  }

  @Test
  void needsNoTokenFileOnceItHasJoined() {
    Path gone = directory.resolve("gone");
    assertThatThrownBy(() -> Enrollment.of(config(null, gone), files, CLOCK))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("no join token");
    keep(Enrollment.of(config(token, null), files, CLOCK));

    Enrollment again = Enrollment.of(config(null, gone), files, CLOCK);

    assertThat(again.identity().orElseThrow().cluster()).isEqualTo(fleet.cluster);
    assertThat(again.token()).isEmpty();
  }

  @Test
  void countsItsStartsAlsoWhenTheClockStandsOrGoesBack() {
    long first = Enrollment.of(config(token, null), files, CLOCK).incarnation();
    long second = Enrollment.of(config(token, null), files, CLOCK).incarnation();
    long third =
        Enrollment.of(config(token, null), files, InstantSource.fixed(Instant.EPOCH)).incarnation();
    assertThat(first).isEqualTo(1_000_000);
    assertThat(second).isGreaterThan(first);
    assertThat(third).isGreaterThan(second);
  }

  @Test
  void followsItsHubToANewAddress() {
    keep(Enrollment.of(config(token, null), files, CLOCK));
    String moved = fleet.token("other.example:9443", Digest.of(new byte[2])).encode();
    keep(Enrollment.of(config(moved, null), files, CLOCK));
    assertThat(Enrollment.of(config(null, null), files, CLOCK).identity().orElseThrow().hub())
        .contains("other.example:9443");
  }

  @Test
  void refusesTheTokenOfAnotherClusterForThisDirectory() {
    keep(Enrollment.of(config(token, null), files, CLOCK));
    String other = new FakeFleet().token("hub.example:8443", Digest.of(new byte[1])).encode();
    assertThatThrownBy(() -> Enrollment.of(config(other, null), files, CLOCK))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("a directory of its own");
  }

  @Test
  void saysWhatToDoWithoutATokenAndShowsNoneOfADamagedOne() {
    assertThatThrownBy(() -> Enrollment.of(config(null, null), files, CLOCK))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("TOWLINE_JOIN_TOKEN");
    String cut = token.substring(0, token.length() - 5);
    assertThatThrownBy(() -> Enrollment.of(config(cut, null), files, CLOCK))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("was it copied whole?")
        .hasMessageNotContaining(cut.substring(10));
  }

  @Test
  void takesABlankTokenForNone() throws Exception {
    keep(Enrollment.of(config(token, null), files, CLOCK));
    Path blank = Files.writeString(directory.resolve("blank"), "\n");

    assertThat(Enrollment.of(config(" ", null), files, CLOCK).token()).isEmpty();
    assertThat(Enrollment.of(config(token, blank), files, CLOCK).token()).isEmpty();
  }

  @Test
  void readsATokenFileOfFourKibibytesAndNoLargerOne() throws Exception {
    Path file = directory.resolve("token-file");
    Files.writeString(file, token + " ".repeat(4_096 - token.length()));
    assertThat(Enrollment.of(config(null, file), files, CLOCK).token()).isPresent();

    Files.writeString(file, token + " ".repeat(4_097 - token.length()));
    assertThatThrownBy(() -> Enrollment.of(config(null, file), files, CLOCK))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("too large");
  }

  @Test
  void keepsNoSecretOfItsToken() throws Exception {
    Enrollment enrollment = Enrollment.of(config(token, null), files, CLOCK);
    keep(enrollment);

    String secret = enrollment.token().orElseThrow().secret();
    assertThat(new String(files.read("identity").orElseThrow(), StandardCharsets.ISO_8859_1))
        .contains("hub.example:8443")
        .doesNotContain(secret);
    assertThat(enrollment.identity().toString()).doesNotContain(secret);
  }

  @Test
  void readsATokenFileAnewSoThatATokenCanBeReplacedWhileItRuns() throws Exception {
    Path file = directory.resolve("token-file");
    Files.writeString(file, token);
    Enrollment enrollment = Enrollment.of(config(null, file), files, CLOCK);
    String other = fleet.token("hub.example:8443", Digest.of(new byte[1]), "n".repeat(43)).encode();

    Files.writeString(file, other);
    assertThat(enrollment.token().orElseThrow().secret()).isEqualTo("n".repeat(43));

    Files.writeString(
        file, new FakeFleet().token("hub.example:8443", Digest.of(new byte[1])).encode());
    assertThatThrownBy(enrollment::token)
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("this is the agent of");
  }

  private static void keep(Enrollment enrollment) {
    enrollment.keep(enrollment.identity().orElseThrow());
  }

  @Test
  void learnsWhoItIsFromItsCertificateWhereItsTokenIsAPools() throws Exception {
    HubToken pool = fleet.poolToken("hub.example:8443", Digest.of(new byte[1]));
    named = Optional.of("store-0107");
    labelled = Optional.of("site=lima, tier=1");
    Enrollment enrollment = Enrollment.of(config(pool.encode(), null), files, CLOCK);
    assertThat(enrollment.identity()).isEmpty();
    assertThat(enrollment.proposal())
        .isEqualTo(new Proposal("store-0107", Map.of("site", "lima", "tier", "1")));
    AgentKey key = AgentKey.generate(new SecureRandom());
    X509Certificate certificate =
        new FakeAuthority().certify(key.certificateRequest(), fleet.name, fleet.uri());

    Identity identity = Identity.of(pool, certificate);

    assertThat(identity.cluster()).isEqualTo(fleet.cluster);
    assertThat(identity.clusterName()).isEqualTo("store-0107");
    enrollment.keep(identity);
    named = Optional.empty();
    assertThat(Enrollment.of(config(pool.encode(), null), files, CLOCK).identity())
        .contains(identity);
    assertThat(Enrollment.of(config(null, null), files, CLOCK).identity()).contains(identity);
    assertThatThrownBy(
            () ->
                Identity.of(
                    new FakeFleet().poolToken("hub.example:8443", Digest.of(new byte[1])),
                    certificate))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void saysWhatAPoolsTokenWantsBesideIt() {
    String pool = fleet.poolToken("hub.example:8443", Digest.of(new byte[1])).encode();
    assertThatThrownBy(() -> Enrollment.of(config(pool, null), files, CLOCK))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("TOWLINE_CLUSTER_NAME");
    named = Optional.of("store-0107");
    for (String wrong : List.of("site", "=x", "a=1,,b=2", "a=1,a=2")) {
      labelled = Optional.of(wrong);
      assertThatThrownBy(() -> Enrollment.of(config(pool, null), files, CLOCK))
          .isInstanceOf(EnrollException.class)
          .hasMessageContaining("TOWLINE_CLUSTER_LABELS");
    }
  }

  @Test
  void refusesANameThatIsNotTheOneOfItsToken() {
    named = Optional.of("store-0108");
    assertThatThrownBy(() -> Enrollment.of(config(token, null), files, CLOCK))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("store-0108");
    named = Optional.of("store-0107");
    assertThat(Enrollment.of(config(token, null), files, CLOCK).identity()).isPresent();
  }

  @Test
  void anOfflineTokenMakesAnAgentWithoutAHubUntilItIsGivenAJoinToken() {
    Digest root = fleet.token("hub.example:8443", Digest.of(new byte[1])).root();
    String offline = new OfflineToken(fleet.fleet, fleet.cluster, "store-0107", root).encode();
    Enrollment first = Enrollment.of(config(offline, null), files, CLOCK);
    assertThat(first.identity().orElseThrow().hub()).isEmpty();
    assertThat(first.token()).isEmpty();
    keep(first);
    Enrollment again = Enrollment.of(config(null, null), files, CLOCK);
    assertThat(again.identity()).isEqualTo(first.identity());
    assertThat(again.knownBefore()).isTrue();
    assertThat(Enrollment.of(config(token, null), files, CLOCK).identity().orElseThrow().hub())
        .contains("hub.example:8443");
  }

  private AgentConfig config(
      @org.jspecify.annotations.Nullable String token,
      @org.jspecify.annotations.Nullable Path file) {
    return new AgentConfig() {
      @Override
      public Optional<String> joinToken() {
        return Optional.ofNullable(token);
      }

      @Override
      public Optional<Path> joinTokenFile() {
        return Optional.ofNullable(file);
      }

      @Override
      public Path stateDir() {
        return Path.of("unused");
      }

      @Override
      public String namespace() {
        return "towline-system";
      }

      @Override
      public Optional<String> clusterName() {
        return named;
      }

      @Override
      public Optional<String> clusterLabels() {
        return labelled;
      }
    };
  }
}
