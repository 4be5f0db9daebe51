package io.towline.hub.cli;

import io.towline.fleet.v1.AddPoolRequest;
import io.towline.fleet.v1.AddPoolResponse;
import io.towline.fleet.v1.AgentChart;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/** What makes {@code cluster add} hand out one token for many clusters. */
final class PoolOptions {
  @Option(
      names = "--pool",
      paramLabel = "POOL",
      description = "Instead of NAME: one token for many clusters, which name themselves.")
  private String pool = "";

  @Option(
      names = "--max",
      paramLabel = "N",
      description = "With --pool: how many clusters may enrol with the token.")
  private int max;

  @Option(
      names = "--accept-label",
      paramLabel = "KEY",
      description = "With --pool: a label that clusters may propose, or a prefix as in site/*.")
  private List<String> acceptedLabels = new ArrayList<>();

  @Option(
      names = "--name-prefix",
      paramLabel = "TEXT",
      description = "With --pool: what the names that clusters propose begin with.")
  private String namePrefix = "";

  @Option(
      names = "--accept-manually",
      description = "With --pool: let each cluster wait for towline cluster accept.")
  private boolean manual;

  /** Whether a pool is asked for; says what is missing or does not belong. */
  boolean given(String cluster) {
    if (pool.isEmpty()) {
      if (max != 0 || !acceptedLabels.isEmpty() || !namePrefix.isEmpty() || manual) {
        throw CliException.usage(
            "--max, --accept-label, --name-prefix and --accept-manually are of a pool",
            "towline cluster add --pool POOL --max N");
      }
      if (cluster.isEmpty()) {
        throw CliException.usage(
            "There is no name", "towline cluster add NAME, or --pool POOL --max N");
      }
      return false;
    }
    if (!cluster.isEmpty()) {
      throw CliException.usage(
          "The clusters of a pool name themselves", "leave out " + cluster + ", or --pool");
    }
    if (max < 1) {
      throw CliException.usage(
          "A pool is for a number of clusters", "say how many may enrol with --max N");
    }
    return true;
  }

  /** Makes the pool and hands over its token. */
  void add(
      Cli cli,
      Map<String, String> labels,
      String ttl,
      Invitation.Form form,
      UnaryOperator<AgentChart> chart) {
    if (form == Invitation.Form.manifest) {
      throw CliException.usage(
          "-o manifest is for one cluster, and those of a pool have a name each",
          "take -o values, and helm template with --set cluster.name=NAME for each");
    }
    AddPoolRequest.Builder request =
        AddPoolRequest.newBuilder()
            .setPoolId(pool)
            .setMaxClusters(max)
            .putAllLabels(labels)
            .addAllAcceptedLabels(acceptedLabels)
            .setNamePrefix(namePrefix)
            .setAcceptManually(manual);
    if (!ttl.isEmpty()) {
      request.setTtl(ClusterAddCommand.proto(Times.parse(ttl)));
    }
    AddPoolResponse added;
    try (Hub hub = cli.openHub()) {
      added = hub.ask().addPool(request.build());
    }
    Terminal terminal = cli.terminal();
    if (form != Invitation.Form.text) {
      new Invitation(added.getPool(), added.getJoinToken(), chart.apply(added.getAgentChart()))
          .print(form, cli);
      return;
    }
    terminal.say(
        terminal.sign("✔ ", "")
            + "made the pool "
            + pool
            + "; its token is shown this once, good for "
            + max
            + " clusters until "
            + Views.atSeconds(ProtoJson.instant(added.getPool().getExpireTime())));
    terminal.out().println("TOWLINE_JOIN_TOKEN=" + added.getJoinToken());
    terminal.out().flush();
    terminal.say(
        "Each agent wants a name of its own beside it: TOWLINE_CLUSTER_NAME=" + namePrefix + "...");
    terminal.say("By its chart: -o helm");
    if (manual) {
      terminal.say("Clusters wait for you: towline get clusters, towline cluster accept NAME");
    }
    terminal.say("  watch: towline cluster pool list, towline get clusters --watch");
  }
}
