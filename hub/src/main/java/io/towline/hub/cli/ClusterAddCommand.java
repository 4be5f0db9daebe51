package io.towline.hub.cli;

import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.towline.fleet.v1.AddClusterRequest;
import io.towline.fleet.v1.AddClusterResponse;
import io.towline.fleet.v1.AgentChart;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Registers a cluster, hands over its join token once, and waits for its agent. */
@Command(
    name = "add",
    description = "Register a cluster, print its join token and wait for its agent.",
    footer = {
      "",
      "  towline cluster add store-0107 --label env=prod --label region=eu",
      "",
      "Or make one token for many clusters, which name themselves:",
      "",
      "  towline cluster add --pool edge --max 500 --ttl 24h --label env=edge --accept-label site"
    })
final class ClusterAddCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "A name of a-z, 0-9 and -, at most 63 characters.")
  private String name = "";

  @Mixin private PoolOptions pool = new PoolOptions();

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "A label; may be given more than once. A Cluster file in Git replaces them.")
  private Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = {"-o", "--output", "--format"},
      paramLabel = "FORM",
      description = Invitation.FORMS)
  private Invitation.Form form = Invitation.Form.text;

  @Option(names = "--ttl", paramLabel = "TIME", description = "Life of the token, up to 24h.")
  private String ttl = "";

  @Option(
      names = "--offline",
      description = "Its agent never calls: what it runs is exported and carried to it.")
  private boolean offline;

  @Option(
      names = "--seal-recipient",
      paramLabel = "AGE1",
      description = "With --offline: whom to seal for, as its agent's log says; may be repeated.")
  private List<String> recipients = new ArrayList<>();

  @Option(
      names = "--chart",
      paramLabel = "CHART",
      description = "The agent's chart in the line that is printed; else the hub says where it is.")
  private String chart = "";

  @Option(
      names = "--wait",
      negatable = true,
      fallbackValue = "true",
      defaultValue = "true",
      description = "Whether to wait for the agent's first call; with -o text only.")
  private boolean wait = true;

  @Option(names = "--timeout", paramLabel = "TIME", description = "As 90s or 10m (default).")
  private String timeout = "10m";

  ClusterAddCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    Invitation.require(form, cli.terminal());
    if (pool.given(name)) {
      pool.add(cli, labels, ttl, form, this::chart);
      return ExitCode.DONE;
    }
    Duration limit = Times.parse(timeout);
    try (Hub hub = cli.openHub()) {
      AddClusterRequest.Builder request =
          AddClusterRequest.newBuilder()
              .setClusterId(name)
              .putAllLabels(labels)
              .setOffline(offline)
              .addAllSealRecipients(recipients);
      if (!ttl.isEmpty()) {
        request.setTtl(proto(Times.parse(ttl)));
      }
      AddClusterResponse added = hub.ask().addCluster(request.build());
      Invitation invitation =
          new Invitation(added.getCluster(), added.getJoinToken(), chart(added.getAgentChart()));
      if (form == Invitation.Form.text && offline) {
        explainOffline(added.getJoinToken());
      } else if (form == Invitation.Form.text) {
        explain(invitation, added.getTokenExpireTime());
        if (wait) {
          await(hub, limit);
        }
      } else {
        invitation.print(form, cli);
      }
    }
    return ExitCode.DONE;
  }

  private AgentChart chart(AgentChart said) {
    return chart.isEmpty() ? said : AgentChart.newBuilder().setPlace(chart).build();
  }

  static com.google.protobuf.Duration proto(Duration duration) {
    return com.google.protobuf.Duration.newBuilder().setSeconds(duration.toSeconds()).build();
  }

  private void explain(Invitation invitation, Timestamp expires) {
    Terminal terminal = cli.terminal();
    terminal.say(
        terminal.sign("✔ ", "")
            + "registered "
            + name
            + "; the token is shown this once, good for one agent until "
            + Instant.ofEpochSecond(expires.getSeconds()));
    terminal.say("Run this where kubectl points at " + name + ":");
    terminal.say("");
    terminal.out().println(invitation.line());
    terminal.out().flush();
    terminal.say("");
    terminal.say(
        "deployer.clusterRole is what bundles may do that name no account: choose less if");
    terminal.say("you can. -o secret keeps the token out of the shell's history. An agent outside");
    terminal.say("the cluster wants it as TOWLINE_JOIN_TOKEN, TOWLINE_STATE_DIR=<a directory that");
    terminal.say("outlives it> and KUBECONFIG.");
    terminal.say("");
  }

  private void explainOffline(String token) {
    Terminal terminal = cli.terminal();
    terminal.say(
        terminal.sign("✔ ", "")
            + "registered "
            + name
            + ", which never calls; its token holds no secret and does not expire");
    terminal.say("Start its agent with a folder that you will fill, or by its chart (-o helm):");
    terminal.say("");
    terminal.out().println("TOWLINE_JOIN_TOKEN=" + token);
    terminal.out().println("TOWLINE_OFFLINE_DIR=/var/lib/towline-exports/current");
    terminal.out().flush();
    terminal.say("");
    terminal.say("and carry there what this writes, each time that something changes:");
    terminal.say("");
    terminal.say("  towline export " + name + " -d DIR");
  }

  private void await(Hub hub, Duration limit) {
    Terminal terminal = cli.terminal();
    terminal.say("waiting for the first call (Ctrl-C is safe) " + terminal.sign("…", "..."));
    FirstCall first = new FirstCall();
    boolean called;
    try (RefusedAttempts refused = RefusedAttempts.follow(hub, terminal, name)) {
      called =
          new Changes(hub, terminal)
              .follow(
                  List.of(Kind.CLUSTER),
                  new Filter().with("name", name).toString(),
                  Optional.of(limit),
                  first);
    }
    if (!called) {
      throw new CliException(
          ExitCode.TIMEOUT,
          name + " did not call within " + Terminal.age(limit),
          "AgentPending",
          "its agent has never reached the hub",
          "look at the agent's log; towline wait cluster/"
              + name
              + " --for online goes on waiting");
    }
    Cluster cluster = first.cluster();
    terminal.say(
        terminal.sign("✔ ", "")
            + "connected: agent "
            + cluster.getAgentVersion()
            + ", Kubernetes "
            + cluster.getKubernetesVersion());
    terminal.say("  watch: towline get targets --cluster " + name + " --watch");
  }

  /** Has seen enough when the cluster is online. */
  private static final class FirstCall implements Changes.Watcher {
    private Cluster cluster = Cluster.getDefaultInstance();

    Cluster cluster() {
      return cluster;
    }

    @Override
    public Changes.Answer upserted(Kind kind, Message item) {
      if (item instanceof Cluster changed
          && changed.getConnection() == Connection.CONNECTION_ONLINE) {
        cluster = changed;
        return Changes.Answer.ENOUGH;
      }
      return Changes.Answer.MORE;
    }
  }
}
