package io.towline.hub.cli;

import io.towline.fleet.v1.ApproveSourceRequest;
import io.towline.fleet.v1.Source;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes over a commit that does not follow from the last good one. */
@Command(
    name = "approve",
    description = {
      "Take over a commit that does not contain the last good one, as after a force push.",
      "It has to be what the repository holds now, and signed as the source asks."
    },
    footer = {"", "  towline source approve fleet 4f1c2ab0c0ffee00c0ffee00c0ffee00c0ffee00"})
final class SourceApproveCommand implements Callable<Integer> {
  /** An abbreviation may be found again in another commit. */
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  private final Cli cli;

  @Parameters(index = "0", paramLabel = "NAME", description = "The source's name.")
  private String name = "";

  @Parameters(index = "1", paramLabel = "COMMIT", description = "All 40 digits of the commit.")
  private String commit = "";

  @Option(names = "--timeout", paramLabel = "TIME", description = "As 90s or 5m (default).")
  private String timeout = "5m";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, wide, json, yaml or name.")
  private Output output = Output.table;

  SourceApproveCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    if (!COMMIT.matcher(commit).matches()) {
      throw CliException.usage(
          "A commit is approved by all of its 40 hexadecimal digits",
          "towline describe source " + name + " names the commit that was refused");
    }
    long limit = Times.parse(timeout).toSeconds();
    try (Hub hub = cli.openHub()) {
      Source source =
          hub.askPatiently(limit)
              .approveSource(
                  ApproveSourceRequest.newBuilder()
                      .setName("sources/" + name)
                      .setCommit(commit)
                      .build());
      cli.printer().list(Kind.SOURCE, List.of(source), output, true);
      return ExitCode.DONE;
    }
  }
}
