package io.towline.hub.cli;

import com.google.protobuf.Message;
import io.towline.fleet.v1.ResumeRequest;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lets what was suspended go on, and says first what that will change. */
@Command(
    name = "resume",
    description = {
      "Let a bundle, a cluster or a target go on that a person suspended.",
      "Says first what differs and will be corrected."
    },
    footer = {"", "  towline resume target podinfo@store-0107"})
final class ResumeCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(index = "0", paramLabel = "KIND", description = "bundle, cluster or target")
  private String kind = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "Its name.")
  private String name = "";

  @Option(names = "--dry-run", description = "Only say what differs.")
  private boolean dryRun;

  @Option(names = "--by", paramLabel = "NAME", description = "Who you are; your login by default.")
  private String by = System.getProperty("user.name", "");

  ResumeCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    String resource = SuspendCommand.resource(kind, name);
    Terminal terminal = cli.terminal();
    try (Hub hub = cli.openHub()) {
      List<? extends Message> open = hub.listDrift(new Hub.Query(resource, "", 0), true);
      if (open.isEmpty()) {
        terminal.say("Nothing was reported that differs.");
      } else {
        terminal.say(open.size() + " differ, and come back to what Git says:");
        cli.printer().list(Kind.DRIFT, open, Output.table, true);
      }
      if (dryRun) {
        return ExitCode.DONE;
      }
      boolean resumed =
          hub.ask()
              .resume(ResumeRequest.newBuilder().setName(resource).setBy(by).build())
              .getResumed();
      terminal.say(
          resumed ? terminal.sign("✔ ", "") + name + " goes on" : name + " was not suspended");
    }
    return ExitCode.DONE;
  }
}
