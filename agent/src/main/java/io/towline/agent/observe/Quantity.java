package io.towline.agent.observe;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;

/** Amounts as Kubernetes writes them: {@code 500m} is {@code 0.5}, {@code 1Gi} is 1073741824. */
final class Quantity {
  private static final int MAX_LENGTH = 64;
  private static final BigDecimal KIBI = BigDecimal.valueOf(1024);
  private static final Map<String, BigDecimal> SUFFIXES =
      Map.ofEntries(
          Map.entry("n", BigDecimal.ONE.movePointLeft(9)),
          Map.entry("u", BigDecimal.ONE.movePointLeft(6)),
          Map.entry("m", BigDecimal.ONE.movePointLeft(3)),
          Map.entry("", BigDecimal.ONE),
          Map.entry("k", BigDecimal.ONE.movePointRight(3)),
          Map.entry("M", BigDecimal.ONE.movePointRight(6)),
          Map.entry("G", BigDecimal.ONE.movePointRight(9)),
          Map.entry("T", BigDecimal.ONE.movePointRight(12)),
          Map.entry("P", BigDecimal.ONE.movePointRight(15)),
          Map.entry("E", BigDecimal.ONE.movePointRight(18)),
          Map.entry("Ki", KIBI),
          Map.entry("Mi", KIBI.pow(2)),
          Map.entry("Gi", KIBI.pow(3)),
          Map.entry("Ti", KIBI.pow(4)),
          Map.entry("Pi", KIBI.pow(5)),
          Map.entry("Ei", KIBI.pow(6)));

  private Quantity() {}

  /** Whether both are amounts, and the same one. */
  static boolean equal(String a, String b) {
    Optional<BigDecimal> first = parse(a);
    Optional<BigDecimal> second = parse(b);
    return first.isPresent() && second.isPresent() && first.get().compareTo(second.get()) == 0;
  }

  private static Optional<BigDecimal> parse(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    int end = text.length();
    while (end > 0 && Character.isLetter(text.charAt(end - 1))) {
      end--;
    }
    BigDecimal factor = SUFFIXES.get(text.substring(end));
    if (factor == null || end == 0) {
      return Optional.empty();
    }
    try {
      BigDecimal number = new BigDecimal(text.substring(0, end));
      return Math.abs((long) number.scale()) > MAX_LENGTH
          ? Optional.empty()
          : Optional.of(number.multiply(factor));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
