package io.towline.agent.unseal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.towline.agent.enroll.SealIdentity;
import io.towline.envelope.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The test vectors that C2SP keeps for every implementation of age. */
class AgeVectorsTest {
  private static final Path FOLDER = Path.of("src/test/resources/age");

  /** One file of the vectors: what is said of it, and an age file. */
  private static final class Vector {
    private final Map<String, String> said;
    private final byte[] file;

    Vector(Map<String, String> said, byte[] file) {
      this.said = said;
      this.file = file;
    }

    Map<String, String> said() {
      return said;
    }

    String says(String key) {
      return said.getOrDefault(key, "");
    }

    byte[] file() {
      return file;
    }

    static Vector read(String name) throws IOException {
      byte[] all = Files.readAllBytes(FOLDER.resolve(name));
      Map<String, String> said = new HashMap<>();
      int at = 0;
      while (all[at] != '\n') {
        int end = at;
        while (all[end] != '\n') {
          end++;
        }
        String[] pair = new String(all, at, end - at, StandardCharsets.UTF_8).split(": ", 2);
        said.putIfAbsent(pair[0], pair[1]);
        at = end + 1;
      }
      byte[] file = Arrays.copyOfRange(all, at + 1, all.length);
      if (said.getOrDefault("compressed", "").equals("zlib")) {
        file = new InflaterInputStream(new ByteArrayInputStream(file)).readAllBytes();
      }
      return new Vector(said, file);
    }

    byte[] open() throws AgeException {
      List<SealIdentity> identities = new ArrayList<>();
      if (said.containsKey("identity")) {
        identities.add(SealIdentity.parse(says("identity")));
      }
      return AgeFile.open(
          said.containsKey("armored")
              ? AgeArmor.decode(new String(file, StandardCharsets.ISO_8859_1))
              : file,
          identities);
    }
  }

  static List<String> vectors() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals("README.md"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void saysOfEveryVectorWhatTheSpecificationSays(String name) throws Exception {
    Vector vector = Vector.read(name);
    String expected = vector.says("expect");
    boolean passphrase = vector.said().containsKey("passphrase");

    if (expected.equals("success") && !passphrase) {
      assertThat(Digest.of(vector.open()).hex()).isEqualTo(vector.says("payload"));
      return;
    }
    AgeException refused = catchThrowableOfType(AgeException.class, vector::open);
    assertThat(refused).isNotNull();
    if (!passphrase) {
      assertThat(refused.kind())
          .isEqualTo(
              switch (expected) {
                case "no match" -> AgeException.Kind.NO_MATCH;
                case "HMAC failure" -> AgeException.Kind.HMAC;
                case "header failure" -> AgeException.Kind.HEADER;
                case "payload failure" -> AgeException.Kind.PAYLOAD;
                case "armor failure" -> AgeException.Kind.ARMOR;
                default -> throw new IllegalArgumentException(expected);
              });
    }
  }

  @Test
  void hasVectorsOfEveryKind() throws IOException {
    List<String> expected = new ArrayList<>();
    for (String name : vectors()) {
      expected.add(Vector.read(name).says("expect"));
    }

    assertThat(expected)
        .hasSizeGreaterThan(100)
        .contains(
            "success",
            "no match",
            "HMAC failure",
            "header failure",
            "payload failure",
            "armor failure");
  }

  @Test
  void refusesAFileInWhichAnyByteWasChanged() throws Exception {
    Vector vector = Vector.read("x25519");
    for (int i = 0; i < vector.file().length; i++) {
      for (int bit : new int[] {0x01, 0x20, 0x80}) {
        byte[] changed = vector.file().clone();
        changed[i] ^= (byte) bit;

        assertThat(
                catchThrowableOfType(AgeException.class, new Vector(vector.said(), changed)::open))
            .as("byte %d", i)
            .isNotNull();
      }
    }
  }

  @Test
  void refusesAFileThatIsCutAnywhere() throws Exception {
    Vector vector = Vector.read("x25519");
    for (int length = 0; length < vector.file().length; length++) {
      Vector cut = new Vector(vector.said(), Arrays.copyOf(vector.file(), length));

      assertThat(catchThrowableOfType(AgeException.class, cut::open)).as("%d", length).isNotNull();
    }
  }
}
