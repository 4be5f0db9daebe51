package io.towline.hub.cli;

import java.util.List;

/**
 * What came of looking at one thing.
 *
 * @param name which one, in a word or two
 * @param text what was found; may hold what others said
 * @param remedy what to do about it, a line each; none where all is well
 */
record Finding(Check check, String name, Verdict verdict, String text, List<String> remedy) {
  /** How it stands. */
  enum Verdict {
    GOOD,
    /** Works, and should be looked at. */
    WARNING,
    FAILED
  }

  Finding {
    remedy = remedy.stream().filter(line -> !line.isEmpty()).toList();
  }

  static Finding good(Check check, String text) {
    return new Finding(check, check.title(), Verdict.GOOD, text, List.of());
  }

  static Finding warning(Check check, String text, String... remedy) {
    return new Finding(check, check.title(), Verdict.WARNING, text, List.of(remedy));
  }

  static Finding failed(Check check, String text, String... remedy) {
    return new Finding(check, check.title(), Verdict.FAILED, text, List.of(remedy));
  }

  /** The same of one of several. */
  Finding of(String one) {
    return new Finding(check, one, verdict, text, remedy);
  }
}
