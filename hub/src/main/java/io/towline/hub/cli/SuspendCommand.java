package io.towline.hub.cli;

import com.google.protobuf.Duration;
import io.towline.fleet.v1.SuspendRequest;
import io.towline.fleet.v1.Suspension;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Leaves something alone for now. */
@Command(
    name = "suspend",
    description = {
      "Leave a bundle, a cluster or a target alone: nothing of it is applied, corrected or deleted.",
      "What differs is still reported."
    },
    footer = {
      "",
      "  towline suspend target podinfo@store-0107 --reason \"looking at a leak\" --for 2h",
      "  towline suspend cluster store-0107 --reason \"new disks\"",
      "",
      "It takes effect once the agent has it: towline wait target/NAME --for suspended."
    })
final class SuspendCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(index = "0", paramLabel = "KIND", description = "bundle, cluster or target")
  private String kind = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "Its name.")
  private String name = "";

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Why, for other people.")
  private String reason = "";

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "How long, as 30m or 2h, up to 720h; without it until it is resumed.")
  private String length = "";

  @Option(names = "--by", paramLabel = "NAME", description = "Who you are; your login by default.")
  private String by = System.getProperty("user.name", "");

  SuspendCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    SuspendRequest.Builder request =
        SuspendRequest.newBuilder().setName(resource(kind, name)).setReason(reason).setBy(by);
    if (!length.isEmpty()) {
      request.setTtl(Duration.newBuilder().setSeconds(Times.parse(length).toSeconds()));
    }
    try (Hub hub = cli.openHub()) {
      Suspension made = hub.ask().suspend(request.build());
      Terminal terminal = cli.terminal();
      terminal.say(
          terminal.sign("✔ ", "")
              + name
              + " is suspended "
              + (made.hasEndTime()
                  ? "until " + Views.atSeconds(ProtoJson.instant(made.getEndTime()))
                  : "until towline resume " + kind + " " + name));
    }
    return ExitCode.DONE;
  }

  /** The resource name of what can be suspended, or wrong usage. */
  static String resource(String kind, String name) {
    return switch (Kind.resource(kind)) {
      case BUNDLE -> "bundles/" + name;
      case CLUSTER -> "clusters/" + name;
      case TARGET -> TargetName.parse(name).resource();
      case SOURCE, DRIFT, EVENT ->
          throw CliException.usage(
              "A " + kind + " cannot be suspended", "one of: bundle, cluster, target");
    };
  }
}
