package io.towline.hub.cli;

import io.towline.fleet.v1.CordonClusterRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Holds new content back from a cluster. */
@Command(
    name = "cordon",
    description = "Hold new content back from a cluster; what it has is kept so.")
final class ClusterCordonCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "NAME", description = "The cluster.")
  private String name = "";

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for other people.")
  private String reason = "";

  ClusterCordonCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    try (Hub hub = cli.openHub()) {
      var unused =
          hub.ask()
              .cordonCluster(
                  CordonClusterRequest.newBuilder()
                      .setName("clusters/" + name)
                      .setReason(reason)
                      .build());
      Terminal terminal = cli.terminal();
      terminal.say(
          terminal.sign("✔ ", "") + name + " gets no new content until towline cluster uncordon");
    }
    return ExitCode.DONE;
  }
}
