package io.towline.hub.cli;

import io.towline.fleet.v1.RotateClusterRequest;
import io.towline.fleet.v1.RotateClusterResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a new join token for a cluster that is registered. */
@Command(
    name = "rotate",
    description = "Make a new join token for a cluster; the older one is void.",
    footer = {
      "",
      "The agent that has enrolled goes on until the new token is used; with --revoke it is cut off",
      "now. A cluster that was built anew has another kube-system: its agent is refused under the name",
      "of the older one unless --rebuilt says so."
    })
final class ClusterRotateCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "NAME", description = "The cluster.")
  private String name = "";

  @Option(names = "--revoke", description = "Cut the agent off that has enrolled, now.")
  private boolean revoke;

  @Option(
      names = "--rebuilt",
      description = "The cluster was built anew: let its agent take the older one's place.")
  private boolean rebuilt;

  @Option(names = "--ttl", paramLabel = "TIME", description = "Life of the token, up to 24h.")
  private String ttl = "";

  @Option(
      names = {"-o", "--output", "--format"},
      paramLabel = "FORM",
      description = Invitation.FORMS)
  private Invitation.Form form = Invitation.Form.text;

  ClusterRotateCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    Invitation.require(form, cli.terminal());
    RotateClusterRequest.Builder request =
        RotateClusterRequest.newBuilder()
            .setName("clusters/" + name)
            .setRevoke(revoke)
            .setRebuilt(rebuilt);
    if (!ttl.isEmpty()) {
      request.setTtl(ClusterAddCommand.proto(Times.parse(ttl)));
    }
    try (Hub hub = cli.openHub()) {
      RotateClusterResponse rotated = hub.ask().rotateCluster(request.build());
      if (form == Invitation.Form.text) {
        Terminal terminal = cli.terminal();
        terminal.say(
            terminal.sign("✔ ", "")
                + (revoke
                    ? "the agent of " + name + " is cut off; its next one joins with this token"
                    : "the agent of " + name + " goes on until this token is used"));
        terminal.out().println("TOWLINE_JOIN_TOKEN=" + rotated.getJoinToken());
      } else {
        new Invitation(rotated.getCluster(), rotated.getJoinToken(), rotated.getAgentChart())
            .print(form, cli);
      }
    }
    return ExitCode.DONE;
  }
}
