package io.towline.hub.cli;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What compatibility is promised by: the first two numbers of a version. */
record MinorVersion(int major, int minor) {
  private static final Pattern VERSION = Pattern.compile("v?([0-9]{1,6})[.]([0-9]{1,6}).*");

  /** Of a version such as {@code v1.35.4}; empty of what is none. */
  static Optional<MinorVersion> of(String version) {
    Matcher matcher = VERSION.matcher(version);
    return matcher.matches()
        ? Optional.of(
            new MinorVersion(
                Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
        : Optional.empty();
  }

  /** How many minors older than the other, negative if newer; another major is many. */
  int behind(MinorVersion other) {
    return major == other.major
        ? other.minor - minor
        : Integer.signum(other.major - major) * Integer.MAX_VALUE;
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
