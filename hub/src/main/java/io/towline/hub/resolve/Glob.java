package io.towline.hub.resolve;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern of paths: {@code *} stands for any characters within one part, {@code ?} for one of
 * them, and {@code **} as a whole part for any number of parts, also none. Matching takes time in
 * proportion to pattern times path, whatever they are. Immutable.
 */
public final class Glob {
  private static final String ANY_PARTS = "**";

  private final String pattern;
  private final List<String> parts;

  private Glob(String pattern, List<String> parts) {
    this.pattern = pattern;
    this.parts = parts;
  }

  /**
   * Reads a pattern. A leading {@code ./} and a trailing {@code /} do not count.
   *
   * @throws IllegalArgumentException with a sentence for people, when it is empty, absolute, leaves
   *     its directory, or uses signs that have another meaning elsewhere
   */
  public static Glob of(String pattern) {
    if (pattern.isBlank()) {
      throw new IllegalArgumentException("a pattern must not be empty");
    }
    if (pattern.startsWith("/") || pattern.indexOf('\\') >= 0) {
      throw new IllegalArgumentException("a pattern is relative, with / between its parts");
    }
    List<String> parts = new ArrayList<>();
    for (String part : pattern.split("/", -1)) {
      if (part.equals("..")) {
        throw new IllegalArgumentException("a pattern must not leave its directory with ..");
      }
      if (part.chars().anyMatch(c -> c == '[' || c == ']' || c == '{' || c == '}' || c == '!')) {
        throw new IllegalArgumentException("a pattern knows *, ? and ** only");
      }
      if (part.contains(ANY_PARTS) && !part.equals(ANY_PARTS)) {
        throw new IllegalArgumentException("** stands alone between two /");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("a pattern must name something below its directory");
    }
    return new Glob(pattern, List.copyOf(parts));
  }

  /** Whether a path, relative to where the pattern stands, is meant. */
  public boolean matches(String path) {
    String[] names = path.isEmpty() ? new String[0] : path.split("/", -1);
    boolean[] reached = new boolean[names.length + 1];
    reached[0] = true;
    for (String part : parts) {
      boolean[] next = new boolean[names.length + 1];
      if (part.equals(ANY_PARTS)) {
        boolean any = false;
        for (int i = 0; i <= names.length; i++) {
          any |= reached[i];
          next[i] = any;
        }
      } else {
        for (int i = 0; i < names.length; i++) {
          next[i + 1] = reached[i] && matchesPart(part, names[i]);
        }
      }
      reached = next;
    }
    return reached[names.length];
  }

  /** Goes back to the last star only, which is enough and keeps the time bounded. */
  private static boolean matchesPart(String part, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length()) {
      if (p < part.length()
          && (part.charAt(p) == '?' || part.charAt(p) == name.charAt(n))
          && part.charAt(p) != '*') {
        p++;
        n++;
      } else if (p < part.length() && part.charAt(p) == '*') {
        star = p++;
        resume = n;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < part.length() && part.charAt(p) == '*') {
      p++;
    }
    return p == part.length();
  }

  /** As it was written. */
  @Override
  public String toString() {
    return pattern;
  }
}
