package io.towline.hub.cli;

import picocli.CommandLine.Option;

/** How much of a list of records is shown, and in which form. */
final class Listed {
  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many, the newest; default 50, 0 for all.")
  private int limit = 50;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, wide, json, yaml or name.")
  private Output output = Output.table;

  @Option(names = "--no-headers", description = "Rows only.")
  private boolean noHeaders;

  int limit() {
    return limit;
  }

  Output output() {
    return output;
  }

  boolean headers() {
    return !noHeaders;
  }
}
