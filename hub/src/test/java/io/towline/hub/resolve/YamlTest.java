package io.towline.hub.resolve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTest {
  private static final Yaml DECLARATIONS = Yaml.ofDeclarations();
  private static final Yaml MANIFESTS = Yaml.ofManifests(new CoreScalars());

  @Test
  void readsEveryDocumentWithThePlaceOfItsKeysAndValues() {
    List<YamlDocument> documents =
        DECLARATIONS.read(
            "a: 1\nlist:\n  - x\n  - {b/c: true}\n---\nsecond: doc\n".getBytes(UTF_8));

    assertThat(documents).hasSize(2);
    YamlDocument first = documents.getFirst();
    assertThat(first.root().toString()).isEqualTo("{\"a\":1,\"list\":[\"x\",{\"b/c\":true}]}");
    assertThat(first.keyAt("/list")).isEqualTo(new Position(2, 1));
    assertThat(first.valueAt("/a")).isEqualTo(new Position(1, 4));
    assertThat(first.valueAt("/list/1")).isEqualTo(new Position(4, 5));
    assertThat(first.keyAt("/list/1/b~1c")).isEqualTo(new Position(4, 6));
    assertThat(first.valueAt("/list/1/b~1c")).isEqualTo(new Position(4, 11));
    assertThat(documents.get(1).keyAt("/second")).isEqualTo(new Position(6, 1));
  }

  @Test
  void answersWithTheNearestPlaceForWhatIsNotThere() {
    YamlDocument document = read(DECLARATIONS, "a:\n  b: 1\n");

    assertThat(document.valueAt("/a/missing/deeper")).isEqualTo(new Position(2, 3));
    assertThat(document.keyAt("/a/missing")).isEqualTo(new Position(1, 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          no      | "no"
          on      | "on"
          true    | true
          TRUE    | true
          ~       | null
          Null    | null
          0777    | 777
          0o777   | 511
          0xff    | 255
          1e3     | 1E+3
          -12     | -12
          +7      | 7
          1_000   | "1_000"
          2001-01-01 | "2001-01-01"
          !!str 5 | "5"
          '''5''' | "5"
          1:30    | "1:30"
          .       | "."
          -       | [null]
          """)
  void readsDeclarationsByTheCoreSchemaOfYaml12(String yaml, String json) {
    assertThat(read(DECLARATIONS, yaml).root().toString()).isEqualTo(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: .inf",
        "a: .nan",
        "a: 1e1000",
        "a: !!binary aGVsbG8=",
        "a: !!timestamp 2001-01-01",
        "a: !!javax.script.ScriptEngineManager [x]",
        "a: !custom {}",
        "a: !!int text",
        "a: *unknown",
        "a: &a [*a]",
        "? [1, 2]\n: b",
        "? {}\n: b",
        "1.5: b",
        "~: b",
        "a: 1\na: 2",
        "1: a\n\"1\": b",
        "a: [",
        "a: \"unfinished",
        "a:\n\tb: 1",
        "%YAML 9.9\n---\na: 1",
        "a: b: c",
        "a: \u0000",
      })
  void refusesWhatIsNotUnambiguous(String yaml) {
    DeclarationException refusal = refusal(DECLARATIONS, yaml.getBytes(UTF_8));

    assertThat(refusal.reason()).isEqualTo(Reason.DECLARATION_INVALID);
    assertThat(refusal.getMessage()).isNotBlank().doesNotContain("\n");
  }

  @Test
  void saysWhereADuplicateKeyStandsAndWhereItStoodFirst() {
    DeclarationException refusal = refusal(DECLARATIONS, "a:\n  b: 1\n  b: 2\n".getBytes(UTF_8));

    assertThat(refusal.position()).isEqualTo(new Position(3, 3));
    assertThat(refusal).hasMessage("this key stands here twice, first in line 2");
    assertThat(refusal.problem("podinfo", "towline.yaml").place()).isEqualTo("towline.yaml:3:3");
  }

  @Test
  void doesNotRepeatTheContentOfAFileInWhatItSays() {
    DeclarationException refusal =
        refusal(MANIFESTS, "password: hunter2\npassword: hunter2\n".getBytes(UTF_8));

    assertThat(refusal.getMessage()).doesNotContain("hunter2");
    assertThat(refusal.reason()).isEqualTo(Reason.MANIFEST_INVALID);
  }

  @Test
  void refusesBytesThatAreNotUtf8AndSkipsAByteOrderMark() {
    assertThat(refusal(DECLARATIONS, "a: b".getBytes(StandardCharsets.UTF_16))).isNotNull();
    assertThat(read(DECLARATIONS, "\uFEFFa: b").root().toString()).isEqualTo("{\"a\":\"b\"}");
  }

  @Test
  void mergesOnlyWhenAskedTo() {
    String yaml = "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n";

    assertThat(read(MANIFESTS, yaml).root().at("/use").toString()).isEqualTo("{\"x\":1,\"y\":3}");
    assertThat(read(DECLARATIONS, yaml).root().at("/use/<</x").intValue()).isEqualTo(1);
  }

  @Test
  void letsTheFirstOfSeveralMergedMapsWin() {
    String yaml = "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nuse:\n  <<: [*a, *b]\n";

    assertThat(read(MANIFESTS, yaml).root().at("/use").toString()).isEqualTo("{\"x\":1,\"y\":2}");
  }

  @Test
  void refusesAMergeThatReadersUnderstandDifferently() {
    String yaml = "a: &a {x: 1}\nuse:\n  x: 2\n  <<: *a\n";

    assertThat(refusal(MANIFESTS, yaml.getBytes(UTF_8)).position()).isEqualTo(new Position(4, 3));
  }

  @Test
  void givesEachAliasACopyOfItsOwn() {
    JsonNode root = read(DECLARATIONS, "a: &a {x: 1}\nb: *a\n").root();

    ((com.fasterxml.jackson.databind.node.ObjectNode) root.get("b")).put("x", 2);
    assertThat(root.at("/a/x").intValue()).isEqualTo(1);
  }

  @Test
  void keepsAnchorsWithinTheirDocument() {
    assertThat(refusal(DECLARATIONS, "a: &a 1\n---\nb: *a\n".getBytes(UTF_8)).position())
        .isEqualTo(new Position(3, 4));
  }

  @Test
  void refusesABillionLaughs() {
    StringBuilder yaml = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 10; i++) {
      yaml.append(
          "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d]\n"
              .formatted(i, i, i - 1, i - 1, i - 1, i - 1, i - 1));
    }
    assertLimit(yaml.toString());
  }

  @Test
  void refusesMoreAliasesThanItsLimit() {
    assertThat(read(DECLARATIONS, "a: &a 1\nb: [" + "*a,".repeat(50) + "]").root().get("b"))
        .hasSize(50);
    assertLimit("a: &a 1\nb: [" + "*a,".repeat(51) + "]");
  }

  @Test
  void refusesDeepNestingWithoutOverflowingTheStack() {
    assertThat(read(DECLARATIONS, "[".repeat(50) + "]".repeat(50)).root().isArray()).isTrue();
    assertLimit("[".repeat(51) + "]".repeat(51));
    assertLimit("[".repeat(10_000));
    assertLimit("{a: ".repeat(10_000));
  }

  @Test
  void refusesTooManyBytesAndTooManyValues() {
    assertLimit("#" + "x".repeat(Yaml.MAX_BYTES));
    assertLimit("[" + "1,".repeat(Yaml.MAX_NODES) + "]");
    assertLimit("---\n".repeat(Yaml.MAX_NODES + 1));
  }

  @Test
  void neverFailsInAnyOtherWayOnDamagedInput() {
    byte[] good =
        """
        a: &x {b: [1, "two", 'three', |
            text
          , null]}
        ? complex
        : *x
        <<: *x
        ---
        !!map {k: !!str v}
        """
            .getBytes(UTF_8);
    long seed = 20261123L;
    Random random = new Random(seed);
    for (int round = 0; round < 4_000; round++) {
      byte[] bytes = good.clone();
      for (int i = 0; i <= random.nextInt(4); i++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        MANIFESTS.read(bytes);
      } catch (DeclarationException e) {
        assertThat(e.getMessage()).as("seed %d, round %d", seed, round).isNotBlank();
      }
    }
  }

  private static YamlDocument read(Yaml yaml, String text) {
    return yaml.read(text.getBytes(UTF_8)).getFirst();
  }

  private static DeclarationException refusal(Yaml yaml, byte[] bytes) {
    return catchThrowableOfType(DeclarationException.class, () -> yaml.read(bytes));
  }

  private static void assertLimit(String yaml) {
    assertThat(refusal(DECLARATIONS, yaml.getBytes(UTF_8)).reason())
        .isEqualTo(Reason.LIMIT_EXCEEDED);
  }
}
