package io.towline.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Values of one kind, to take percentiles of. */
final class Sample {
  private final List<Double> values = new ArrayList<>();

  void add(double value) {
    values.add(value);
  }

  /** The smallest value that at least this share of all values does not exceed (nearest rank). */
  double percentile(int percent) {
    if (values.isEmpty()) {
      throw new IllegalStateException("nothing was measured");
    }
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
    return sorted.get(Math.max(rank, 1) - 1);
  }

  double median() {
    return percentile(50);
  }

  int size() {
    return values.size();
  }
}
