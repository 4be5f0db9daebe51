package io.towline.hub.cli;

import com.google.protobuf.Message;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.ListSuspensionsRequest;
import io.towline.fleet.v1.ReconcileSourceRequest;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Target;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches now, not at the next poll, and says what came of it. */
@Command(
    name = "reconcile",
    aliases = "sync",
    description = {
      "Fetch now and wait until it is published: a source, or the source of a bundle, a target,",
      "or of everything on a cluster. What is suspended is refused."
    },
    footer = {
      "",
      "  towline reconcile source fleet",
      "  towline reconcile target podinfo@store-0107"
    })
final class ReconcileCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(index = "0", paramLabel = "KIND", description = "source, bundle, cluster, target")
  private String kind = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "Its name.")
  private String name = "";

  @Option(names = "--timeout", paramLabel = "TIME", description = "As 90s or 5m (default).")
  private String timeout = "5m";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, wide, json, yaml or name.")
  private Output output = Output.table;

  ReconcileCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    Kind which = Kind.resource(kind);
    Duration limit = Times.parse(timeout);
    try (Hub hub = cli.openHub()) {
      Message asked = hub.get(which, name);
      if (asked instanceof Source) {
        return fetch(hub, name, limit);
      }
      refuseSuspended(hub, SuspendCommand.resource(kind, name));
      Set<String> sources = new TreeSet<>();
      for (String bundle : bundles(hub, asked)) {
        if (hub.get(Kind.BUNDLE, bundle) instanceof Bundle found) {
          sources.add(Views.last(found.getSource()));
        }
      }
      int worst = ExitCode.DONE;
      for (String source : sources) {
        worst = Math.max(worst, fetch(hub, source, limit));
      }
      return worst;
    }
  }

  private static Set<String> bundles(Hub hub, Message asked) {
    return switch (asked) {
      case Bundle bundle -> Set.of(Views.last(bundle.getName()));
      case Target target -> Set.of(TargetName.ofResource(target.getName()).bundle());
      default -> {
        Set<String> all = new TreeSet<>();
        String cluster = asked instanceof Cluster one ? one.getName() : "";
        for (Message item : hub.list(Kind.TARGET, new Hub.Query(cluster, "", 0))) {
          if (item instanceof Target target) {
            all.add(TargetName.ofResource(target.getName()).bundle());
          }
        }
        yield all;
      }
    };
  }

  /** Nothing would happen, and nobody shall believe that something did. */
  private static void refuseSuspended(Hub hub, String resource) {
    hub
        .ask()
        .listSuspensions(ListSuspensionsRequest.getDefaultInstance())
        .getSuspensionsList()
        .stream()
        .filter(one -> covers(one.getName(), resource))
        .findFirst()
        .ifPresent(
            one -> {
              throw new CliException(
                  ExitCode.PRECONDITION,
                  one.getName() + " is suspended",
                  Reason.SUSPENDED,
                  (one.getBy().isEmpty() ? "" : "by " + one.getBy() + ": ") + one.getReason());
            });
  }

  /** Whether what is suspended is all of a resource, or what it lies in. */
  private static boolean covers(String suspended, String resource) {
    TargetName target = TargetName.ofResource(resource);
    boolean inside =
        suspended.equals("bundles/" + target.bundle())
            || suspended.equals("clusters/" + target.cluster());
    return resource.equals(suspended) || (resource.equals(target.resource()) && inside);
  }

  private int fetch(Hub hub, String fetched, Duration limit) {
    Source source =
        hub.askPatiently(limit.toSeconds())
            .reconcileSource(
                ReconcileSourceRequest.newBuilder().setName("sources/" + fetched).build());
    cli.printer().list(Kind.SOURCE, List.of(source), output, true);
    source.getProblemsList().forEach(problem -> cli.terminal().say(Views.problem(problem)));
    if (!source.getReason().isEmpty()) {
      throw new CliException(
          ExitCode.PARTLY,
          "Source " + fetched + " keeps its last good commit " + Views.hash(source.getCommit()),
          source.getReason(),
          source.getMessage(),
          Reason.ofWord(source.getReason()).map(Reason::nextStep).orElse(""));
    }
    return source.getProblemsCount() > 0 ? ExitCode.PARTLY : ExitCode.DONE;
  }
}
