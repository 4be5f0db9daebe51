package io.towline.hub.show;

import io.towline.hub.store.Filter;
import io.towline.hub.store.Filter.Field;
import io.towline.hub.store.Filter.Term;
import io.towline.hub.store.FilterFields;
import io.towline.vocabulary.Connection;
import io.towline.vocabulary.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads filters: {@code field = "value"}, {@code field != "value"}, {@code field = "a","b"}, joined
 * by AND; a value of letters, digits and {@code ._/-} needs no quotes. A small part of AIP-160,
 * read by hand so that a mistake is named with its place.
 *
 * <pre>
 * filter = [ term { "AND" term } ]
 * term   = field ( "=" | "!=" ) value { "," value }
 * </pre>
 */
final class FilterParser {
  /** Longer ones are refused unread. */
  static final int MAX_CHARACTERS = 4_096;

  static final int MAX_TERMS = 32;
  static final int MAX_VALUES = 64;

  private static final String LABELS = "labels.";

  private final String text;
  private final FilterFields fields;
  private int at;

  private FilterParser(String text, FilterFields fields) {
    this.text = text;
    this.fields = fields;
  }

  /**
   * Reads a filter; an empty one matches everything.
   *
   * @throws BadFilterException with the place of the first mistake
   */
  static Filter parse(String text, FilterFields fields) {
    if (text.length() > MAX_CHARACTERS) {
      throw new BadFilterException(1, "A filter has at most " + MAX_CHARACTERS + " characters.");
    }
    return new FilterParser(text, fields).filter();
  }

  private Filter filter() {
    List<Term> terms = new ArrayList<>();
    skipSpace();
    while (at < text.length()) {
      if (!terms.isEmpty()) {
        int begin = at;
        if (!word().equals("AND")) {
          throw wrong(begin, "Terms are joined by AND.");
        }
        skipSpace();
      }
      if (terms.size() == MAX_TERMS) {
        throw wrong(at, "A filter has at most " + MAX_TERMS + " terms.");
      }
      terms.add(term());
      skipSpace();
    }
    return new Filter(terms);
  }

  private Term term() {
    int begin = at;
    String name = word();
    Field field = field(name, begin);
    skipSpace();
    boolean negated = take('!');
    if (!take('=')) {
      throw wrong(at, "After a field comes = or !=.");
    }
    List<String> values = new ArrayList<>();
    do {
      skipSpace();
      if (values.size() == MAX_VALUES) {
        throw wrong(at, "A field is compared with at most " + MAX_VALUES + " values.");
      }
      int place = at;
      values.add(canonical(name, value(), place));
      skipSpace();
    } while (take(','));
    return new Term(field, negated, values);
  }

  private Field field(String name, int begin) {
    if (fields.labels() && name.startsWith(LABELS) && name.length() > LABELS.length()) {
      return new Field.Label(name.substring(LABELS.length()));
    }
    if (fields.names().contains(name)) {
      return new Field.Named(name);
    }
    if (name.isEmpty()) {
      throw wrong(begin, "Here a field is expected: " + valid() + ".");
    }
    throw wrong(
        begin,
        "There is no field \""
            + name
            + "\""
            + nearest(name, fields.names())
            + ": "
            + valid()
            + ".");
  }

  private String valid() {
    List<String> all = new ArrayList<>(fields.names());
    if (fields.labels()) {
      all.add("labels.KEY");
    }
    return all.isEmpty() ? "nothing here can be filtered by" : String.join(", ", all);
  }

  /** A name or a value without quotes. */
  private String word() {
    int begin = at;
    while (at < text.length() && isWord(text.charAt(at))) {
      at++;
    }
    return text.substring(begin, at);
  }

  private String value() {
    if (!take('"')) {
      String word = word();
      if (word.isEmpty()) {
        throw wrong(at, "Here a value is expected, in double quotes.");
      }
      return word;
    }
    int opening = at - 1;
    StringBuilder value = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return value.toString();
      }
      if (c == '\\') {
        if (at == text.length() || (text.charAt(at) != '"' && text.charAt(at) != '\\')) {
          throw wrong(at - 1, "A backslash escapes a double quote or a backslash, nothing else.");
        }
        c = text.charAt(at++);
      }
      value.append(c);
    }
    throw wrong(opening, "This quote is not closed.");
  }

  /** Values of closed sets are checked, and spelled as the store has them. */
  private String canonical(String name, String value, int place) {
    return switch (name) {
      case "status" ->
          Status.ofWord(value)
              .map(Status::word)
              .orElseThrow(
                  () ->
                      unknown(
                          "status",
                          value,
                          place,
                          Arrays.stream(Status.values()).map(Status::word).toList()));
      case "connection" ->
          oneOf(
              "connection",
              value.toUpperCase(Locale.ROOT),
              place,
              Arrays.stream(Connection.values()).map(Enum::name).toList());
      case "action" ->
          oneOf(
              "action",
              value.toLowerCase(Locale.ROOT),
              place,
              List.of("corrected", "reported", "failed", "resolved"));
      case "type" -> oneOf("type", value, place, List.of("Normal", "Warning"));
      default -> value;
    };
  }

  private String oneOf(String field, String value, int place, List<String> valid) {
    if (!valid.contains(value)) {
      throw unknown(field, value, place, valid);
    }
    return value;
  }

  private BadFilterException unknown(String field, String value, int place, List<String> valid) {
    return wrong(
        place,
        "There is no "
            + field
            + " \""
            + value
            + "\""
            + nearest(value, valid)
            + ": "
            + String.join(", ", valid)
            + ".");
  }

  /** What a misspelt word may have meant. */
  private static String nearest(String word, List<String> valid) {
    String lower = word.toLowerCase(Locale.ROOT);
    Optional<String> best =
        valid.stream()
            .min(
                Comparator.comparingInt(
                    candidate -> distance(lower, candidate.toLowerCase(Locale.ROOT))));
    return best.filter(
            candidate ->
                distance(lower, candidate.toLowerCase(Locale.ROOT))
                    <= Math.max(2, candidate.length() / 3))
        .map(candidate -> "; did you mean " + candidate + "?")
        .orElse("");
  }

  /** Edits between two short words (Levenshtein's distance, by Wagner and Fischer's rows). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private boolean take(char expected) {
    if (at < text.length() && text.charAt(at) == expected) {
      at++;
      return true;
    }
    return false;
  }

  private void skipSpace() {
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
  }

  private static boolean isWord(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '/'
        || c == '-';
  }

  private static BadFilterException wrong(int index, String message) {
    return new BadFilterException(index + 1, message);
  }
}
