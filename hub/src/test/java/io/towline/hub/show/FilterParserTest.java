package io.towline.hub.show;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.hub.store.Filter;
import io.towline.hub.store.Filter.Field;
import io.towline.hub.store.Filter.Term;
import io.towline.hub.store.FilterFields;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterParserTest {
  @Test
  void readsAConjunction() {
    Filter filter =
        FilterParser.parse(
            " bundle = \"a\",b AND status!=\"failed\" AND labels.example.com/x = \"q\\\"\\\\\" ",
            FilterFields.TARGETS);

    assertThat(filter.terms())
        .containsExactly(
            new Term(new Field.Named("bundle"), false, List.of("a", "b")),
            new Term(new Field.Named("status"), true, List.of("Failed")),
            new Term(new Field.Label("example.com/x"), false, List.of("q\"\\")));
  }

  @Test
  void anEmptyFilterMatchesEverything() {
    assertThat(FilterParser.parse("  ", FilterFields.TARGETS)).isEqualTo(Filter.ALL);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "status | 7 | After a field comes",
        "status = | 9 | a value is expected",
        "status = \"Failed | 10 | not closed",
        "status = Faild | 10 | did you mean Failed?",
        "stat = Failed | 1 | did you mean status?",
        "status = Failed bundle = a | 17 | joined by AND",
        "status = Failed AND | 20 | a field is expected",
        "status == Failed | 9 | a value is expected",
        "status = \"a\\n\" | 12 | A backslash escapes",
        "labels. = x | 1 | There is no field",
        "reason < 3 | 8 | After a field comes"
      })
  void namesThePlaceOfAMistake(String text, int position, String words) {
    assertThatThrownBy(() -> FilterParser.parse(text, FilterFields.TARGETS))
        .isInstanceOfSatisfying(
            BadFilterException.class,
            bad -> {
              assertThat(bad.getMessage()).contains(words);
              assertThat(bad.position()).isEqualTo(position);
            });
  }

  @Test
  void boundsLengthTermsAndValues() {
    assertThatThrownBy(() -> FilterParser.parse("x".repeat(5_000), FilterFields.TARGETS))
        .isInstanceOf(BadFilterException.class);
    assertThatThrownBy(
            () ->
                FilterParser.parse(
                    String.join(" AND ", Collections.nCopies(33, "bundle = a")),
                    FilterFields.TARGETS))
        .hasMessageContaining("at most 32 terms");
    assertThatThrownBy(
            () ->
                FilterParser.parse(
                    "bundle = " + String.join(",", Collections.nCopies(65, "a")),
                    FilterFields.TARGETS))
        .hasMessageContaining("at most 64 values");
  }

  @Test
  void anyTextIsReadOrRefusedAndNothingElse() {
    long seed = 20_260_301L;
    Random random = new Random(seed);
    String alphabet = "status=!\"\\, ANDlabels.bundle\t\u00e4<>()'";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = random.nextInt(40); j > 0; j--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        FilterParser.parse(text.toString(), FilterFields.TARGETS);
      } catch (BadFilterException e) {
        assertThat(e.position())
            .as("seed %d, filter %s", seed, text)
            .isBetween(1, text.length() + 1);
      }
    }
  }
}
