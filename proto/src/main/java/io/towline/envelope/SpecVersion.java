package io.towline.envelope;

import io.towline.vocabulary.Reason;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The version of the signed documents. Minor versions only add members, which older readers ignore;
 * what must not be ignored is named in {@code critical}.
 */
final class SpecVersion {
  static final String CURRENT = "1.0";

  private static final Pattern SUPPORTED = Pattern.compile("1\\.(0|[1-9][0-9]{0,3})");

  /**
   * Every member that came after 1.0 and must not be ignored, by its path in its document, for
   * example {@code policy.drift.ignore}. What is written names it only where it is used.
   */
  private static final Set<String> KNOWN =
      Set.of(
          "objects.policy.conflicts",
          "objects.policy.recreateImmutable",
          "policy.apply.adopt",
          "policy.apply.conflicts",
          "policy.apply.createNamespace",
          "policy.apply.recreateImmutable",
          "policy.apply.takeBackFrom",
          Suspension.MEMBER);

  private SpecVersion() {}

  static void require(String version) {
    if (!SUPPORTED.matcher(version).matches()) {
      throw new VerificationException(
          Reason.SPEC_VERSION_UNSUPPORTED, "specVersion is not of the line 1.x");
    }
  }

  static void requireKnown(List<String> critical) {
    long unknown = critical.stream().filter(member -> !KNOWN.contains(member)).count();
    if (unknown > 0) {
      throw new VerificationException(
          Reason.CRITICAL_UNSUPPORTED, "critical names " + unknown + " unknown members");
    }
  }
}
