package io.towline.hub.cli;

import io.towline.fleet.v1.UncordonClusterRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lets a cluster have new content again. */
@Command(name = "uncordon", description = "Let a cluster have new content again.")
final class ClusterUncordonCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "NAME", description = "The cluster.")
  private String name = "";

  ClusterUncordonCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    try (Hub hub = cli.openHub()) {
      var unused =
          hub.ask()
              .uncordonCluster(
                  UncordonClusterRequest.newBuilder().setName("clusters/" + name).build());
      Terminal terminal = cli.terminal();
      terminal.say(terminal.sign("✔ ", "") + name + " gets new content again");
    }
    return ExitCode.DONE;
  }
}
