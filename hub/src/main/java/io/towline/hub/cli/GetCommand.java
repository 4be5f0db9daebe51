package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import io.towline.vocabulary.Connection;
import io.towline.vocabulary.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists sources, clusters, bundles, targets or all of them, and follows their changes. */
@Command(
    name = "get",
    description = "List sources, clusters, bundles, targets, or all.",
    footer = {
      "",
      "  towline get targets --status failed,degraded",
      "  towline get targets --cluster store-0107 --watch",
      "  towline get clusters -l env=prod -o json"
    })
final class GetCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(
      index = "0",
      paramLabel = "KIND",
      description = "source, cluster, bundle, target, all")
  private String kind = "";

  @Parameters(index = "1..*", paramLabel = "NAME", description = "Only these.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, wide, json, yaml or name.")
  private Output output = Output.table;

  @Option(
      names = {"-w", "--watch"},
      description = "Go on with a line for every change.")
  private boolean watch;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "SELECTOR",
      description = "By labels: of clusters, of bundles, of the clusters of targets.")
  private String selector = "";

  @Option(
      names = "--status",
      split = ",",
      paramLabel = "STATUS",
      description = "By status; of clusters by connection.")
  private List<String> statuses = new ArrayList<>();

  @Option(names = "--cluster", paramLabel = "NAME", description = "Targets on this cluster.")
  private String cluster = "";

  @Option(names = "--bundle", paramLabel = "NAME", description = "Targets of this bundle.")
  private String bundle = "";

  @Option(names = "--filter", paramLabel = "FILTER", description = "A filter as the API takes it.")
  private String filter = "";

  @Option(names = "--no-headers", description = "Rows only.")
  private boolean noHeaders;

  GetCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    boolean all = kind.equalsIgnoreCase("all");
    List<Kind> kinds = all ? Kind.RESOURCES : List.of(Kind.resource(kind));
    if (all && (!names.isEmpty() || watch || isFiltered())) {
      throw CliException.usage(
          "get all takes neither names, filters nor --watch", "towline get KIND, one at a time");
    }
    try (Hub hub = cli.openHub()) {
      if (watch) {
        watch(hub, kinds.getFirst());
      } else if (all) {
        printAll(hub, kinds);
      } else {
        cli.printer().list(kinds.getFirst(), read(hub, kinds.getFirst()), output, !noHeaders);
      }
    }
    return ExitCode.DONE;
  }

  private List<? extends Message> read(Hub hub, Kind one) {
    if (names.isEmpty()) {
      return hub.list(one, new Hub.Query("", filterFor(one), 0));
    }
    if (isFiltered()) {
      throw CliException.usage("Names and filters do not go together", "give one of them");
    }
    List<Message> items = new ArrayList<>();
    names.forEach(name -> items.add(hub.get(one, name)));
    return items;
  }

  private void printAll(Hub hub, List<Kind> kinds) {
    if (output == Output.json || output == Output.yaml) {
      ObjectNode json = Printer.document("List");
      ArrayNode items = json.putArray("items");
      for (Kind one : kinds) {
        hub.list(one, Hub.Query.all())
            .forEach(item -> items.add(cli.printer().document(one, item)));
      }
      cli.printer().tree(json, output);
      return;
    }
    String gap = "";
    for (Kind one : kinds) {
      cli.terminal().out().print(output == Output.name ? "" : gap);
      cli.printer().list(one, hub.list(one, Hub.Query.all()), output, !noHeaders);
      gap = "\n";
    }
  }

  /** First everything there is, as a table; then a line for every change. */
  private void watch(Hub hub, Kind one) {
    if (!names.isEmpty()) {
      throw CliException.usage("A watch takes filters, not names", "towline get KIND --watch");
    }
    Printer printer = cli.printer();
    List<Message> snapshot = new ArrayList<>();
    boolean[] told = {false};
    new Changes(hub, cli.terminal())
        .follow(
            List.of(one),
            filterFor(one),
            Optional.empty(),
            new Changes.Watcher() {
              @Override
              public Changes.Answer upserted(Kind changed, Message item) {
                if (told[0]) {
                  printer.row(one, item, output);
                } else {
                  snapshot.add(item);
                }
                return Changes.Answer.MORE;
              }

              @Override
              public Changes.Answer removed(Kind changed, Message item) {
                cli.terminal().say(printer.nameOf(one, item) + " was removed");
                return Changes.Answer.MORE;
              }

              @Override
              public Changes.Answer complete() {
                if (!told[0]) {
                  told[0] = true;
                  if (output == Output.json || output == Output.yaml) {
                    snapshot.forEach(item -> printer.row(one, item, output));
                  } else {
                    printer.list(one, snapshot, output, !noHeaders);
                  }
                  snapshot.clear();
                }
                return Changes.Answer.MORE;
              }

              @Override
              public void reset() {
                told[0] = false;
                snapshot.clear();
              }
            });
  }

  private boolean isFiltered() {
    return !statuses.isEmpty() || !(selector + cluster + bundle + filter).isEmpty();
  }

  private String filterFor(Kind one) {
    Filter built = new Filter().withRaw(filter);
    boolean targets = one == Kind.TARGET;
    if (!targets && !(cluster + bundle).isEmpty()) {
      throw CliException.usage(
          "--cluster and --bundle choose targets", "towline get targets --cluster NAME");
    }
    if (one == Kind.SOURCE && isFiltered()) {
      throw CliException.usage("Sources are not filtered", "towline get sources");
    }
    if (!cluster.isEmpty()) {
      built.with("cluster", cluster);
    }
    if (!bundle.isEmpty()) {
      built.with("bundle", bundle);
    }
    boolean clusters = one == Kind.CLUSTER;
    built.withAny(
        clusters ? "connection" : "status",
        statuses.stream().map(status -> clusters ? connection(status) : status(status)).toList());
    return built.withSelector(selector).toString();
  }

  private static String status(String word) {
    return Status.ofWord(word)
        .map(Status::word)
        .orElseThrow(
            () ->
                CliException.usage(
                    "There is no status " + word,
                    "one of: blocked, failed, degraded, drifted, unknown, progressing, waiting,"
                        + " suspended, ready"));
  }

  private static String connection(String word) {
    String name = word.toUpperCase(Locale.ROOT);
    for (Connection known : Connection.values()) {
      if (known.name().equals(name)) {
        return name;
      }
    }
    throw CliException.usage(
        "There is no connection " + word, "one of: online, late, offline, pending");
  }
}
