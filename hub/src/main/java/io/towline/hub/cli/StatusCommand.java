package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.GetFleetSummaryRequest;
import io.towline.fleet.v1.Target;
import io.towline.vocabulary.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One screen: the hub, its clusters, its targets by status, and what needs attention. */
@Command(name = "status", description = "Show the whole fleet on one screen.")
final class StatusCommand implements Callable<Integer> {
  private final Cli cli;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, json or yaml.")
  private Output output = Output.table;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "SELECTOR",
      description = "Count only the targets on clusters with these labels.")
  private String selector = "";

  StatusCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    try (Hub hub = cli.openHub()) {
      FleetSummary summary =
          hub.ask()
              .getFleetSummary(
                  GetFleetSummaryRequest.newBuilder()
                      .setFilter(new Filter().withSelector(selector).toString())
                      .build());
      switch (output) {
        case json, yaml -> {
          ObjectNode json = Printer.document("FleetStatus");
          json.setAll(ProtoJson.of(summary));
          cli.printer().tree(json, output);
        }
        case table, wide, name -> print(summary, hub.address());
      }
    }
    return ExitCode.DONE;
  }

  private void print(FleetSummary summary, String address) {
    Terminal terminal = cli.terminal();
    Views views = new Views(terminal);
    List<String> lines = new ArrayList<>();
    lines.add("HUB       " + address + "  " + summary.getHubVersion() + "  as of " + asOf(summary));
    lines.add(
        "CLUSTERS  " + total(summary.getClustersByConnectionMap()) + "  " + clusters(summary));
    lines.add(
        "TARGETS   "
            + total(summary.getTargetsByStatusMap())
            + "  "
            + views.counts(summary.getTargetsByStatusMap()));
    if (summary.getRolloutsInProgress() > 0) {
      lines.add("ROLLOUTS  " + summary.getRolloutsInProgress() + " in progress");
    }
    if (summary.getNeedsAttentionTotal() > 0) {
      lines.add("");
      lines.add(
          terminal.paint(
              Terminal.Color.BOLD, "NEEDS ATTENTION (" + summary.getNeedsAttentionTotal() + ")"));
      List<Column<Target>> columns =
          List.of(
              Column.of("STATUS", views::status),
              Column.of(
                  "TARGET", target -> Cell.of(TargetName.ofResource(target.getName()).toString())),
              Column.of("WHY", target -> Views.why(target.getReason(), target.getMessage())));
      lines.addAll(Table.lines(summary.getNeedsAttentionList(), columns, false, terminal));
      int more = summary.getNeedsAttentionTotal() - summary.getNeedsAttentionCount();
      if (more > 0) {
        lines.add(
            "  " + more + " more: towline get targets --status blocked,failed,degraded,drifted");
      }
    }
    lines.forEach(terminal.out()::println);
  }

  private String asOf(FleetSummary summary) {
    if (!summary.hasAsOfTime()) {
      return "now";
    }
    var time = ProtoJson.instant(summary.getAsOfTime());
    return time + " (" + cli.terminal().age(time) + " ago)";
  }

  private String clusters(FleetSummary summary) {
    String counts =
        Arrays.stream(Connection.values())
            .filter(
                connection ->
                    summary.getClustersByConnectionMap().getOrDefault(connection.name(), 0) > 0)
            .map(
                connection ->
                    summary.getClustersByConnectionMap().get(connection.name())
                        + " "
                        + connection.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(cli.terminal().sign(" · ", ", ")));
    if (!summary.hasOldestOffline()) {
      return counts;
    }
    Cluster oldest = summary.getOldestOffline();
    String since =
        oldest.hasLastSeenTime()
            ? ", " + cli.terminal().age(ProtoJson.instant(oldest.getLastSeenTime()))
            : "";
    return counts + " (oldest " + Views.last(oldest.getName()) + since + ")";
  }

  private static int total(Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }
}
