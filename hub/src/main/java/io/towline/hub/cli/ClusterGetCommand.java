package io.towline.hub.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One cluster with what happened to it, refused attempts to enrol among it. */
@Command(name = "get", description = "Show one cluster, and who tried to enrol for it in vain.")
final class ClusterGetCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "NAME", description = "The cluster.")
  private String name = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, json or yaml.")
  private Output output = Output.table;

  ClusterGetCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    return new DescribeCommand(cli).describe(Kind.CLUSTER, name, output);
  }
}
