package io.towline.agent.app;

import java.util.Optional;

/**
 * What came of looking at one thing that an agent needs.
 *
 * @param name what was looked at, in a word or two
 * @param finding what was found
 * @param remedy what to do about it; empty if it is as it has to be
 */
record Check(String name, String finding, Optional<String> remedy) {
  static Check good(String name, String finding) {
    return new Check(name, finding, Optional.empty());
  }

  static Check bad(String name, String finding, String remedy) {
    return new Check(name, finding, Optional.of(remedy));
  }

  boolean isGood() {
    return remedy.isEmpty();
  }

  /** One line, and one more with the remedy. */
  String text() {
    return (isGood() ? "\u2714 " : "\u2716 ")
        + name
        + ": "
        + finding
        + remedy.map(what -> "\n    " + what).orElse("");
  }
}
