package io.towline.hub.cli;

import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What happened, on the hub and on the clusters, oldest first. */
@Command(name = "events", description = "Show what happened on the hub and on the clusters.")
final class EventsCommand implements Callable<Integer> {
  private final Cli cli;

  @Option(
      names = "--for",
      paramLabel = "WHAT",
      description = "bundle/NAME, cluster/NAME or BUNDLE@CLUSTER.")
  private String subject = "";

  @Option(names = "--types", split = ",", paramLabel = "TYPE", description = "Normal, Warning.")
  private List<String> types = new ArrayList<>();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many, the newest; default 50, 0 for all.")
  private int limit = 50;

  @Option(
      names = {"-w", "--watch"},
      description = "Go on with a line for every new one.")
  private boolean watch;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, wide, json, yaml or name.")
  private Output output = Output.table;

  @Option(names = "--no-headers", description = "Rows only.")
  private boolean noHeaders;

  EventsCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    String filter = filter(subject, types);
    try (Hub hub = cli.openHub()) {
      if (watch) {
        new Changes(hub, cli.terminal())
            .follow(List.of(Kind.EVENT), filter, Optional.empty(), new Rows(cli.printer()));
      } else {
        List<Message> events = new ArrayList<>(hub.list(Kind.EVENT, query(filter, limit)));
        Collections.reverse(events);
        cli.printer().list(Kind.EVENT, events, output, !noHeaders);
      }
    }
    return ExitCode.DONE;
  }

  static Hub.Query query(String filter, int limit) {
    return new Hub.Query("", filter, limit);
  }

  static String filter(String subject, List<String> types) {
    Filter filter = new Filter().withAny("type", types);
    if (subject.isEmpty()) {
      return filter.toString();
    }
    int slash = subject.indexOf('/');
    if (slash < 0) {
      TargetName target = TargetName.parse(subject);
      return filter.with("bundle", target.bundle()).with("cluster", target.cluster()).toString();
    }
    String name = subject.substring(slash + 1);
    return switch (Kind.resource(subject.substring(0, slash))) {
      case CLUSTER -> filter.with("cluster", name).toString();
      case BUNDLE -> filter.with("bundle", name).toString();
      case TARGET -> filter(name, types);
      case SOURCE, DRIFT, EVENT ->
          throw CliException.usage(
              subject + " has no events", "give bundle/NAME, cluster/NAME or BUNDLE@CLUSTER");
    };
  }

  /** Prints each event as it comes. */
  private final class Rows implements Changes.Watcher {
    private final Printer printer;

    Rows(Printer printer) {
      this.printer = printer;
    }

    @Override
    public Changes.Answer upserted(Kind kind, Message item) {
      printer.row(kind, item, output);
      return Changes.Answer.MORE;
    }

    @Override
    public Changes.Answer removed(Kind kind, Message item) {
      return Changes.Answer.MORE;
    }

    @Override
    public Changes.Answer complete() {
      return Changes.Answer.MORE;
    }

    @Override
    public void reset() {}
  }
}
