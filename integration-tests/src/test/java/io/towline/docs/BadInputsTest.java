package io.towline.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The list of bad inputs names, for every group, the tests that hold it, or says what is open. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputsTest {

  private static final int GROUPS = 96;

  private TestedRows rows;

  @BeforeAll
  void read() throws IOException {
    rows = new TestedRows("docs/bad-inputs.md", "B\\d\\d[a-i]?");
  }

  @Test
  void hasARowForEveryGroup() {
    List<String> groups = new ArrayList<>();
    for (int group = 1; group <= GROUPS; group++) {
      groups.add("B%02d".formatted(group));
    }
    "abcdefghi".chars().forEach(part -> groups.add("B39" + (char) part));
    groups.add("B47a");

    assertThat(rows.ids()).containsExactlyInAnyOrderElementsOf(groups);
  }

  @Test
  void namesATestOfEveryGroupOrSaysThatItIsOpen() {
    assertThat(rows.unheld()).isEmpty();
  }

  @Test
  void namesOnlyTestsThatExist() {
    assertThat(rows.missing()).isEmpty();
  }
}
