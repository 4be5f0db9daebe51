package io.towline.agent.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealIdentitiesTest {
  private static final Path FIXTURES = Path.of("../proto/src/test/resources/sealed");

  @TempDir Path state;

  @Test
  void writesARecipientAsAgeDoes() throws IOException {
    for (String name : List.of("a", "b")) {
      List<String> lines = Files.readAllLines(FIXTURES.resolve("test-identity-" + name + ".txt"));

      SealIdentity identity = SealIdentity.parse(lines.getLast());

      assertThat(lines).contains("# public key: " + identity.recipient());
      assertThat(identity.text()).isEqualTo(lines.getLast());
      assertThat(identity).hasToString(identity.recipient());
    }
  }

  /** RFC 7748, section 5.2: the second coordinate has a top bit, which does not count. */
  @Test
  void agreesAsTheSpecificationDoes() {
    assertAgrees(
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    assertAgrees(
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
  }

  @Test
  void agreesOnNothingWithAPointOfSmallOrder() {
    assertThat(SealIdentity.make(new SecureRandom()).agree(new byte[32])).isEmpty();
  }

  private static void assertAgrees(String scalar, String share, String secret) {
    HexFormat hex = HexFormat.of();
    SealIdentity identity =
        SealIdentity.parse(Bech32.encode("age-secret-key-", hex.parseHex(scalar)));

    assertThat(identity.agree(hex.parseHex(share))).hasValue(hex.parseHex(secret));
  }

  @Test
  void refusesATextThatIsNoIdentityWithoutRepeatingIt() throws IOException {
    String good = Files.readAllLines(FIXTURES.resolve("test-identity-a.txt")).getLast();
    for (int i = 0; i < good.length(); i++) {
      String bad =
          good.substring(0, i) + (good.charAt(i) == 'Q' ? 'P' : 'Q') + good.substring(i + 1);

      assertThatThrownBy(() -> SealIdentity.parse(bad))
          .as("character %d", i)
          .isInstanceOf(IllegalArgumentException.class)
          .message()
          .doesNotContain(bad.substring(20, 30));
    }
  }

  @Test
  void makesOneIdentityThatStaysAndThatOnlyTheOwnerCanRead() throws IOException {
    List<String> first = recipients(Optional.empty(), Optional.empty());

    assertThat(first).hasSize(1);
    assertThat(recipients(Optional.empty(), Optional.empty())).isEqualTo(first);
    assertThat(Files.getPosixFilePermissions(state.resolve(SealIdentities.FILE)))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void anotherWordMakesANewIdentityBesideTheOldOnes() {
    List<String> first = recipients(Optional.of("2026-01"), Optional.empty());
    List<String> second = recipients(Optional.of("2026-02"), Optional.empty());

    assertThat(second).hasSize(2).endsWith(first.getFirst()).doesNotHaveDuplicates();
    assertThat(recipients(Optional.of("2026-02"), Optional.empty())).isEqualTo(second);
    assertThat(recipients(Optional.empty(), Optional.empty())).isEqualTo(second);
    for (int i = 0; i < 10; i++) {
      recipients(Optional.of("again-" + i), Optional.empty());
    }
    assertThat(recipients(Optional.empty(), Optional.empty()))
        .hasSize(SealIdentities.MOST)
        .doesNotContain(first.getFirst());
  }

  @Test
  void opensAlsoWithTheIdentitiesOfAFileAndDoesNotKeepThem() throws IOException {
    Path file = FIXTURES.resolve("test-identity-a.txt");
    String given = SealIdentity.parse(Files.readAllLines(file).getLast()).recipient();

    assertThat(recipients(Optional.empty(), Optional.of(file))).hasSize(2).endsWith(given);
    assertThat(recipients(Optional.empty(), Optional.empty())).hasSize(1).doesNotContain(given);
  }

  @Test
  void refusesAWordOrAFileThatItCannotUse() throws IOException {
    Path bad = Files.writeString(state.resolve("bad"), "AGE-SECRET-KEY-1NONSENSE\n");

    assertThatThrownBy(() -> recipients(Optional.of("x".repeat(65)), Optional.empty()))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("towline.secrets.rotation");
    assertThatThrownBy(() -> recipients(Optional.empty(), Optional.of(bad)))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("towline.secrets.identity-file")
        .message()
        .doesNotContain("NONSENSE");
  }

  @Test
  void takesAsMuchAsItsLimitsSayAndNoMore() throws IOException {
    String one = Files.readAllLines(FIXTURES.resolve("test-identity-a.txt")).getLast() + "\n";
    String most = one.repeat(SealIdentities.MOST);
    Path file = state.resolve("given");

    assertThat(recipients(Optional.of("x".repeat(64)), Optional.empty())).hasSize(1);
    Files.writeString(file, most + "#".repeat(16_384 - most.length()));
    assertThat(recipients(Optional.empty(), Optional.of(file))).hasSize(1 + SealIdentities.MOST);
    for (String tooMuch :
        List.of(one + most, "# none\n", most + "#".repeat(16_385 - most.length()))) {
      Files.writeString(file, tooMuch);
      assertThatThrownBy(() -> recipients(Optional.empty(), Optional.of(file)))
          .isInstanceOf(EnrollException.class)
          .hasMessageContaining("towline.secrets.identity-file");
    }
  }

  @Test
  void leavesADamagedFileAloneAndSaysSo() throws IOException {
    recipients(Optional.empty(), Optional.empty());
    Path file = state.resolve(SealIdentities.FILE);
    byte[] damaged = Files.readAllBytes(file);
    damaged[damaged.length - 3] ^= 1;
    Files.write(file, damaged);

    try (DurableFiles files = DurableFiles.open(new LocalDisk(), state)) {
      SealIdentities identities =
          SealIdentities.load(
              files, config(Optional.empty(), Optional.empty()), new SecureRandom());

      assertThat(identities.recipients()).isEmpty();
      assertThat(identities.problem()).hasValueSatisfying(p -> assertThat(p).contains("restore"));
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
  }

  private List<String> recipients(Optional<String> rotation, Optional<Path> file) {
    try (DurableFiles files = DurableFiles.open(new LocalDisk(), state)) {
      return SealIdentities.load(files, config(rotation, file), new SecureRandom()).recipients();
    }
  }

  static SealConfig config(Optional<String> rotation, Optional<Path> file) {
    return new SealConfig() {
      @Override
      public Optional<String> rotation() {
        return rotation;
      }

      @Override
      public Optional<Path> identityFile() {
        return file;
      }
    };
  }
}
