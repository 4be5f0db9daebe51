package io.towline.hub.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Builds the hub's filter out of flags: a conjunction of {@code field = "value"}. */
final class Filter {
  private static final Pattern EQUALITY =
      Pattern.compile("([A-Za-z0-9._/-]+)\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)");
  private static final Pattern SET =
      Pattern.compile("([A-Za-z0-9._/-]+)\\s+in\\s+\\(([A-Za-z0-9._, -]*)\\)");

  /** Commas that are not within parentheses. */
  private static final Pattern BETWEEN = Pattern.compile(",(?![^(]*\\))");

  private final List<String> terms = new ArrayList<>();

  Filter with(String field, String value) {
    terms.add(field + " = " + quoted(value));
    return this;
  }

  /** Any of these values; none is no term. */
  Filter withAny(String field, List<String> values) {
    if (!values.isEmpty()) {
      terms.add(
          field + " = " + values.stream().map(Filter::quoted).collect(Collectors.joining(",")));
    }
    return this;
  }

  /** A Kubernetes label selector: {@code k=v}, {@code k!=v}, {@code k in (a,b)}, with commas. */
  Filter withSelector(String selector) {
    for (String part : BETWEEN.split(selector, -1)) {
      String term = part.strip();
      if (term.isEmpty()) {
        continue;
      }
      Matcher equality = EQUALITY.matcher(term);
      Matcher set = SET.matcher(term);
      if (equality.matches()) {
        String operator = equality.group(2).equals("!=") ? " != " : " = ";
        terms.add("labels." + equality.group(1) + operator + quoted(equality.group(3)));
      } else if (set.matches()) {
        withAny(
            "labels." + set.group(1),
            Arrays.stream(set.group(2).split(",", -1)).map(String::strip).toList());
      } else {
        throw CliException.usage(
            "The selector " + term + " is not understood", "write k=v, k!=v or k in (a,b)");
      }
    }
    return this;
  }

  /** A filter in the hub's own words. */
  Filter withRaw(String filter) {
    if (!filter.isBlank()) {
      terms.add(filter);
    }
    return this;
  }

  @Override
  public String toString() {
    return String.join(" AND ", terms);
  }

  private static String quoted(String value) {
    return "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
