package io.towline.hub.cli;

import com.google.protobuf.Message;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Connection;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Target;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Ends as soon as something is as asked, by following changes and never by asking again. */
@Command(
    name = "wait",
    description = "Wait until something is Ready, or of another status; exit with 9 on timeout.",
    footer = {
      "",
      "  towline wait bundle/podinfo --for ready --timeout 5m",
      "  towline wait target/podinfo@store-0107 cluster/store-0107"
    })
final class WaitCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(
      arity = "1..*",
      paramLabel = "KIND/NAME",
      description = "bundle/NAME, target/BUNDLE@CLUSTER, cluster/NAME, source/NAME.")
  private List<String> subjects = new ArrayList<>();

  @Option(
      names = "--for",
      paramLabel = "STATE",
      description = "A status; of clusters also online, late, offline, pending. Default: ready.")
  private String state = "ready";

  @Option(names = "--timeout", paramLabel = "TIME", description = "As 90s, 5m (default) or 2h.")
  private String timeout = "5m";

  WaitCommand(Cli cli) {
    this.cli = cli;
  }

  /** What is waited for, and how it was seen last. */
  private record Subject(Kind kind, String name) {
    static Subject parse(String text) {
      int slash = text.indexOf('/');
      if (slash < 1 || slash == text.length() - 1) {
        throw CliException.usage(
            text + " is not KIND/NAME", "as bundle/podinfo, or target/podinfo@store-0107");
      }
      Kind kind = Kind.resource(text.substring(0, slash));
      String name = text.substring(slash + 1);
      return new Subject(kind, kind == Kind.TARGET ? TargetName.parse(name).toString() : name);
    }

    @Override
    public String toString() {
      return kind.type() + "/" + name;
    }
  }

  @Override
  public Integer call() {
    Duration limit = Times.parse(timeout);
    List<Subject> all = subjects.stream().map(Subject::parse).distinct().toList();
    all.forEach(subject -> requireState(subject.kind()));
    Map<Subject, Optional<Message>> seen = new LinkedHashMap<>();
    all.forEach(subject -> seen.put(subject, Optional.empty()));
    try (Hub hub = cli.openHub()) {
      List<Kind> kinds = all.stream().map(Subject::kind).distinct().toList();
      boolean reached =
          new Changes(hub, cli.terminal())
              .follow(kinds, filter(all), Optional.of(limit), new Seen(seen));
      if (reached) {
        all.forEach(
            subject ->
                cli.terminal().out().println(subject + " is " + state.toLowerCase(Locale.ROOT)));
        return ExitCode.DONE;
      }
      throw timeUp(seen, limit);
    }
  }

  private CliException timeUp(Map<Subject, Optional<Message>> seen, Duration limit) {
    List<String> late = new ArrayList<>();
    seen.forEach(
        (subject, item) -> {
          if (item.isEmpty() || !holds(subject.kind(), item.get())) {
            late.add(
                subject + " is " + item.map(i -> words(subject.kind(), i)).orElse("not there"));
          }
        });
    Subject first = seen.keySet().iterator().next();
    return new CliException(
        ExitCode.TIMEOUT,
        "Not " + state.toLowerCase(Locale.ROOT) + " within " + Terminal.age(limit),
        "",
        String.join("; ", late),
        "towline describe " + first.kind().type() + " " + first.name());
  }

  /** One thing is filtered by the hub; of several kinds it tells all, which is what it has. */
  private static String filter(List<Subject> all) {
    if (all.stream().map(Subject::kind).distinct().count() > 1) {
      return "";
    }
    List<String> names = all.stream().map(Subject::name).toList();
    return switch (all.getFirst().kind()) {
      case CLUSTER, BUNDLE -> new Filter().withAny("name", names).toString();
      case TARGET -> {
        List<TargetName> targets = names.stream().map(TargetName::parse).toList();
        yield new Filter()
            .withAny("bundle", targets.stream().map(TargetName::bundle).distinct().toList())
            .withAny("cluster", targets.stream().map(TargetName::cluster).distinct().toList())
            .toString();
      }
      case SOURCE, DRIFT, EVENT -> "";
    };
  }

  private void requireState(Kind kind) {
    boolean connection =
        kind == Kind.CLUSTER
            && List.of("online", "late", "offline", "pending")
                .contains(state.toLowerCase(Locale.ROOT));
    if (!connection && Status.ofWord(state).isEmpty()) {
      throw CliException.usage(
          "A " + kind.type() + " is never " + state,
          "give a status such as ready; of clusters also online, late, offline, pending");
    }
  }

  private boolean holds(Kind kind, Message item) {
    if (kind == Kind.CLUSTER && item instanceof Cluster cluster) {
      return holds(cluster);
    }
    return status(item).map(Status::word).filter(state::equalsIgnoreCase).isPresent();
  }

  /** A cluster is what its connection is; it is of a status when all its targets are. */
  private boolean holds(Cluster cluster) {
    if (Status.ofWord(state).isEmpty()) {
      return ProtoJson.word(cluster.getConnection().getValueDescriptor()).equalsIgnoreCase(state);
    }
    boolean heard =
        cluster.getConnection() == Connection.CONNECTION_ONLINE
            || cluster.getConnection() == Connection.CONNECTION_LATE;
    return (heard || !state.equalsIgnoreCase(Status.READY.word()))
        && cluster.getTargetsByStatusMap().entrySet().stream()
            .allMatch(count -> count.getValue() == 0 || count.getKey().equalsIgnoreCase(state));
  }

  private static Optional<Status> status(Message item) {
    return switch (item) {
      case Bundle bundle -> Views.status(bundle.getStatus());
      case Target target -> Views.status(target.getStatus());
      case Source source -> Views.statusOf(source);
      default -> Optional.empty();
    };
  }

  private String words(Kind kind, Message item) {
    if (kind == Kind.CLUSTER && item instanceof Cluster cluster) {
      return ProtoJson.word(cluster.getConnection().getValueDescriptor())
          + ", "
          + new Views(cli.terminal()).counts(cluster.getTargetsByStatusMap());
    }
    Cell why =
        switch (item) {
          case Bundle bundle -> Views.why(bundle.getReason(), bundle.getMessage());
          case Target target -> Views.why(target);
          case Source source -> Views.why(source);
          default -> Cell.of("");
        };
    String text = why.lines().getFirst();
    String word = status(item).map(Status::word).orElse("of no status");
    return text.isEmpty() ? word : word + " (" + text + ")";
  }

  /** Keeps the newest of each subject, and has seen enough when all are as asked. */
  private final class Seen implements Changes.Watcher {
    private final Map<Subject, Optional<Message>> seen;

    Seen(Map<Subject, Optional<Message>> seen) {
      this.seen = seen;
    }

    @Override
    public Changes.Answer upserted(Kind kind, Message item) {
      Subject subject = new Subject(kind, cli.printer().nameOf(kind, item));
      seen.replace(subject, Optional.of(item));
      return answer();
    }

    @Override
    public Changes.Answer removed(Kind kind, Message item) {
      seen.replace(new Subject(kind, cli.printer().nameOf(kind, item)), Optional.empty());
      return Changes.Answer.MORE;
    }

    @Override
    public Changes.Answer complete() {
      return answer();
    }

    @Override
    public void reset() {
      seen.replaceAll((subject, item) -> Optional.empty());
    }

    private Changes.Answer answer() {
      boolean all =
          seen.entrySet().stream()
              .allMatch(
                  entry ->
                      entry.getValue().isPresent()
                          && holds(entry.getKey().kind(), entry.getValue().get()));
      return all ? Changes.Answer.ENOUGH : Changes.Answer.MORE;
    }
  }
}
