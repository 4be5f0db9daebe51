package io.towline.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.testkit.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The threat model names, for every threat, the tests that hold it, or says that it is open. This
 * checks the names; whether a test holds what it is named for is for its readers to judge.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ThreatModelTest {

  private static final int THREATS = 40;
  private static final Pattern ROW =
      Pattern.compile("\\| (T\\d\\d) \\|([^|]+)\\|([^|]+)\\|([^|]+)\\|");
  private static final Pattern NAMED_TEST = Pattern.compile("`(\\w+)#(\\w+)`");
  private static final List<String> MODULES = List.of("proto", "hub", "agent", "integration-tests");

  private final Map<String, String> testsByThreat = new TreeMap<>();
  private final Map<String, List<String>> testClasses = new HashMap<>();

  @BeforeAll
  void read() throws IOException {
    Path root = Checkout.root();
    for (String line : Files.readAllLines(root.resolve("docs/threat-model.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        assertThat(testsByThreat.put(row.group(1), row.group(4).strip()))
            .as(row.group(1) + " stands once")
            .isNull();
      }
    }
    for (String module : MODULES) {
      try (Stream<Path> files = Files.walk(root.resolve(module + "/src/test/java"))) {
        files
            .filter(file -> file.toString().endsWith("Test.java"))
            .forEach(file -> testClasses.put(nameOf(file), linesOf(file)));
      }
    }
  }

  @Test
  void hasARowForEveryThreat() {
    assertThat(testsByThreat.keySet())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, THREATS).mapToObj("T%02d"::formatted).toList());
  }

  @Test
  void namesATestOfEveryThreatOrSaysThatItIsOpen() {
    assertThat(testsByThreat)
        .allSatisfy(
            (threat, tests) ->
                assertThat(NAMED_TEST.matcher(tests).find() || tests.startsWith("open"))
                    .as("%s: %s", threat, tests)
                    .isTrue());
  }

  @Test
  void namesOnlyTestsThatExist() {
    List<String> missing = new ArrayList<>();
    testsByThreat.forEach(
        (threat, tests) -> {
          Matcher named = NAMED_TEST.matcher(tests);
          while (named.find()) {
            if (!isTest(named.group(1), named.group(2))) {
              missing.add(threat + ": " + named.group());
            }
          }
        });

    assertThat(missing).isEmpty();
  }

  /** A method of that name below an annotation that makes it a test. */
  private boolean isTest(String type, String method) {
    List<String> source = testClasses.getOrDefault(type, List.of());
    boolean annotated = false;
    for (String line : source) {
      String code = line.strip();
      if (code.isEmpty()) {
        annotated = false;
      } else if (code.startsWith("@Test") || code.startsWith("@ParameterizedTest")) {
        annotated = true;
      } else if (annotated && code.contains("void " + method + "(")) {
        return true;
      }
    }
    return false;
  }

  private static String nameOf(Path file) {
    String name = file.getName(file.getNameCount() - 1).toString();
    return name.substring(0, name.length() - ".java".length());
  }

  private static List<String> linesOf(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
