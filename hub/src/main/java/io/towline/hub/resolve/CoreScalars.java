package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The core schema of YAML 1.2.2, section 10.3.2, by which declarations are read: {@code no} and
 * {@code on} are strings, {@code 0777} is seven hundred and seventy-seven.
 */
final class CoreScalars implements Scalars {
  /** Longer numbers are a mistake, and slow to read. */
  private static final int MAX_NUMBER_LENGTH = 64;

  /** An exponent of more digits makes numbers that no field can mean. */
  private static final int MAX_EXPONENT_DIGITS = 3;

  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
  private static final Pattern OCTAL = Pattern.compile("0o[0-7]+");
  private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-fA-F]+");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?(?<exponent>[0-9]+))?");
  private static final Pattern NOT_FINITE =
      Pattern.compile("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");

  @Override
  public JsonNode resolve(String text) {
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> NullNode.getInstance();
      case "true", "True", "TRUE" -> BooleanNode.TRUE;
      case "false", "False", "FALSE" -> BooleanNode.FALSE;
      default -> startsLikeANumber(text) ? number(text) : TextNode.valueOf(text);
    };
  }

  private static boolean startsLikeANumber(String text) {
    char first = text.charAt(0);
    return first == '-' || first == '+' || first == '.' || (first >= '0' && first <= '9');
  }

  private static JsonNode number(String text) {
    if (NOT_FINITE.matcher(text).matches()) {
      throw new IllegalArgumentException("infinity and not-a-number cannot be used here");
    }
    var decimal = FLOAT.matcher(text);
    if (decimal.matches()) {
      limit(text, decimal.group("exponent"));
      if (INTEGER.matcher(text).matches()) {
        return BigIntegerNode.valueOf(new BigInteger(text));
      }
      return DecimalNode.valueOf(new BigDecimal(text));
    }
    if (OCTAL.matcher(text).matches()) {
      limit(text, null);
      return BigIntegerNode.valueOf(new BigInteger(text.substring(2), 8));
    }
    if (HEXADECIMAL.matcher(text).matches()) {
      limit(text, null);
      return BigIntegerNode.valueOf(new BigInteger(text.substring(2), 16));
    }
    return TextNode.valueOf(text);
  }

  private static void limit(String text, @Nullable String exponent) {
    if (text.length() > MAX_NUMBER_LENGTH
        || (exponent != null && exponent.length() > MAX_EXPONENT_DIGITS)) {
      throw new IllegalArgumentException("this number is too long; quote it if it is text");
    }
  }
}
