package io.towline.envelope;

import static io.towline.envelope.RefusalsTest.assertReason;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What has laws: canonical bytes, deltas, tokens. Each seed is in the test's name. */
class PropertiesTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void canonicalBytesAreReadBackAndWrittenTheSame(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      ObjectNode json = object(random, 0);
      byte[] bytes = ObjectJson.write(json);
      ObjectNode read = ObjectJson.read(bytes);
      assertThat(ObjectJson.write(read)).isEqualTo(bytes);
      byte[] spelled = read.toPrettyString().getBytes(StandardCharsets.UTF_8);
      assertThat(ObjectJson.write(ObjectJson.read(spelled))).isEqualTo(bytes);
    }
  }

  @Test
  void membersAreSortedAndTextsEscapedAsRfc8785Says() {
    String json =
        "{\"\u20ac\":1,\"\\r\":2,\"\ufb33\":3,\"1\":4,\"\ud83d\ude00\":5,\"\u0080\":6,"
            + "\"\u00f6\":\"\\u0001\\u001f\\/\\\"\\\\ \\u20ac\"}";

    assertThat(
            new String(
                ObjectJson.write(ObjectJson.read(json.getBytes(StandardCharsets.UTF_8))),
                StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":\"\\u0001\\u001f/\\\"\\\\ \u20ac\","
                + "\"\u20ac\":1,\"\ud83d\ude00\":5,\"\ufb33\":3}");
  }

  @Test
  void numbersOfObjectsStayAsTheyWereWritten() {
    String json =
        "{\"a\":1.0,\"b\":1e3,\"c\":1E+3,\"d\":9223372036854775807,\"e\":-9223372036854775808,"
            + "\"f\":18446744073709551615,\"g\":0.10,\"h\":-0,\"i\":-0.0}";
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);

    assertThat(new String(ObjectJson.write(ObjectJson.read(bytes)), StandardCharsets.UTF_8))
        .isEqualTo(json);
    assertThat(ObjectJson.write(ObjectJson.number("1.50")))
        .isEqualTo("1.50".getBytes(StandardCharsets.UTF_8));
    for (String wrong :
        List.of("1e999999999", "1e309", "-1e309", "1e-999999999", "\"1\"", "1_000", "0x1", "NaN")) {
      assertReason(() -> ObjectJson.number(wrong), Reason.MANIFEST_INVALID);
    }
  }

  @Test
  void aRefusedObjectIsNotQuoted() {
    for (String json :
        List.of(
            "{\"a\":hunter2}", "{\"a\":\"hunter2\",\"a\":1}", "{\"hunter2\":1,\"hunter2\":1}")) {
      assertThatThrownBy(() -> ObjectJson.read(json.getBytes(StandardCharsets.UTF_8)))
          .isInstanceOf(VerificationException.class)
          .hasMessageNotContaining("hunter2")
          .hasNoCause();
    }
    String deep = "[".repeat(Limits.OBJECT_DEPTH) + "]".repeat(Limits.OBJECT_DEPTH);
    assertReason(
        () -> ObjectJson.read(("{\"a\":" + deep + "}").getBytes(StandardCharsets.UTF_8)),
        Reason.MANIFEST_INVALID);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void aDeltaOfAnyTwoMakesTheSecondOfTheFirst(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 100; i++) {
      byte[] base = new byte[random.nextInt(3_000)];
      random.nextBytes(base);
      byte[] target = edited(base, random);
      byte[] delta = ManifestDelta.encode(base, target);
      assertThat(ManifestDelta.apply(base, delta)).isEqualTo(target);
      assertThat(ManifestDelta.encode(base, target)).isEqualTo(delta);
    }
  }

  @Test
  void oneChangedObjectOfAThousandIsAFewBytes() {
    byte[] base = manifest(1_000, -1).bytes();
    byte[] target = manifest(1_000, 500).bytes();

    byte[] delta = ManifestDelta.encode(base, target);

    assertThat(ManifestDelta.apply(base, delta)).isEqualTo(target);
    assertThat(gzip(delta).length).isLessThan(200);
  }

  @Test
  void aJoinTokenIsReadBackAndShowsNoSecret() {
    JoinToken token = token();

    assertThat(JoinToken.parse(token.encode())).isEqualTo(token);
    assertThat(JoinToken.parse("\n " + token.encode() + "\n")).isEqualTo(token);
    assertThat(token.encode()).startsWith("twl1_").matches("[A-Za-z0-9_-]+");
    assertThat(token.toString()).doesNotContain(token.secret()).contains("hub.example:8443");
  }

  @Test
  void aPoolTokenIsReadBackAndIsNoClustersToken() {
    JoinToken one = token();
    PoolToken token =
        new PoolToken(
            one.hub(),
            one.authorities(),
            one.fleet(),
            "edge",
            one.root(),
            one.expires(),
            one.secret());

    assertThat(AgentToken.parse(" " + token.encode() + "\n")).isEqualTo(token);
    assertThat(AgentToken.parse(one.encode())).isEqualTo(one);
    assertThat(token.encode()).startsWith("twlp1_").matches("[A-Za-z0-9_-]+");
    assertThat(token.toString()).doesNotContain(token.secret()).contains("edge");
    assertThatThrownBy(() -> JoinToken.parse(token.encode()))
        .isInstanceOf(IllegalArgumentException.class);
    String text = token.encode();
    for (int i = 0; i < text.length(); i++) {
      String cut = text.substring(0, i);
      assertThatThrownBy(() -> AgentToken.parse(cut)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aDamagedJoinTokenIsRefusedWithoutQuotingIt() {
    String text = token().encode();
    for (int i = 0; i < text.length(); i++) {
      String cut = text.substring(0, i);
      String changed = cut + (text.charAt(i) == 'x' ? 'y' : 'x') + text.substring(i + 1);
      for (String wrong : List.of(cut, changed, cut + " " + text.substring(i))) {
        if (wrong.strip().equals(text)) {
          continue;
        }
        assertThatThrownBy(() -> JoinToken.parse(wrong))
            .isInstanceOf(IllegalArgumentException.class)
            .message()
            .doesNotContain(text.substring(5, 40));
      }
    }
    for (String hub : List.of("", "hub", "hub:", "hub:port", "http://hub:1", "hub:1\n")) {
      assertThatThrownBy(
              () ->
                  new JoinToken(
                      hub,
                      List.of(Digest.of(new byte[0])),
                      TestFleet.FLEET,
                      TestFleet.CLUSTER,
                      "lima",
                      Digest.of(new byte[0]),
                      Instant.EPOCH,
                      "s".repeat(43)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void anOfflineTokenIsReadBackAndToldFromAJoinToken() {
    OfflineToken token =
        new OfflineToken(TestFleet.FLEET, TestFleet.CLUSTER, "lima", Digest.of(new byte[] {2}));
    String text = token.encode();

    assertThat(AgentToken.parse("\n " + text + "\n")).isEqualTo(token);
    assertThat(AgentToken.parse(token().encode())).isEqualTo(token());
    assertThat(text).startsWith("twlo1_").matches("[A-Za-z0-9_-]+");
    for (int i = 0; i < text.length(); i++) {
      String cut = text.substring(0, i);
      String changed = cut + (text.charAt(i) == 'x' ? 'y' : 'x') + text.substring(i + 1);
      for (String wrong : List.of(cut, changed)) {
        assertThatThrownBy(() -> AgentToken.parse(wrong))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
    assertThatThrownBy(() -> JoinToken.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void paeCountsBytes() {
    assertThat(Dsse.pae("tä", "ö".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("DSSEv1 3 tä 2 ö".getBytes(StandardCharsets.UTF_8));
  }

  static JoinToken token() {
    return new JoinToken(
        "hub.example:8443",
        List.of(Digest.of(new byte[] {1}), Digest.of(new byte[] {3})),
        TestFleet.FLEET,
        TestFleet.CLUSTER,
        "lima",
        Digest.of(new byte[] {2}),
        Instant.parse("2026-11-23T09:00:00Z"),
        "q7_-".repeat(10) + "abc");
  }

  private static BundleManifest manifest(int objects, int changed) {
    List<ManifestEntry> entries = new ArrayList<>();
    for (int i = 0; i < objects; i++) {
      entries.add(
          new ManifestEntry(
              new ObjectRef("apps/v1", "Deployment", "team-" + i % 7, "web-" + i),
              Digest.of(new byte[] {(byte) i, (byte) (i >> 8), (byte) (i == changed ? 1 : 0)}),
              1_000 + i,
              0,
              false));
    }
    return new BundleManifest("demo", entries, Policy.defaults());
  }

  private static byte[] edited(byte[] base, Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < random.nextInt(6); i++) {
      if (base.length > 0 && random.nextInt(3) > 0) {
        int from = random.nextInt(base.length);
        out.write(base, from, random.nextInt(base.length - from + 1));
      } else {
        byte[] fresh = new byte[random.nextInt(100)];
        random.nextBytes(fresh);
        out.writeBytes(fresh);
      }
    }
    return out.toByteArray();
  }

  private static ObjectNode object(Random random, int depth) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < random.nextInt(6); i++) {
      json.set(text(random), value(random, depth + 1));
    }
    return json;
  }

  private static JsonNode value(Random random, int depth) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (random.nextInt(depth > 5 ? 5 : 7)) {
      case 0 -> nodes.numberNode(random.nextLong());
      case 1 -> nodes.booleanNode(random.nextBoolean());
      case 2 -> nodes.nullNode();
      case 3 -> nodes.textNode(text(random));
      case 4 -> nodes.numberNode(random.nextInt(1_000));
      case 5 -> object(random, depth);
      default -> {
        ArrayNode array = nodes.arrayNode();
        for (int i = 0; i < random.nextInt(4); i++) {
          array.add(value(random, depth + 1));
        }
        yield array;
      }
    };
  }

  /** Texts with control characters, quotes, and points beyond the basic plane. */
  private static String text(Random random) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < random.nextInt(8); i++) {
      int point =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(0x20);
            case 1 -> 0x1f600 + random.nextInt(50);
            case 2 -> 0x20 + random.nextInt(0x60);
            default -> 0xa0 + random.nextInt(0x2000);
          };
      out.appendCodePoint(point);
    }
    return out.toString();
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
