package io.towline.envelope;

import com.fasterxml.jackson.databind.node.DecimalNode;
import java.math.BigDecimal;

/** A number that is not a plain integer, with the characters it was written in. */
final class WrittenNumber extends DecimalNode {
  private final String written;

  WrittenNumber(String written, BigDecimal value) {
    super(value);
    this.written = written;
  }

  String written() {
    return written;
  }

  /** Equal by value, as every decimal node is: how it was written matters to its bytes alone. */
  @Override
  public boolean equals(Object other) {
    return super.equals(other);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
