package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grpc.StatusRuntimeException;
import io.towline.fleet.v1.GetFleetSummaryRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The version of this program, and of the hub if one is named and answers. */
@Command(name = "version", description = "Show the version of this program and of the hub.")
final class VersionCommand implements Callable<Integer> {
  private static final int PATIENCE_SECONDS = 2;

  private final Cli cli;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, json or yaml.")
  private Output output = Output.table;

  VersionCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    String hub = cli.hubIsKnown() ? hubVersion() : "";
    if (output == Output.json || output == Output.yaml) {
      ObjectNode json = Printer.document("Version").put("client", Main.version());
      if (!hub.isEmpty()) {
        json.put("hub", hub);
      }
      cli.printer().tree(json, output);
    } else {
      cli.terminal().out().println("towline " + Main.version());
      if (!hub.isEmpty()) {
        cli.terminal().out().println("hub     " + hub);
      }
    }
    return ExitCode.DONE;
  }

  /** Empty, with a word to the person, if the hub does not say. */
  private String hubVersion() {
    try (Hub hub = cli.openHub()) {
      return hub.askPatiently(PATIENCE_SECONDS)
          .getFleetSummary(GetFleetSummaryRequest.getDefaultInstance())
          .getHubVersion();
    } catch (StatusRuntimeException e) {
      cli.terminal()
          .say("The hub at " + cli.hubAddress() + " does not say: " + e.getStatus().getCode());
      return "";
    } catch (CliException e) {
      cli.terminal().say(String.valueOf(e.getMessage()));
      return "";
    }
  }
}
