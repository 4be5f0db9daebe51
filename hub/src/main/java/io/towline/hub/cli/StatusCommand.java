package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.fleet.v1.Caution;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.GetFleetSummaryRequest;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Target;
import io.towline.vocabulary.Connection;
import java.time.Instant;
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
    lines.add(
        "HUB       "
            + address
            + "  "
            + Cell.plain(summary.getHubVersion())
            + "  as of "
            + asOf(summary));
    lines.add("SOURCES   " + sources(summary));
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
    int total = summary.getFailingSourcesTotal() + summary.getNeedsAttentionTotal();
    if (total > 0) {
      lines.add("");
      lines.add(terminal.paint(Terminal.Color.BOLD, "NEEDS ATTENTION (" + total + ")"));
      lines.addAll(
          new Table<>(Attention.COLUMNS, terminal).lines(attention(summary, views), false));
      more(
          lines,
          summary.getFailingSourcesTotal() - summary.getFailingSourcesCount(),
          "towline get sources");
      more(
          lines,
          summary.getNeedsAttentionTotal() - summary.getNeedsAttentionCount(),
          "towline get targets --status blocked,failed,degraded,drifted");
    }
    for (Caution caution : summary.getCautionsList()) {
      lines.add("");
      lines.add(
          terminal.paint(Terminal.Color.YELLOW, "CAUTION")
              + "  "
              + Cell.plain(caution.getMessage()));
      caution
          .getCommandsList()
          .forEach(command -> lines.add(terminal.sign("  → ", "  -> ") + Cell.plain(command)));
    }
    lines.forEach(terminal.out()::println);
  }

  /** One line of what needs attention. */
  private record Attention(Cell status, String what, Cell why) {
    static final List<Column<Attention>> COLUMNS =
        List.of(
            Column.of("STATUS", Attention::status),
            Column.of("WHAT", attention -> Cell.of(attention.what())),
            Column.of("WHY", Attention::why));
  }

  /** Sources first: what they fail to bring no target can show. */
  private static List<Attention> attention(FleetSummary summary, Views views) {
    List<Attention> all = new ArrayList<>();
    for (Source source : summary.getFailingSourcesList()) {
      all.add(
          new Attention(
              views.status(Views.statusOf(source)),
              "source/" + Views.last(source.getName()),
              Views.why(source)));
    }
    for (Target target : summary.getNeedsAttentionList()) {
      all.add(
          new Attention(
              views.status(target),
              TargetName.ofResource(target.getName()).toString(),
              Views.why(target)));
    }
    return all;
  }

  private static void more(List<String> lines, int more, String command) {
    if (more > 0) {
      lines.add("  " + more + " more: " + command);
    }
  }

  private String sources(FleetSummary summary) {
    int failing = summary.getFailingSourcesTotal();
    return summary.getSources()
        + "  "
        + (failing == 0 ? "all read" : failing + " with problems: towline describe source NAME");
  }

  private String asOf(FleetSummary summary) {
    if (!summary.hasAsOfTime()) {
      return "now";
    }
    Instant time = ProtoJson.instant(summary.getAsOfTime());
    return Views.atSeconds(time) + " (" + cli.terminal().age(time) + " ago)";
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
