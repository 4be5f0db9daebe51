package io.towline.hub.cli;

import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
      names = {"-w", "--watch"},
      description = "Go on with a line for every new one.")
  private boolean watch;

  @Mixin private Listed listed = new Listed();

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
        List<Message> events = new ArrayList<>(hub.list(Kind.EVENT, query(filter, listed.limit())));
        Collections.reverse(events);
        cli.printer().list(Kind.EVENT, events, listed.output(), listed.headers());
      }
    }
    return ExitCode.DONE;
  }

  static Hub.Query query(String filter, int limit) {
    return new Hub.Query("", filter, limit);
  }

  static String filter(String subject, List<String> types) {
    return Subject.parse(subject, "events").addTo(new Filter().withAny("type", types)).toString();
  }

  /** Prints each event as it comes. */
  private final class Rows implements Changes.Watcher {
    private final Printer printer;

    Rows(Printer printer) {
      this.printer = printer;
    }

    @Override
    public Changes.Answer upserted(Kind kind, Message item) {
      printer.row(kind, item, listed.output());
      return Changes.Answer.MORE;
    }
  }
}
