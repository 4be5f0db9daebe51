package io.towline.hub.resolve;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Collects what is wrong in one document. Of one value, what is found first counts. */
final class Findings {
  /** More than these in one file help nobody. */
  private static final int MAX_PROBLEMS = 100;

  private static final Pattern UNPRINTABLE = Pattern.compile("\\p{C}");
  private static final int MAX_WORD = 80;

  private final String file;
  private final YamlDocument document;
  private final String bundle;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> pointers = new HashSet<>();

  /**
   * @param bundle its name; empty if it has none that can be said
   */
  Findings(String file, YamlDocument document, String bundle) {
    this.file = file;
    this.document = document;
    this.bundle = bundle;
  }

  /** A mistake in the value at this pointer. */
  void value(String pointer, String message) {
    add(pointer, document.valueAt(pointer), Reason.DECLARATION_INVALID, message);
  }

  /** A mistake in the key of this pointer. */
  void key(String pointer, Reason reason, String message) {
    add(pointer, document.keyAt(pointer), reason, message);
  }

  /** Whether something was said of exactly this value. */
  boolean mentions(String pointer) {
    return pointers.contains(pointer);
  }

  boolean isEmpty() {
    return problems.isEmpty();
  }

  /** In the order of their places. */
  List<Problem> problems() {
    return problems.stream()
        .sorted(
            Comparator.comparingInt(Problem::line)
                .thenComparingInt(Problem::column)
                .thenComparing(Problem::field))
        .toList();
  }

  private void add(String pointer, Position position, Reason reason, String message) {
    if (problems.size() < MAX_PROBLEMS && pointers.add(pointer)) {
      problems.add(
          new Problem(
              bundle, file, position.line(), position.column(), field(pointer), reason, message));
    }
  }

  /** {@code /targets/0/clusters} as {@code targets[0].clusters}. */
  private String field(String pointer) {
    StringBuilder field = new StringBuilder();
    JsonNode at = document.root();
    for (JsonPointer rest = JsonPointer.compile(pointer); !rest.matches(); rest = rest.tail()) {
      if (at.isArray()) {
        field.append('[').append(rest.getMatchingProperty()).append(']');
        at = at.path(rest.getMatchingIndex());
      } else {
        field.append(field.isEmpty() ? "" : ".").append(word(rest.getMatchingProperty()));
        at = at.path(rest.getMatchingProperty());
      }
    }
    return field.toString();
  }

  /** A name that someone wrote, fit for one line of a message. */
  static String word(String written) {
    String printable = UNPRINTABLE.matcher(written).replaceAll("\uFFFD");
    return printable.length() <= MAX_WORD
        ? printable
        : printable.substring(0, printable.offsetByCodePoints(0, MAX_WORD / 2)) + "\u2026";
  }

  /** The pointer of a member. */
  static String member(String pointer, String name) {
    return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
  }

  /** The pointer of an item. */
  static String item(String pointer, int index) {
    return pointer + "/" + index;
  }
}
