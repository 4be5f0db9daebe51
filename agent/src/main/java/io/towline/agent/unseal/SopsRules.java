package io.towline.agent.unseal;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.vocabulary.Reason;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which values of a document SOPS encrypted, by the rules that the document itself states. Where
 * several are stated a later one overrules an earlier one, in the order of SOPS' own {@code
 * shouldBeEncrypted}. Immutable.
 */
final class SopsRules {
  private static final int MAX_PATTERN = 1_024;

  /** Steps of one match: patterns come from Git, and Java's can be made to run for ever. */
  private static final int MAX_STEPS = 100_000;

  /** Where a rule matches a key of the path, the value is encrypted or is not. */
  private record Rule(Predicate<String> matches, boolean encrypts) {}

  private final List<Rule> rules;

  private SopsRules(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  /**
   * The rules of a document.
   *
   * @param seal its member {@code sops}
   * @throws UnsealException with SEAL_INVALID if it has rules that cannot be followed
   */
  static SopsRules read(JsonNode seal) {
    for (String field : List.of("encrypted_comment_regex", "unencrypted_comment_regex")) {
      if (!seal.path(field).asText("").isEmpty()) {
        throw new UnsealException(
            Reason.SEAL_INVALID,
            "its "
                + field
                + " looks at comments, which Kubernetes objects have none of; use encrypted_regex");
      }
    }
    return new SopsRules(
        List.of(
                suffix(seal, "unencrypted_suffix", false),
                suffix(seal, "encrypted_suffix", true),
                regex(seal, "unencrypted_regex", false),
                regex(seal, "encrypted_regex", true))
            .stream()
            .flatMap(Optional::stream)
            .toList());
  }

  /** Whether the value at the end of these keys is encrypted; list items have their list's keys. */
  boolean encrypts(List<String> path) {
    boolean encrypted = true;
    for (Rule rule : rules) {
      boolean matched = path.stream().anyMatch(rule.matches());
      if (rule.encrypts()) {
        encrypted = matched;
      } else if (matched) {
        encrypted = false;
      }
    }
    return encrypted;
  }

  private static Optional<Rule> suffix(JsonNode seal, String field, boolean encrypts) {
    String suffix = seal.path(field).asText("");
    return suffix.isEmpty()
        ? Optional.empty()
        : Optional.of(new Rule(key -> key.endsWith(suffix), encrypts));
  }

  private static Optional<Rule> regex(JsonNode seal, String field, boolean encrypts) {
    String regex = seal.path(field).asText("");
    if (regex.isEmpty()) {
      return Optional.empty();
    }
    if (regex.length() > MAX_PATTERN) {
      throw refuse(field, "is longer than " + MAX_PATTERN + " characters");
    }
    try {
      Pattern pattern = Pattern.compile(regex);
      return Optional.of(
          new Rule(key -> pattern.matcher(new Counted(key, field)).find(), encrypts));
    } catch (PatternSyntaxException e) {
      throw refuse(field, "is not a pattern that is understood here");
    }
  }

  private static UnsealException refuse(String field, String what) {
    return new UnsealException(Reason.SEAL_INVALID, "its " + field + " " + what);
  }

  /** A text that can be looked at so often and no more. */
  private static final class Counted implements CharSequence {
    private final String text;
    private final String field;
    private int steps;

    Counted(String text, String field) {
      this.text = text;
      this.field = field;
    }

    @Override
    public char charAt(int index) {
      if (++steps > MAX_STEPS) {
        throw refuse(field, "takes too long to match; write it without nested repetitions");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
