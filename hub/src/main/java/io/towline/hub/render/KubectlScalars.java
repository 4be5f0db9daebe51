package io.towline.hub.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.towline.hub.resolve.Scalars;
import java.math.BigInteger;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Unquoted scalars as kubectl reads them, which is YAML 1.1 as go-yaml 2 understands it: {@code
 * yes} and {@code off} are booleans, {@code 0644} is octal, {@code 1_000} is a thousand, a date
 * stays a string. Whole numbers beyond 64 bits become doubles, since Kubernetes has no others.
 *
 * <p>The rules are those of go-yaml's {@code resolve.go} (v2) followed by what {@code
 * sigs.k8s.io/yaml} and the unstructured decoder make of the value. Stateless and thread-safe.
 */
public final class KubectlScalars implements Scalars {
  private static final Set<String> TRUE =
      Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
  private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> NOT_A_NUMBER = Set.of(".nan", ".NaN", ".NAN");
  private static final Set<String> INFINITE =
      Set.of(".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF");

  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

  /** Go's own reading of floats, which also takes single underscores between digits. */
  private static final Pattern FLOAT_FROM_POINT =
      Pattern.compile("\\.[0-9](_?[0-9])*([eE][-+]?[0-9](_?[0-9])*)?");

  /** More digits than this cannot be a 64-bit number in any base. */
  private static final int MOST_DIGITS = 4096;

  private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger GREATEST = BigInteger.valueOf(Long.MAX_VALUE);
  private static final int UNSIGNED_BITS = 64;

  @Override
  public JsonNode resolve(String text) {
    if (NULL.contains(text)) {
      return NullNode.getInstance();
    }
    if (TRUE.contains(text)) {
      return BooleanNode.TRUE;
    }
    if (FALSE.contains(text)) {
      return BooleanNode.FALSE;
    }
    if (NOT_A_NUMBER.contains(text) || INFINITE.contains(text)) {
      throw new IllegalArgumentException(
          "an unquoted " + text + " is a number that JSON does not have; quote it");
    }
    char first = text.charAt(0);
    if (first == '.') {
      return FLOAT_FROM_POINT.matcher(text).matches()
          ? decimal(text.replace("_", ""), text)
          : TextNode.valueOf(text);
    }
    if (first == '+' || first == '-' || isDigit(first)) {
      return number(text);
    }
    return TextNode.valueOf(text);
  }

  private static JsonNode number(String text) {
    String plain = text.replace("_", "");
    Optional<BigInteger> whole = whole(plain);
    if (whole.isPresent()) {
      BigInteger value = whole.get();
      return value.compareTo(GREATEST) <= 0
          ? LongNode.valueOf(value.longValue())
          : DoubleNode.valueOf(value.doubleValue());
    }
    return FLOAT.matcher(plain).matches() ? decimal(plain, text) : TextNode.valueOf(text);
  }

  /**
   * Go says "out of range" for a double that would be infinite, and go-yaml then keeps the text.
   */
  private static JsonNode decimal(String plain, String text) {
    double value = Double.parseDouble(plain);
    return Double.isInfinite(value) ? TextNode.valueOf(text) : DoubleNode.valueOf(value);
  }

  /** What Go's ParseInt and ParseUint give for base 0 and 64 bits; empty if both refuse. */
  private static Optional<BigInteger> whole(String plain) {
    boolean signed = plain.startsWith("-") || plain.startsWith("+");
    boolean negative = plain.startsWith("-");
    String rest = signed ? plain.substring(1) : plain;
    int base = baseOf(rest);
    if (base != 10) {
      rest = rest.substring(isDigit(rest.charAt(1)) ? 1 : 2);
    }
    if (rest.isEmpty() || rest.length() > MOST_DIGITS || !allDigits(rest, base)) {
      return binaryWithInnerSign(plain);
    }
    BigInteger magnitude = new BigInteger(rest, base);
    BigInteger value = negative ? magnitude.negate() : magnitude;
    if (value.compareTo(LEAST) < 0
        || magnitude.bitLength() > UNSIGNED_BITS
        || (signed && value.compareTo(GREATEST) > 0)) {
      return Optional.empty();
    }
    return Optional.of(value);
  }

  /** go-yaml also takes a sign after the prefix: {@code 0b-1} is minus one. */
  private static Optional<BigInteger> binaryWithInnerSign(String plain) {
    if (plain.startsWith("0b-") || plain.startsWith("0b+")) {
      String digits = plain.substring(3);
      if (!digits.isEmpty() && digits.length() < UNSIGNED_BITS && allDigits(digits, 2)) {
        BigInteger magnitude = new BigInteger(digits, 2);
        return Optional.of(plain.charAt(2) == '-' ? magnitude.negate() : magnitude);
      }
    }
    return Optional.empty();
  }

  /** A prefix counts only with something behind it; a zero in front of digits means octal. */
  private static int baseOf(String digits) {
    if (digits.length() < 2 || digits.charAt(0) != '0') {
      return 10;
    }
    char second = digits.charAt(1);
    if (isDigit(second)) {
      return 8;
    }
    if (digits.length() < 3) {
      return 10;
    }
    return switch (second) {
      case 'x', 'X' -> 16;
      case 'b', 'B' -> 2;
      case 'o', 'O' -> 8;
      default -> 10;
    };
  }

  private static boolean allDigits(String text, int base) {
    return text.chars().allMatch(c -> c < 128 && Character.digit(c, base) >= 0);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
