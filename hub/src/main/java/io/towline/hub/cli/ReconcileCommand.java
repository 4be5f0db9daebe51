package io.towline.hub.cli;

import io.towline.fleet.v1.ReconcileSourceRequest;
import io.towline.fleet.v1.Source;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a source now, not at the next poll, and says what came of it. */
@Command(
    name = "reconcile",
    aliases = "sync",
    description = "Fetch a source now and wait until it is published.",
    footer = {"", "  towline reconcile source fleet"})
final class ReconcileCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(index = "0", paramLabel = "source", description = "The word source.")
  private String kind = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "Its name.")
  private String name = "";

  @Option(names = "--timeout", paramLabel = "TIME", description = "As 90s or 5m (default).")
  private String timeout = "5m";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, wide, json, yaml or name.")
  private Output output = Output.table;

  ReconcileCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    if (Kind.resource(kind) != Kind.SOURCE) {
      throw CliException.usage("Only a source is reconciled", "towline reconcile source NAME");
    }
    Duration limit = Times.parse(timeout);
    try (Hub hub = cli.openHub()) {
      Source source =
          hub.askPatiently(limit.toSeconds())
              .reconcileSource(
                  ReconcileSourceRequest.newBuilder().setName("sources/" + name).build());
      cli.printer().list(Kind.SOURCE, List.of(source), output, true);
      source.getProblemsList().forEach(problem -> cli.terminal().say(Views.problem(problem)));
      if (!source.getReason().isEmpty()) {
        throw new CliException(
            ExitCode.PARTLY,
            "Source " + name + " keeps its last good commit " + Views.hash(source.getCommit()),
            source.getReason(),
            source.getMessage(),
            Reason.ofWord(source.getReason()).map(Reason::nextStep).orElse(""));
      }
      return source.getProblemsCount() > 0 ? ExitCode.PARTLY : ExitCode.DONE;
    }
  }
}
