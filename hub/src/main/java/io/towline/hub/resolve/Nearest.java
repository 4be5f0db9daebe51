package io.towline.hub.resolve;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that was probably meant. */
final class Nearest {
  /** Longer names are not compared. */
  private static final int MAX_LENGTH = 64;

  private Nearest() {}

  /**
   * The candidate within a third of its length in edits (insert, delete, replace, swap of
   * neighbours), ignoring case; of several the closest, then the first by alphabet.
   */
  static Optional<String> to(String written, Collection<String> candidates) {
    if (written.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String best = "";
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : candidates.stream().sorted().toList()) {
      if (candidate.length() <= MAX_LENGTH) {
        int distance =
            distance(written.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
        if (distance < bestDistance && distance <= Math.max(1, candidate.length() / 3)) {
          best = candidate;
          bestDistance = distance;
        }
      }
    }
    return best.isEmpty() ? Optional.empty() : Optional.of(best);
  }

  /** The same as the end of a sentence: {@code "; did you mean x?"}, or nothing. */
  static String hint(String written, Collection<String> candidates) {
    return to(written, candidates).map(name -> "; did you mean " + name + "?").orElse("");
  }

  /** Optimal string alignment: Levenshtein's edits, and swaps of neighbours. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
