package io.towline.hub.cli;

import io.towline.fleet.v1.RemoveClusterRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lets a cluster go. */
@Command(
    name = "remove",
    aliases = "rm",
    description = "Forget a cluster; what runs there stays as it is.",
    footer = {
      "",
      "Returns at once, whether or not the cluster can be reached. Its agent is told when it calls,",
      "takes nothing new and deletes nothing."
    })
final class ClusterRemoveCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "NAME", description = "The cluster.")
  private String name = "";

  ClusterRemoveCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    try (Hub hub = cli.openHub()) {
      var unused =
          hub.ask()
              .removeCluster(RemoveClusterRequest.newBuilder().setName("clusters/" + name).build());
      Terminal terminal = cli.terminal();
      terminal.say(terminal.sign("✔ ", "") + "removed " + name + "; what runs there stays");
    }
    return ExitCode.DONE;
  }
}
