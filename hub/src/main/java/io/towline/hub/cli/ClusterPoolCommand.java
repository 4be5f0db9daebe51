package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.fleet.v1.ListPoolsRequest;
import io.towline.fleet.v1.Pool;
import io.towline.fleet.v1.RemovePoolRequest;
import io.towline.fleet.v1.RemovePoolResponse;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The tokens that let many clusters in. */
@Command(
    name = "pool",
    description = "Look at tokens that are for many clusters, and void them.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "  towline cluster add --pool edge --max 500 --ttl 24h --label env=edge"})
final class ClusterPoolCommand {
  private ClusterPoolCommand() {}

  static CommandLine line(Cli cli) {
    return new CommandLine(new ClusterPoolCommand())
        .addSubcommand(new Show(cli))
        .addSubcommand(new Remove(cli));
  }

  /** Lists them. */
  @Command(name = "list", aliases = "ls", description = "List the pools and what is left of each.")
  static final class Show implements Callable<Integer> {
    private static final List<Column<Pool>> COLUMNS =
        List.of(
            Column.of("NAME", pool -> Cell.of(Views.last(pool.getName()))),
            Column.of(
                "USED", pool -> Cell.of(pool.getUsedClusters() + " of " + pool.getMaxClusters())),
            Column.of(
                "WAITING",
                pool ->
                    Cell.of(
                        pool.getAcceptManually()
                            ? Integer.toString(pool.getWaitingClusters())
                            : "-")),
            Column.of("EXPIRES", pool -> Views.absolute(true, pool.getExpireTime())),
            Column.of("LABELS", pool -> Cell.of(Views.labels(pool.getLabelsMap()))),
            Column.of("ACCEPTS", pool -> Cell.of(String.join(",", pool.getAcceptedLabelsList()))),
            Column.of("NAMES", pool -> Cell.of(pool.getNamePrefix() + "*")));

    private final Cli cli;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORM",
        description = "table, json or yaml.")
    private Output output = Output.table;

    Show(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      List<Pool> pools;
      try (Hub hub = cli.openHub()) {
        pools = hub.ask().listPools(ListPoolsRequest.getDefaultInstance()).getPoolsList();
      }
      if (output == Output.json || output == Output.yaml) {
        ObjectNode json = Printer.document("PoolList");
        ArrayNode items = json.putArray("items");
        pools.forEach(pool -> items.add(ProtoJson.of(pool)));
        cli.printer().tree(json, output);
      } else if (pools.isEmpty()) {
        cli.terminal().say("No pools.");
      } else {
        new Table<>(COLUMNS, cli.terminal())
            .lines(pools, true)
            .forEach(cli.terminal().out()::println);
        cli.terminal().out().flush();
      }
      return ExitCode.DONE;
    }
  }

  /** Voids one. */
  @Command(
      name = "remove",
      aliases = "rm",
      description = "Void a pool's token; clusters that have enrolled stay.",
      footer = {"", "Clusters that wait to be accepted are let go of with it."})
  static final class Remove implements Callable<Integer> {
    private final Cli cli;

    @Parameters(paramLabel = "POOL", description = "The pool.")
    private String name = "";

    Remove(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      RemovePoolResponse removed;
      try (Hub hub = cli.openHub()) {
        removed =
            hub.ask().removePool(RemovePoolRequest.newBuilder().setName("pools/" + name).build());
      }
      Terminal terminal = cli.terminal();
      terminal.say(
          terminal.sign("✔ ", "")
              + "the token of "
              + name
              + " is void; "
              + removed.getRemovedClusters()
              + " clusters that waited are let go of, the others stay");
      return ExitCode.DONE;
    }
  }
}
