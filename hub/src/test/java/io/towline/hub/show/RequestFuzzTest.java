package io.towline.hub.show;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.towline.hub.store.Cursor;
import io.towline.hub.store.Filter;
import io.towline.hub.store.FilterFields;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Filters and page tokens come from whoever may call the API. */
class RequestFuzzTest {
  static Stream<byte[]> filters() {
    return Stream.of(
            "status = \"Drifted\",failed AND labels.region != eu-west",
            "bundle = \"a\\\"b\\\\c\"",
            "cluster = ",
            "status = Drifed",
            "name = \"open")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("filters")
  @FuzzTest
  void aFilterIsRefusedAtAPlaceOrMeansTheSameWhenItIsWrittenAgain(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    for (FilterFields fields : List.of(FilterFields.TARGETS, FilterFields.SOURCES)) {
      try {
        Filter filter = FilterParser.parse(text, fields);
        String written = written(filter);
        if (written.length() <= FilterParser.MAX_CHARACTERS) {
          assertThat(FilterParser.parse(written, fields)).isEqualTo(filter);
        }
      } catch (BadFilterException e) {
        assertThat(e.position()).isBetween(1, text.length() + 1);
      }
    }
  }

  static Stream<byte[]> tokens() {
    return Stream.of(
            PageTokens.write(new Cursor(List.of("lima", "7")), "clusters", ""),
            PageTokens.write(new Cursor(List.of()), "clusters", "other"))
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("tokens")
  @FuzzTest
  void aPageTokenIsOfItsRequestAloneOrNone(byte[] bytes) {
    String token = new String(bytes, UTF_8);
    PageTokens.read(token, "clusters", "")
        .ifPresent(
            cursor -> {
              String written = PageTokens.write(cursor, "clusters", "");
              assertThat(PageTokens.read(written, "clusters", "")).contains(cursor);
              assertThat(PageTokens.read(token, "clusters", "x")).isEmpty();
            });
  }

  private static String written(Filter filter) {
    return filter.terms().stream()
        .map(RequestFuzzTest::written)
        .collect(Collectors.joining(" AND "));
  }

  private static String written(Filter.Term term) {
    String field =
        switch (term.field()) {
          case Filter.Field.Named named -> named.name();
          case Filter.Field.Label label -> "labels." + label.key();
        };
    return field
        + (term.negated() ? " != " : " = ")
        + term.values().stream()
            .map(value -> "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
            .collect(Collectors.joining(","));
  }
}
