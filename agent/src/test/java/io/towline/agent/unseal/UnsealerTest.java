package io.towline.agent.unseal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.towline.agent.enroll.SealIdentities;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Opens what the real sops sealed, and refuses what somebody changed. */
class UnsealerTest {
  private static final String CANARY = "canary-sealed";
  private final Unsealer ofA = SealedFixtures.unsealer("a");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "secret-json",
        "secret-mac-only",
        "secret-unencrypted-regex",
        "suffix",
        "typed"
      })
  void opensWhatSopsSealedAndSaysOfItWhatSopsSays(String name) {
    ObjectNode object = SealedFixtures.sealed(name);
    ObjectNode before = object.deepCopy();

    ObjectNode open = ofA.open(object);

    assertSame("", open, SealedFixtures.plain(name));
    assertThat(open.toString()).doesNotContain("ENC[", "sops");
    assertThat(object).isEqualTo(before);
  }

  @Test
  void opensWithEveryIdentityThatTheFileIsSealedFor() {
    assertThat(SealedFixtures.unsealer("b").open(SealedFixtures.sealed("secret")))
        .isEqualTo(ofA.open(SealedFixtures.sealed("secret")));
    assertThat(SealedFixtures.unsealer("b", "a").open(SealedFixtures.sealed("secret-json")))
        .isEqualTo(ofA.open(SealedFixtures.sealed("secret-json")));
  }

  @Test
  void saysForWhomAFileIsSealedThatItCannotOpen() {
    UnsealException refused = refusal(ofA, SealedFixtures.sealed("secret-for-another"));

    assertThat(refused.reason()).isEqualTo(Reason.SEALED_FOR_OTHERS);
    assertThat(refused)
        .hasMessageContaining("age1z4kwezlxgqehva0d0s0ffry4p2xgxt6u98pwfhtfjlkhuzh2va0shuwa07")
        .hasMessageContaining(SealedFixtures.identity("a").recipient());
    assertThat(
            refusal(new Unsealer(SealIdentities.of(List.of())), SealedFixtures.sealed("secret"))
                .reason())
        .isEqualTo(Reason.SEALED_FOR_OTHERS);
  }

  @Test
  void refusesWhatIsSealedWithItsMetadata() {
    assertThat(refusal(ofA, SealedFixtures.sealed("secret-whole")).reason())
        .isEqualTo(Reason.SEAL_INVALID);
  }

  @Test
  void refusesAnyEncryptedValueInWhichAnyPartWasChanged() {
    for (String pointer : List.of("/stringData/password", "/data/token", "/sops/mac")) {
      String value = SealedFixtures.sealed("secret").at(pointer).asText();
      for (int i = 0; i < value.length(); i++) {
        char other = value.charAt(i) == 'A' ? 'B' : 'A';
        String changed = value.substring(0, i) + other + value.substring(i + 1);
        UnsealException refused =
            changed("secret", object -> set(object, pointer, TextNode.valueOf(changed)));

        assertThat(refused).as("%s, character %d", pointer, i).isNotNull();
        assertThat(refused.reason()).isIn(Reason.SEAL_BROKEN, Reason.SEAL_INVALID);
      }
    }
  }

  @Test
  void refusesAnArmoredKeyInWhichAnyCharacterWasChanged() {
    String armor = SealedFixtures.sealed("typed").at("/sops/age/0/enc").asText();
    for (int i = 0; i < armor.length() - 1; i++) {
      char other = armor.charAt(i) == 'A' ? 'B' : 'A';
      String changed = armor.substring(0, i) + other + armor.substring(i + 1);

      UnsealException refused =
          changed("typed", object -> set(object, "/sops/age/0/enc", TextNode.valueOf(changed)));

      assertThat(refused).as("character %d", i).isNotNull();
      assertThat(refused.reason()).isEqualTo(Reason.SEAL_BROKEN);
    }
  }

  @Test
  void refusesAValueThatWasMovedToAnotherKeyOrIsMissingOrNew() {
    assertThat(
            changed(
                    "secret",
                    object -> {
                      ObjectNode data = (ObjectNode) object.get("stringData");
                      data.set("other", data.remove("password"));
                    })
                .reason())
        .isEqualTo(Reason.SEAL_BROKEN);
    assertThat(
            changed("secret", object -> ((ObjectNode) object.get("stringData")).remove("alpha"))
                .reason())
        .isEqualTo(Reason.SEAL_BROKEN);
    assertThat(
            changed("secret", object -> ((ObjectNode) object.get("stringData")).put("new", "x"))
                .reason())
        .isEqualTo(Reason.SEAL_BROKEN);
    assertThat(
            changed(
                    "secret-mac-only",
                    object -> ((ObjectNode) object.get("stringData")).put("new", "x"))
                .reason())
        .isEqualTo(Reason.SEAL_BROKEN);
  }

  @Test
  void refusesAnotherOrderOfMembers() {
    UnsealException refused =
        changed(
            "secret",
            object -> {
              ObjectNode data = (ObjectNode) object.get("stringData");
              data.set("password", data.remove("password"));
            });

    assertThat(refused.reason()).isEqualTo(Reason.SEAL_BROKEN);
    assertThat(refused).hasMessageContaining("mac");
  }

  @Test
  void refusesAChangeOfAValueInClearUnlessTheFileSaysThatOnlySealedOnesCount() {
    assertThat(
            changed(
                    "secret",
                    object -> ((ObjectNode) object.get("metadata")).put("namespace", "elsewhere"))
                .reason())
        .isEqualTo(Reason.SEAL_BROKEN);

    ObjectNode free = SealedFixtures.sealed("secret-mac-only");
    ((ObjectNode) free.get("metadata")).put("namespace", "elsewhere");
    assertThat(ofA.open(free).at("/metadata/namespace").asText()).isEqualTo("elsewhere");
    ((ObjectNode) free.get("sops")).remove("mac_only_encrypted");
    assertThat(refusal(ofA, free).reason()).isEqualTo(Reason.SEAL_BROKEN);
  }

  @Test
  void refusesASealWithoutMacOrTimeOrWithRulesThatItCannotFollow() {
    for (String member : List.of("mac", "lastmodified")) {
      assertThat(changed("secret", object -> seal(object).remove(member)).reason())
          .as(member)
          .isEqualTo(Reason.SEAL_BROKEN);
    }
    assertThat(changed("secret", object -> seal(object).put("lastmodified", "2020-01-01")).reason())
        .isEqualTo(Reason.SEAL_BROKEN);
    assertThat(changed("secret", object -> seal(object).remove("age")).reason())
        .isEqualTo(Reason.SEALED_FOR_OTHERS);
    assertThat(changed("secret", object -> seal(object).putArray("key_groups")).reason())
        .isEqualTo(Reason.SEAL_INVALID);
    assertThat(
            changed("secret", object -> seal(object).put("encrypted_comment_regex", "x")).reason())
        .isEqualTo(Reason.SEAL_INVALID);
    assertThat(changed("secret", object -> seal(object).put("encrypted_regex", "(")).reason())
        .isEqualTo(Reason.SEAL_INVALID);
  }

  @Test
  void doesNotRunForEverOnAPatternThatWould() {
    ObjectNode object = SealedFixtures.sealed("secret");
    seal(object).put("encrypted_regex", "^(.*a){25}b$");
    ((ObjectNode) object.get("metadata")).put("a".repeat(200) + "!", "x");

    UnsealException refused = refusal(ofA, object);

    assertThat(refused.reason()).isEqualTo(Reason.SEAL_INVALID);
    assertThat(refused).hasMessageContaining("too long to match");
  }

  @Test
  void noMessageHoldsAnythingOfAValueOrAKey() {
    List<UnsealException> all = new ArrayList<>();
    ObjectNode object = SealedFixtures.sealed("secret");
    for (String member : List.of("stringData", "data", "metadata", "type")) {
      all.add(
          changed(
              "secret",
              s -> s.set(member, TextNode.valueOf(CANARY + " in clear where it is not"))));
      all.add(changed("secret", s -> s.remove(member)));
    }
    seal(object).fieldNames().forEachRemaining(m -> addIfRefused(all, m));

    assertThat(all).isNotEmpty();
    assertThat(all)
        .allSatisfy(
            refused ->
                assertThat(refused.getMessage())
                    .doesNotContain(CANARY, "ENC[", "BEGIN AGE", "AGE-SECRET-KEY")
                    .hasSizeLessThan(500));
  }

  private void addIfRefused(List<UnsealException> all, String member) {
    ObjectNode object = SealedFixtures.sealed("secret");
    seal(object).put(member, CANARY);
    UnsealException refused = refusal(ofA, object);
    if (refused != null) {
      all.add(refused);
    }
  }

  private UnsealException changed(String name, Consumer<ObjectNode> change) {
    ObjectNode object = SealedFixtures.sealed(name);
    change.accept(object);
    return refusal(ofA, object);
  }

  private static UnsealException refusal(Unsealer unsealer, ObjectNode object) {
    return catchThrowableOfType(UnsealException.class, () -> unsealer.open(object));
  }

  private static ObjectNode seal(ObjectNode object) {
    return (ObjectNode) object.get("sops");
  }

  private static void set(ObjectNode object, String pointer, JsonNode value) {
    int slash = pointer.lastIndexOf('/');
    ((ObjectNode) object.at(pointer.substring(0, slash))).set(pointer.substring(slash + 1), value);
  }

  /** Equal as JSON, numbers by value, members in the same order. */
  private static void assertSame(String place, JsonNode actual, JsonNode expected) {
    if (expected instanceof ObjectNode object) {
      assertThat(actual.isObject()).as(place).isTrue();
      assertThat(names(actual)).as(place).isEqualTo(names(object));
      object
          .properties()
          .forEach(m -> assertSame(place + "/" + m.getKey(), actual.get(m.getKey()), m.getValue()));
    } else if (expected instanceof ArrayNode array) {
      assertThat(actual.size()).as(place).isEqualTo(array.size());
      for (int i = 0; i < array.size(); i++) {
        assertSame(place + "/" + i, actual.get(i), array.get(i));
      }
    } else if (expected.isNumber()) {
      assertThat(actual.isNumber()).as(place).isTrue();
      assertThat(actual.decimalValue()).as(place).isEqualByComparingTo(expected.decimalValue());
    } else {
      assertThat(actual).as(place).isEqualTo(expected);
    }
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
