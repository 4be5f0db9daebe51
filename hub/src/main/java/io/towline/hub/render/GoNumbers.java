package io.towline.hub.render;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NumericNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Numbers the way kubectl sends them: a whole number of 64 bits stays one, everything else is a
 * double, and a double is written as Go's {@code encoding/json} writes it.
 */
final class GoNumbers {
  /** Go writes a double with an exponent from here on. */
  private static final double EXPONENT_FROM = 1e21;

  /** Go writes a double with an exponent below this. */
  private static final double EXPONENT_BELOW = 1e-6;

  private GoNumbers() {}

  /**
   * The value of a number as JSON spells it.
   *
   * @throws IllegalArgumentException when it is larger than a double can be
   */
  static NumericNode ofJson(String text) {
    if (text.chars().noneMatch(c -> c == '.' || c == 'e' || c == 'E')) {
      try {
        return LongNode.valueOf(Long.parseLong(text));
      } catch (NumberFormatException tooLong) {
        return finite(text);
      }
    }
    return finite(text);
  }

  /**
   * The shortest digits that read back as the same double, in Go's layout. A negative zero is
   * written as zero: Kubernetes reads it back as a whole number, which has no sign then.
   */
  static String text(double value) {
    if (value == 0) {
      return "0";
    }
    BigDecimal digits = shortest(value);
    double magnitude = Math.abs(value);
    return magnitude >= EXPONENT_BELOW && magnitude < EXPONENT_FROM
        ? digits.toPlainString()
        : scientific(digits);
  }

  /** Java gives at least two digits, also where one would read back as the same double. */
  private static BigDecimal shortest(double value) {
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    BigDecimal one = digits.round(new MathContext(1, RoundingMode.HALF_EVEN));
    return one.doubleValue() == value ? one.stripTrailingZeros() : digits;
  }

  private static NumericNode finite(String text) {
    double value = Double.parseDouble(text);
    if (Double.isInfinite(value)) {
      throw new IllegalArgumentException("the number is too large for a double");
    }
    return DoubleNode.valueOf(value);
  }

  private static String scientific(BigDecimal digits) {
    String unscaled = digits.unscaledValue().abs().toString();
    int exponent = digits.precision() - digits.scale() - 1;
    StringBuilder out = new StringBuilder();
    if (digits.signum() < 0) {
      out.append('-');
    }
    out.append(unscaled.charAt(0));
    if (unscaled.length() > 1) {
      out.append('.').append(unscaled, 1, unscaled.length());
    }
    return out.append('e').append(exponent < 0 ? '-' : '+').append(Math.abs(exponent)).toString();
  }
}
