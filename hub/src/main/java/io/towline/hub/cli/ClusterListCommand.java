package io.towline.hub.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The clusters, as {@code get clusters} shows them. */
@Command(name = "list", aliases = "ls", description = "List the clusters.")
final class ClusterListCommand implements Callable<Integer> {
  private final Cli cli;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, wide, json, yaml or name.")
  private Output output = Output.table;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "SELECTOR",
      description = "By labels.")
  private String selector = "";

  @Option(names = "--no-headers", description = "Rows only.")
  private boolean noHeaders;

  ClusterListCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    try (Hub hub = cli.openHub()) {
      String filter = new Filter().withSelector(selector).toString();
      cli.printer()
          .list(
              Kind.CLUSTER,
              hub.list(Kind.CLUSTER, new Hub.Query("", filter, 0)),
              output,
              !noHeaders);
    }
    return ExitCode.DONE;
  }
}
