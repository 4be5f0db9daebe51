package io.towline.hub.cli;

import com.google.protobuf.Message;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What differed from Git, who changed it and what was done; whether anything still differs. */
@Command(
    name = "drift",
    description = "Show divergences, newest first; exit with 1 if anything still differs.",
    footer = {
      "",
      "  towline drift podinfo@store-0107",
      "  towline drift cluster/store-0107 --open"
    })
final class DriftCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(
      arity = "0..1",
      paramLabel = "TARGET",
      description = "BUNDLE@CLUSTER, bundle/NAME or cluster/NAME; else the whole fleet.")
  private String target = "";

  @Option(names = "--open", description = "Only what still differs.")
  private boolean open;

  @Mixin private Listed listed = new Listed();

  DriftCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    try (Hub hub = cli.openHub()) {
      String parent = Subject.parse(target, "drift").parent();
      List<? extends Message> records =
          hub.listDrift(new Hub.Query(parent, "", listed.limit()), open);
      cli.printer().list(Kind.DRIFT, records, listed.output(), listed.headers());
      boolean differs =
          open ? !records.isEmpty() : !hub.listDrift(new Hub.Query(parent, "", 1), true).isEmpty();
      return differs ? ExitCode.NO : ExitCode.DONE;
    }
  }
}
