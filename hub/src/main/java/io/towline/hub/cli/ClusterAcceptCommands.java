package io.towline.hub.cli;

import io.towline.fleet.v1.AcceptClusterRequest;
import io.towline.fleet.v1.RemoveClusterRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What becomes of a cluster that waits for a person. */
final class ClusterAcceptCommands {
  private ClusterAcceptCommands() {}

  /** Lets it in. */
  @Command(name = "accept", description = "Let a cluster in that came with a pool and waits.")
  static final class Accept implements Callable<Integer> {
    private final Cli cli;

    @Parameters(paramLabel = "NAME", description = "The cluster.")
    private String name = "";

    Accept(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      try (Hub hub = cli.openHub()) {
        var unused =
            hub.ask()
                .acceptCluster(
                    AcceptClusterRequest.newBuilder().setName("clusters/" + name).build());
      }
      Terminal terminal = cli.terminal();
      terminal.say(
          terminal.sign("✔ ", "") + name + " is let in; its agent gets a certificate when it asks");
      return ExitCode.DONE;
    }
  }

  /** Sends it away. */
  @Command(
      name = "reject",
      description = "Send a cluster away that came with a pool and waits.",
      footer = {"", "One that has been let in is let go with towline cluster remove."})
  static final class Reject implements Callable<Integer> {
    private final Cli cli;

    @Parameters(paramLabel = "NAME", description = "The cluster.")
    private String name = "";

    Reject(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      try (Hub hub = cli.openHub()) {
        var unused =
            hub.ask()
                .removeCluster(
                    RemoveClusterRequest.newBuilder()
                        .setName("clusters/" + name)
                        .setWaitingOnly(true)
                        .build());
      }
      Terminal terminal = cli.terminal();
      terminal.say(terminal.sign("✔ ", "") + name + " is sent away; its name is free");
      return ExitCode.DONE;
    }
  }
}
