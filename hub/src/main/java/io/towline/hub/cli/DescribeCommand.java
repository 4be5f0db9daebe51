package io.towline.hub.cli;

import com.google.protobuf.Message;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Condition;
import io.towline.fleet.v1.ObjectProblem;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Target;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Everything about one thing: its fields, conditions, problems, what to do, and the last events.
 */
@Command(
    name = "describe",
    description = "Show one source, cluster, bundle or target with its problems and events.",
    footer = {"", "  towline describe target podinfo@store-0107"})
final class DescribeCommand implements Callable<Integer> {
  private static final int EVENTS = 10;

  private final Cli cli;

  @Parameters(index = "0", paramLabel = "KIND", description = "source, cluster, bundle, target")
  private String kind = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "Its name.")
  private String name = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, json or yaml.")
  private Output output = Output.table;

  DescribeCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    return describe(Kind.resource(kind), name, output);
  }

  /** Shows one thing with its conditions, problems and events. */
  int describe(Kind which, String name, Output output) {
    this.name = name;
    try (Hub hub = cli.openHub()) {
      Message item = hub.get(which, name);
      if (output == Output.json || output == Output.yaml) {
        cli.printer().tree(cli.printer().document(which, item), output);
        return ExitCode.DONE;
      }
      List<String> lines = new ArrayList<>(fields(which, item));
      section(lines, "Conditions", conditions(item), CONDITIONS);
      section(lines, "Problems", problems(item), PROBLEMS);
      if (item instanceof Source source && source.getProblemsCount() > 0) {
        lines.add("");
        lines.add("Problems:");
        source.getProblemsList().forEach(one -> lines.add("  " + Views.problem(one)));
      }
      nextStep(item).ifPresent(step -> lines.addAll(List.of("", "Next: " + Cell.plain(step))));
      lines.forEach(cli.terminal().out()::println);
      if (which != Kind.SOURCE) {
        events(hub, which);
      }
    }
    return ExitCode.DONE;
  }

  /** The wide table of one row, turned on its side: one list of fields for both. */
  private List<String> fields(Kind which, Message item) {
    return sideways(new Views(cli.terminal()).of(which), item);
  }

  private <T extends Message> List<String> sideways(View<T> view, Message item) {
    T typed = view.type().cast(item);
    List<Column<Column<T>>> columns =
        List.of(
            Column.of("", column -> Cell.of(label(column.header()) + ":")),
            Column.of("", column -> column.cell().apply(typed)));
    List<Column<T>> known =
        view.columns().stream()
            .filter(column -> !column.cell().apply(typed).lines().getFirst().isEmpty())
            .toList();
    return new Table<>(columns, cli.terminal()).lines(known, false);
  }

  private static String label(String header) {
    return header.charAt(0) + header.substring(1).toLowerCase(Locale.ROOT);
  }

  private static final List<Column<Condition>> CONDITIONS =
      List.of(
          Column.of("TYPE", condition -> Cell.of(condition.getType())),
          Column.of("STATUS", condition -> Cell.of(condition.getStatus())),
          Column.of("REASON", condition -> Cell.of(condition.getReason())),
          Column.of(
              "SINCE",
              condition ->
                  Views.absolute(
                      condition.hasLastTransitionTime(), condition.getLastTransitionTime())),
          Column.of("MESSAGE", condition -> Cell.of(condition.getMessage())));

  private static final List<Column<ObjectProblem>> PROBLEMS =
      List.of(
          Column.of("OBJECT", problem -> Cell.of(Views.object(problem.getObject()))),
          Column.of("REASON", problem -> Cell.of(problem.getReason())),
          Column.of("MESSAGE", problem -> Cell.of(problem.getMessage())));

  private <T> void section(
      List<String> lines, String title, List<T> rows, List<Column<T>> columns) {
    if (!rows.isEmpty()) {
      lines.add("");
      lines.add(title + ":");
      new Table<>(columns, cli.terminal())
          .lines(rows, true)
          .forEach(line -> lines.add("  " + line));
    }
  }

  private static List<Condition> conditions(Message item) {
    return switch (item) {
      case Cluster cluster -> cluster.getConditionsList();
      case Bundle bundle -> bundle.getConditionsList();
      case Target target -> target.getConditionsList();
      default -> List.of();
    };
  }

  private static List<ObjectProblem> problems(Message item) {
    return item instanceof Target target ? target.getProblemsList() : List.of();
  }

  private static Optional<String> nextStep(Message item) {
    String step =
        switch (item) {
          case Cluster cluster -> cluster.getNextStep();
          case Bundle bundle -> bundle.getNextStep();
          case Target target -> target.getNextStep();
          case Source source -> Reason.ofWord(source.getReason()).map(Reason::nextStep).orElse("");
          default -> "";
        };
    return Optional.of(step).filter(text -> !text.isEmpty());
  }

  private void events(Hub hub, Kind which) {
    String subject = which == Kind.TARGET ? name : which.type() + "/" + name;
    List<Message> events =
        new ArrayList<>(
            hub.list(
                Kind.EVENT, EventsCommand.query(EventsCommand.filter(subject, List.of()), EVENTS)));
    if (!events.isEmpty()) {
      Collections.reverse(events);
      cli.terminal().out().println("\nEvents:");
      cli.printer().list(Kind.EVENT, events, Output.table, true);
    }
  }
}
