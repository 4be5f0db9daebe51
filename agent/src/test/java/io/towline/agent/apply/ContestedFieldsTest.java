package io.towline.agent.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.ObjectJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Taking out of a body what is another's. */
class ContestedFieldsTest {
  private static final String BODY =
      """
      {"data":{"tls":"x","tls.crt":"y","tls.crt.old":"z"},"items":[
      {"a":"one","b":1},{"a":"o\\"[]","b":2},{"b":3,"c":true}],"set":["p","q"],"on":true}""";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        ".on | ,\"on\":true",
        ".data.tls.crt | \"tls.crt\":\"y\",",
        ".data.tls | \"tls\":\"x\",",
        ".data.tls.crt.old | ,\"tls.crt.old\":\"z\"",
        ".items[a=\"one\"].b | ,\"b\":1",
        ".items[a=\"o\\\"[]\",b=2].b | ,\"b\":2",
        ".items[a=\"defaulted\",b=3].c | ,\"c\":true",
        ".set[=\"p\"] | \"p\",",
        ".set | ,\"set\":[\"p\",\"q\"]",
      })
  void takesOutExactlyTheFieldThatIsNamed(String field, String gone) {
    ObjectNode body = body();

    assertThat(ContestedFields.remove(body, List.of(field))).isTrue();
    assertThat(BODY.replace("\n", "")).contains(gone);
    assertThat(body).hasToString(BODY.replace("\n", "").replace(gone, ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        ".off | ",
        ".data.tls.key | ",
        ".data.tl | ",
        ".items[a=\"two\"].b | ",
        ".items[0].b | ",
        ".items[a=\"one\" | ",
        ".items[a | ",
        ".set[=\"r\"] | ",
        ".on.x | ",
        "on | ",
        ".metadata.labels.towline.io/bundle | ",
      })
  void saysSoIfTheFieldIsNotThere(String field) {
    assertThat(ContestedFields.remove(body(), List.of(field))).isFalse();
  }

  @Test
  void needsTheLabelByWhichAnObjectIsWatched() {
    ObjectNode body = body();
    body.withObject("/metadata").withObject("/labels").put("towline.io/bundle", "web");

    assertThat(ContestedFields.remove(body, List.of(".metadata.labels.towline.io/bundle")))
        .isFalse();
  }

  @Test
  void takesOutSeveralFields() {
    ObjectNode body = body();

    assertThat(ContestedFields.remove(body, List.of(".on", ".data.tls", ".set"))).isTrue();
    assertThat(body.size()).isEqualTo(2);
    assertThat(ContestedFields.remove(body, List.of())).isFalse();
  }

  private static ObjectNode body() {
    return ObjectJson.read(BODY.getBytes(StandardCharsets.UTF_8));
  }
}
