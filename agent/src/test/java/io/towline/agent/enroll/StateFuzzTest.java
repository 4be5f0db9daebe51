package io.towline.agent.enroll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.towline.agent.stream.FakeAuthority;
import io.towline.envelope.Digest;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever lies in the state directory, or a person hands in, is refused as this step refuses or is
 * the same once it is written again.
 */
class StateFuzzTest {
  private static final String TRUST = "trust";
  private static final String AGE = "age-secret-key-";

  @TempDir static Path directory;

  static Stream<byte[]> texts() {
    return Stream.of(SealIdentity.make(new SecureRandom()).text(), "a12uel5l", "age-secret-key-1")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("texts")
  @FuzzTest
  void bech32HasOneSpellingInEitherCase(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    try {
      assertThat(Bech32.encode(AGE, Bech32.decode(AGE, text)))
          .isEqualTo(text.toLowerCase(Locale.ROOT));
      assertThat(SealIdentity.parse(text).text()).isEqualTo(text.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      assertThat(e).message().hasSizeLessThan(100);
    }
    assertThat(Bech32.decode(AGE, Bech32.encode(AGE, bytes))).isEqualTo(bytes);
  }

  static Stream<byte[]> identities() {
    Digest root = Digest.of(new byte[0]);
    byte[] sound =
        new Identity(Optional.of("hub.example:8443"), new UUID(1, 2), new UUID(3, 4), "lima", root)
            .bytes();
    byte[] broken = sound.clone();
    // Within the first UUID: what a message that repeats it would bring along.
    broken[sound.length / 3] = '\n';
    return Stream.of(
        sound,
        broken,
        new Identity(Optional.empty(), new UUID(1, 2), new UUID(3, 4), "lima", root).bytes());
  }

  @MethodSource("identities")
  @FuzzTest
  void anIdentityIsRefusedOrIsTheSameWhenItIsWrittenAgain(byte[] bytes) {
    try {
      Identity identity = Identity.parse(bytes);
      assertThat(Identity.parse(identity.bytes())).isEqualTo(identity);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }

  static Stream<byte[]> credentials() throws Exception {
    FakeAuthority authority = new FakeAuthority();
    AgentKey key = AgentKey.generate(new SecureRandom());
    byte[] certificate = authority.certify(key.certificateRequest()).getEncoded();
    List<Digest> pins = List.of(authority.pin());
    Credential credential =
        Credential.of(key, certificate, pins, Instant.EPOCH, Digest.of(new byte[1]));
    return Stream.of(credential.bytes(), key.bytes(), certificate);
  }

  @MethodSource("credentials")
  @FuzzTest
  void aCredentialIsRefusedOrIsTheSameWhenItIsWrittenAgain(byte[] bytes) {
    try {
      byte[] written = Credential.parse(bytes).bytes();
      assertThat(Credential.parse(written).bytes()).isEqualTo(written);
    } catch (IllegalArgumentException e) {
      assertThat(e).message().isNotEmpty();
    }
    try {
      byte[] written = AgentKey.parse(bytes).bytes();
      assertThat(AgentKey.parse(written).bytes()).isEqualTo(written);
    } catch (IllegalArgumentException e) {
      assertThat(e).message().isNotEmpty();
    }
  }

  static Stream<byte[]> stateFiles() throws IOException {
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory)) {
      files.write(TRUST, "the floor".getBytes(UTF_8));
      byte[] trust = Files.readAllBytes(directory.resolve(TRUST));
      files.write("other", "the floor".getBytes(UTF_8));
      return Stream.of(trust, Files.readAllBytes(directory.resolve("other")));
    }
  }

  @MethodSource("stateFiles")
  @FuzzTest
  void aStateFileIsLostOrIsByteForByteWhatWouldBeWritten(byte[] bytes) throws IOException {
    Path file = directory.resolve(TRUST);
    Files.write(file, bytes);
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory)) {
      files.write(TRUST, files.read(TRUST).orElseThrow());
      assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    } catch (StateException e) {
      assertThat(e.reason()).isEqualTo(Reason.TRUST_STATE_LOST);
    }
  }

  static Stream<byte[]> identityFiles() {
    String identity = SealIdentity.make(new SecureRandom()).text();
    return Stream.of("2026\n" + identity + "\n", "# comment\n\n" + identity)
        .map(text -> text.getBytes(UTF_8));
  }

  /** The same bytes as what the agent kept, and as the file that a person gives it. */
  @MethodSource("identityFiles")
  @FuzzTest
  void filesOfIdentitiesGiveIdentitiesOrSayWhatIsWrong(byte[] bytes) throws IOException {
    Path given = Files.write(directory.resolve("given"), bytes);
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), directory)) {
      files.write(SealIdentities.FILE, bytes);
      for (Optional<Path> file : List.of(Optional.<Path>empty(), Optional.of(given))) {
        try {
          SealIdentities identities =
              SealIdentities.load(
                  files, SealIdentitiesTest.config(Optional.empty(), file), new SecureRandom());
          if (identities.problem().isEmpty()) {
            assertThat(identities.recipients()).isNotEmpty();
          }
        } catch (EnrollException e) {
          assertThat(file).isPresent();
        }
      }
    }
  }
}
