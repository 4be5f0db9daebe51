package io.towline.hub.resolve;

import java.util.Optional;
import java.util.regex.Pattern;

/** How Kubernetes writes label keys, label values and namespaces. */
public final class LabelSyntax {
  private static final int MAX_NAME = 63;
  private static final int MAX_PREFIX = 253;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");

  private LabelSyntax() {}

  /** What is wrong with a key, as the end of a sentence; empty if nothing. */
  public static Optional<String> mistakeInKey(String key) {
    int slash = key.indexOf('/');
    String name = key.substring(slash + 1);
    if (slash >= 0 && !isDomain(key.substring(0, slash))) {
      return Optional.of("before the / of a label's key stands a DNS name in lower case");
    }
    if (name.length() > MAX_NAME || !NAME.matcher(name).matches()) {
      return Optional.of(
          "the name of a label has 1 to 63 letters, digits, - _ or ., and begins and ends with a"
              + " letter or digit");
    }
    return Optional.empty();
  }

  /** What is wrong with a value, as the end of a sentence; empty if nothing. */
  public static Optional<String> mistakeInValue(String value) {
    if (value.isEmpty() || (value.length() <= MAX_NAME && NAME.matcher(value).matches())) {
      return Optional.empty();
    }
    return Optional.of(
        "the value of a label has at most 63 letters, digits, - _ or ., and begins and ends with a"
            + " letter or digit");
  }

  /** Whether this is an RFC 1123 label of at most 63 characters, as names and namespaces are. */
  public static boolean isDnsLabel(String name) {
    return name.length() <= MAX_NAME && DNS_LABEL.matcher(name).matches();
  }

  private static boolean isDomain(String prefix) {
    if (prefix.isEmpty() || prefix.length() > MAX_PREFIX) {
      return false;
    }
    for (String part : prefix.split("\\.", -1)) {
      if (!isDnsLabel(part)) {
        return false;
      }
    }
    return true;
  }
}
