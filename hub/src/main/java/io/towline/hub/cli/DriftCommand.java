package io.towline.hub.cli;

import com.google.protobuf.Message;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many records; default 50, 0 for all.")
  private int limit = 50;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, wide, json, yaml or name.")
  private Output output = Output.table;

  @Option(names = "--no-headers", description = "Rows only.")
  private boolean noHeaders;

  DriftCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    try (Hub hub = cli.openHub()) {
      String parent = parent(target);
      List<? extends Message> records = hub.listDrift(new Hub.Query(parent, "", limit), open);
      cli.printer().list(Kind.DRIFT, records, output, !noHeaders);
      boolean differs =
          open ? !records.isEmpty() : !hub.listDrift(new Hub.Query(parent, "", 1), true).isEmpty();
      return differs ? ExitCode.NO : ExitCode.DONE;
    }
  }

  static String parent(String target) {
    if (target.isEmpty()) {
      return "bundles/-";
    }
    int slash = target.indexOf('/');
    if (slash < 0) {
      return TargetName.parse(target).resource();
    }
    String name = target.substring(slash + 1);
    return switch (Kind.resource(target.substring(0, slash))) {
      case CLUSTER -> "clusters/" + name;
      case BUNDLE -> "bundles/" + name;
      case TARGET -> TargetName.parse(name).resource();
      case SOURCE, DRIFT, EVENT ->
          throw CliException.usage(
              target + " has no drift", "give BUNDLE@CLUSTER, bundle/NAME or cluster/NAME");
    };
  }
}
