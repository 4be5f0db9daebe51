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
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A table of a document whose rows have an identifier first and the tests that hold them last.
 * Whether a test holds what it is named for is for its readers to judge.
 */
final class TestedRows {

  private static final Pattern TEST = Pattern.compile("@(Test|ParameterizedTest|FuzzTest)\\b");
  private static final Pattern NAMED_TEST = Pattern.compile("`(\\w+)#(\\w+)`");
  private static final List<String> MODULES =
      List.of("proto", "hub", "agent", "images", "integration-tests");

  private final Map<String, String> testsById = new TreeMap<>();
  private final Map<String, List<String>> testClasses = new HashMap<>();

  /**
   * @param document below the checkout's root
   * @param id what the first cell of such a row looks like
   */
  TestedRows(String document, String id) throws IOException {
    Path root = Checkout.root();
    Pattern row = Pattern.compile("\\| (" + id + ") \\|.*?([^|]*)\\|");
    for (String line : Files.readAllLines(root.resolve(document))) {
      Matcher cells = row.matcher(line);
      if (cells.matches()) {
        assertThat(testsById.put(cells.group(1), cells.group(2).strip()))
            .as(cells.group(1) + " stands once")
            .isNull();
      }
    }
    for (String module : MODULES) {
      try (Stream<Path> files = Files.walk(root.resolve(module + "/src/test/java"))) {
        files
            .filter(file -> file.toString().endsWith("Test.java"))
            .forEach(
                file ->
                    testClasses
                        .computeIfAbsent(nameOf(file), name -> new ArrayList<>())
                        .addAll(linesOf(file)));
      }
    }
  }

  /** The identifiers of all rows. */
  Set<String> ids() {
    return testsById.keySet();
  }

  /** Rows that name no test and do not begin with {@code open} either. */
  List<String> unheld() {
    return testsById.entrySet().stream()
        .filter(
            row -> !NAMED_TEST.matcher(row.getValue()).find() && !row.getValue().startsWith("open"))
        .map(Map.Entry::toString)
        .toList();
  }

  /** Names of tests that do not exist, each with its row. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    testsById.forEach(
        (id, tests) -> {
          Matcher named = NAMED_TEST.matcher(tests);
          while (named.find()) {
            if (!isTest(named.group(1), named.group(2))) {
              missing.add(id + ": " + named.group());
            }
          }
        });
    return missing;
  }

  /** A method of that name below an annotation that makes it a test. */
  private boolean isTest(String type, String method) {
    List<String> source = testClasses.getOrDefault(type, List.of());
    boolean annotated = false;
    for (String line : source) {
      String code = line.strip();
      if (code.isEmpty()) {
        annotated = false;
      } else if (TEST.matcher(code).lookingAt()) {
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
