package io.towline.hub.git;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of the properties of sources. A name that is misspelt would be as if it were not there,
 * and with it the signers or the policy that somebody relies on.
 */
public final class SourceProperties {
  private static final String PREFIX = "towline.sources.";

  /** A name in the configuration, in quotation marks if it has dots. */
  private static final String NAME = "(?:\"[^\"]*\"|[^.\"]+)";

  private static final Set<String> KNOWN =
      new TreeSet<>(
          Set.of(
              "url",
              "branch",
              "tag",
              "commit",
              "path",
              "interval",
              "declares-clusters",
              "username",
              "password",
              "password-file",
              "ssh-key-file",
              "known-hosts-file",
              "ca-file",
              "webhook-secret",
              "allow-rewrite",
              "commits.policy",
              "commits.trusted-commit",
              "signers.<who>.fingerprint",
              "signers.<who>.format",
              "signers.<who>.key",
              "signers.<who>.key-file",
              "signers.<who>.not-before",
              "signers.<who>.not-after"));

  private static final Pattern OF_A_SOURCE =
      Pattern.compile(Pattern.quote(PREFIX) + NAME + "\\.(?<rest>.+)");
  private static final Pattern OF_A_SIGNER = Pattern.compile("signers\\." + NAME + "\\.");

  private SourceProperties() {}

  /**
   * Refuses what is no property of a source.
   *
   * @param names of all properties, with dots and dashes
   * @throws IllegalArgumentException that begins with the name
   */
  public static void requireKnown(Iterable<String> names) {
    for (String name : names) {
      if (!name.startsWith(PREFIX)) {
        continue;
      }
      Matcher parts = OF_A_SOURCE.matcher(name);
      boolean known =
          parts.matches()
              && KNOWN.contains(
                  OF_A_SIGNER.matcher(parts.group("rest")).replaceFirst("signers.<who>."));
      if (!known) {
        throw new IllegalArgumentException(
            name
                + ": a source has no such property; after towline.sources.<name> come "
                + String.join(", ", KNOWN));
      }
    }
  }
}
