package io.towline.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The threat model names, for every threat, the tests that hold it, or says that it is open. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ThreatModelTest {

  private static final int THREATS = 40;

  private TestedRows rows;

  @BeforeAll
  void read() throws IOException {
    rows = new TestedRows("docs/threat-model.md", "T\\d\\d");
  }

  @Test
  void hasARowForEveryThreat() {
    assertThat(rows.ids())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, THREATS).mapToObj("T%02d"::formatted).toList());
  }

  @Test
  void namesATestOfEveryThreatOrSaysThatItIsOpen() {
    assertThat(rows.unheld()).isEmpty();
  }

  @Test
  void namesOnlyTestsThatExist() {
    assertThat(rows.missing()).isEmpty();
  }
}
