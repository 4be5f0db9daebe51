package io.towline.agent.unseal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.agent.enroll.SealIdentity;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.SealedObject;
import io.towline.envelope.VerificationException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes sealed is opened as it was sealed, or refused with what this step refuses. */
class UnsealFuzzTest {
  private static final List<SealIdentity> IDENTITIES =
      List.of(SealedFixtures.identity("a"), SealedFixtures.identity("b"));
  private static final Unsealer UNSEALER = SealedFixtures.unsealer("a", "b");
  private static final List<String> TYPES =
      List.of("str", "time", "bytes", "int", "float", "bool", "comment", "other");
  private static final List<byte[]> FILES =
      Stream.of("secret", "typed", "secret-for-another").map(UnsealFuzzTest::ageFile).toList();
  private static final List<byte[]> KEYS =
      FILES.subList(0, 2).stream().map(UnsealFuzzTest::opened).toList();

  static Stream<byte[]> ageFiles() {
    return FILES.stream();
  }

  @MethodSource("ageFiles")
  @FuzzTest
  void anAgeFileGivesWhatWasPutInOrNothing(byte[] bytes) {
    try {
      assertThat(AgeFile.open(bytes, IDENTITIES)).isIn(KEYS);
    } catch (AgeException e) {
      assertThat(e.kind()).isNotNull();
    }
  }

  static Stream<byte[]> armors() {
    return Stream.of("secret", "typed")
        .map(name -> SealedFixtures.sealed(name).at("/sops/age/0/enc").asText().getBytes(UTF_8));
  }

  @MethodSource("armors")
  @FuzzTest
  void armorGivesBytesOrIsRefused(byte[] bytes) {
    try {
      assertThat(AgeArmor.decode(new String(bytes, UTF_8)).length)
          .isLessThanOrEqualTo(bytes.length);
    } catch (AgeException e) {
      assertThat(e.kind()).isEqualTo(AgeException.Kind.ARMOR);
    }
  }

  static Stream<byte[]> bodies() {
    return Stream.of("secret", "secret-json", "secret-mac-only", "suffix", "typed", "secret-whole")
        .flatMap(
            name ->
                Stream.of(
                    SealedFixtures.body(name),
                    new String(SealedFixtures.body(name), UTF_8)
                        .replaceFirst("\\{", "{\"beyond\":1e308,")
                        .getBytes(UTF_8)));
  }

  @MethodSource("bodies")
  @FuzzTest
  void anObjectIsOpenedWithoutItsSealOrRefused(byte[] bytes) {
    ObjectNode sealed;
    try {
      sealed = ObjectJson.read(bytes);
    } catch (VerificationException e) {
      return;
    }
    ObjectNode before = sealed.deepCopy();
    try {
      ObjectNode open = UNSEALER.open(sealed);
      assertThat(open.has(SealedObject.SEAL)).isFalse();
      assertThat(ObjectJson.read(ObjectJson.write(open)).size()).isEqualTo(open.size());
    } catch (UnsealException e) {
      assertThat(e.reason()).isNotNull();
    }
    assertThat(sealed).isEqualTo(before);
  }

  static Stream<byte[]> values() {
    return Stream.of("3-5", "3 9223372036854775808", "41.5", "41e200", "4NaN", "5True", "0text")
        .map(text -> text.getBytes(UTF_8));
  }

  /** The first byte chooses the type. */
  @MethodSource("values")
  @FuzzTest
  void aValueIsJsonOfItsTypeOrNothing(byte[] bytes) {
    if (bytes.length == 0) {
      return;
    }
    String type = TYPES.get(bytes[0] & 7);
    SopsCipher.Value value = new SopsCipher.Value(type, Arrays.copyOfRange(bytes, 1, bytes.length));
    SopsValues.json(value)
        .ifPresent(
            json -> {
              ObjectNode object = ObjectJson.read("{}".getBytes(UTF_8));
              object.set("value", json);
              byte[] written = ObjectJson.write(object);
              assertThat(ObjectJson.write(ObjectJson.read(written))).isEqualTo(written);
              assertThat(SopsValues.counted(value, json)).isNotNull();
            });
  }

  static Stream<byte[]> patterns() {
    return Stream.of("^(data|stringData)$\ndata", "(a+)+$\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(\n")
        .map(text -> text.getBytes(UTF_8));
  }

  /** The first line is a pattern, the rest is a key. */
  @MethodSource("patterns")
  @FuzzTest
  void aRuleDecidesInBoundedTimeOrIsRefused(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\n');
    if (end < 0) {
      return;
    }
    ObjectNode seal = ObjectJson.read("{}".getBytes(UTF_8));
    seal.put("encrypted_regex", text.substring(0, end));
    try {
      SopsRules.read(seal).encrypts(List.of("data", text.substring(end + 1)));
    } catch (UnsealException e) {
      assertThat(e).hasMessageContaining("encrypted_regex");
    }
  }

  private static byte[] ageFile(String name) {
    try {
      return AgeArmor.decode(SealedFixtures.sealed(name).at("/sops/age/0/enc").asText());
    } catch (AgeException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] opened(byte[] file) {
    try {
      return AgeFile.open(file, IDENTITIES);
    } catch (AgeException e) {
      throw new IllegalStateException(e);
    }
  }
}
