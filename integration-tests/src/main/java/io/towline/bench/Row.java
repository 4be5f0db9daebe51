package io.towline.bench;

/**
 * One measured figure.
 *
 * @param number the budget's row
 * @param objects how many objects the bundle has
 * @param gate what the budget allows, in the same unit; NaN: none is set
 */
record Row(int number, String what, int objects, double value, double gate, String unit) {
  static Row of(int number, String what, int objects, double value, double gate, String unit) {
    return new Row(number, what, objects, value, gate, unit);
  }

  static Row of(int number, String what, int objects, double value, String unit) {
    return new Row(number, what, objects, value, Double.NaN, unit);
  }
}
