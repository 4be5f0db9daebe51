package io.towline.hub.cli;

import com.google.protobuf.Message;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Condition;
import io.towline.fleet.v1.Event;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.Root;
import io.towline.fleet.v1.Target;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the hub knows of one cluster and its agent. Lives are judged by the hub's clock. */
final class ClusterChecks {
  /** What a cluster's condition says of its connection, which has lines of its own. */
  private static final Set<Reason> NO_REFUSALS =
      EnumSet.of(
          Reason.RECONCILIATION_SUCCEEDED,
          Reason.AGENT_OFFLINE,
          Reason.AGENT_PENDING,
          Reason.ACCEPTANCE_PENDING,
          Reason.CARRIED,
          Reason.CLOCK_SKEW);

  private static final Duration CLOCK = Duration.ofMinutes(5);

  private final Hub hub;
  private final FleetSummary summary;
  private final CheckReport report;
  private final Instant now;

  ClusterChecks(Hub hub, FleetSummary summary, CheckReport report) {
    this.hub = hub;
    this.summary = summary;
    this.report = report;
    this.now = ProtoJson.instant(summary.getAsOfTime());
  }

  void look(String name) {
    Cluster cluster;
    try {
      cluster = (Cluster) hub.get(Kind.CLUSTER, name);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Code.NOT_FOUND) {
        throw e;
      }
      report.add(
          Finding.failed(
              Check.CLUSTER_REGISTERED,
              "the hub knows no cluster " + name,
              "towline get clusters, or towline cluster add " + name));
      return;
    }
    List<Target> targets =
        hub.list(Kind.TARGET, new Hub.Query("clusters/" + name, "", 0)).stream()
            .map(Target.class::cast)
            .toList();
    report.add(
        Finding.good(
            Check.CLUSTER_REGISTERED,
            "since "
                + Views.atSeconds(ProtoJson.instant(cluster.getCreateTime()))
                + ", labels "
                + (cluster.getLabelsCount() == 0 ? "none" : Views.labels(cluster.getLabelsMap()))
                + (cluster.getLabelsFromGit() ? " (from Git)" : "")));
    report.add(mode(cluster, name, targets));
    if (!cluster.getOffline()) {
      agent(cluster, name);
    }
    report.add(refusal(cluster));
    envelope(cluster, name);
    bundles(targets);
  }

  private static Finding mode(Cluster cluster, String name, List<Target> targets) {
    if (cluster.getWaitsForAcceptance()) {
      return Finding.failed(
          Check.CLUSTER_MODE,
          "came with pool " + Views.last(cluster.getPool()) + " and waits to be let in",
          "towline cluster accept " + name + ", or towline cluster reject " + name);
    }
    if (cluster.getCordoned()) {
      return Finding.warning(
          Check.CLUSTER_MODE,
          "cordoned, it gets no new content: " + cluster.getCordonReason(),
          "towline cluster uncordon " + name);
    }
    if (cluster.getOffline()) {
      return Finding.good(
          Check.CLUSTER_MODE,
          "offline: its agent never calls, what it runs is carried to it, and what became of that"
              + " is in its log");
    }
    boolean reads =
        targets.stream().anyMatch(one -> one.getReason().equals(Reason.READ_ONLY.word()));
    return Finding.good(
        Check.CLUSTER_MODE,
        reads ? "its agent may only read, and changes nothing" : "takes what is published");
  }

  private void agent(Cluster cluster, String name) {
    Finding joined = joined(cluster, name);
    report.add(joined);
    if (joined.verdict() == Finding.Verdict.FAILED && !cluster.hasLastSeenTime()) {
      return;
    }
    report.add(connection(cluster));
    String versions = cluster.getAgentVersion() + ", the hub's is " + summary.getHubVersion();
    report.add(
        FleetChecks.skew(summary.getHubVersion(), cluster.getAgentVersion())
            .map(
                wrong ->
                    Finding.warning(
                        Check.CLUSTER_VERSION,
                        versions + ": " + wrong,
                        "upgrade the hub first, then the agent, each with helm upgrade"))
            .orElseGet(
                () ->
                    Finding.good(
                        Check.CLUSTER_VERSION,
                        versions + ", Kubernetes " + cluster.getKubernetesVersion())));
    Duration skew =
        Duration.ofSeconds(cluster.getClockSkew().getSeconds(), cluster.getClockSkew().getNanos());
    report.add(
        skew.abs().compareTo(CLOCK) > 0
            ? Finding.failed(
                Check.CLUSTER_CLOCK,
                Terminal.age(skew.abs()) + " apart from the hub's",
                Reason.CLOCK_SKEW.nextStep())
            : Finding.good(Check.CLUSTER_CLOCK, "agrees with the hub's"));
  }

  private Finding joined(Cluster cluster, String name) {
    if (!cluster.hasCertificateExpireTime()) {
      return Finding.failed(
          Check.CLUSTER_JOINED,
          "its agent has no certificate: it never joined, or was cut off" + refused(name),
          "install it with a token: towline cluster rotate " + name + " -o helm",
          "where it is installed: helm test towline-agent --namespace towline-system --logs");
    }
    Instant end = ProtoJson.instant(cluster.getCertificateExpireTime());
    String text =
        "its agent has a certificate until "
            + Views.atSeconds(end)
            + (cluster.getPool().isEmpty()
                ? ""
                : ", and came with pool " + Views.last(cluster.getPool()));
    return end.isAfter(now)
        ? Finding.good(Check.CLUSTER_JOINED, text + " (" + left(end) + " left)")
        : Finding.failed(
            Check.CLUSTER_JOINED,
            text + ", which is over",
            "let it reach the hub: it renews by itself for three days after, unless the hub is told"
                + " otherwise",
            "later: towline cluster rotate " + name);
  }

  private String left(Instant end) {
    return Terminal.age(Duration.between(now, end));
  }

  /** Why the newest attempt to enrol for it was refused. */
  private String refused(String name) {
    String filter =
        new Filter().with("cluster", name).withAny("type", List.of("Warning")).toString();
    for (Message message : hub.list(Kind.EVENT, EventsCommand.query(filter, 20))) {
      Event event = (Event) message;
      if (event.getAction().equals(RefusedAttempts.ACTION)) {
        return "; last refused: " + event.getMessage() + " [" + event.getReason() + "]";
      }
    }
    return "";
  }

  private Finding connection(Cluster cluster) {
    String seen =
        cluster.hasLastSeenTime()
            ? ", last seen "
                + Terminal.age(Duration.between(ProtoJson.instant(cluster.getLastSeenTime()), now))
                + " ago"
            : ", never seen";
    String text = ProtoJson.word(cluster.getConnection().getValueDescriptor()) + seen;
    return switch (cluster.getConnection()) {
      case CONNECTION_ONLINE -> Finding.good(Check.CLUSTER_CONNECTION, text);
      case CONNECTION_LATE ->
          Finding.warning(Check.CLUSTER_CONNECTION, text, "look again in a minute, or at its log");
      case CONNECTION_OFFLINE, CONNECTION_PENDING, CONNECTION_UNSPECIFIED, UNRECOGNIZED ->
          Finding.failed(
              Check.CLUSTER_CONNECTION,
              text,
              Reason.AGENT_OFFLINE.nextStep(),
              "helm test towline-agent --namespace towline-system --logs");
    };
  }

  /** Why the agent refused the newest envelope. */
  private static Finding refusal(Cluster cluster) {
    for (Condition condition : cluster.getConditionsList()) {
      if (condition.getType().equals("Ready")
          && Reason.ofWord(condition.getReason()).filter(NO_REFUSALS::contains).isEmpty()) {
        return Finding.failed(
            Check.CLUSTER_REFUSAL,
            Views.why(condition.getReason(), condition.getMessage()).lines().getFirst(),
            cluster.getNextStep());
      }
    }
    return Finding.good(
        Check.CLUSTER_REFUSAL,
        cluster.getOffline() ? "would stand in its log" : "its agent refused nothing of late");
  }

  private void envelope(Cluster cluster, String name) {
    if (cluster.getSequence() == 0) {
      report.add(
          Finding.warning(
              Check.CLUSTER_ENVELOPE,
              "none is published for it yet",
              "look for bundles that match its labels, and for signatures that are missing:"
                  + " towline get targets --cluster "
                  + name
                  + ", towline check"));
      return;
    }
    EnvelopeLife life = EnvelopeLife.of(hub, name);
    String text =
        "sequence "
            + cluster.getSequence()
            + ", good until "
            + Views.atSeconds(life.ends())
            + " ("
            + left(life.ends())
            + " left)";
    if (!life.ends().isAfter(now)) {
      report.add(
          Finding.failed(
              Check.CLUSTER_ENVELOPE,
              text,
              "read the hub's log: it signs anew at half of an envelope's life"));
    } else if (life.isNearItsEnd(now)) {
      report.add(
          Finding.warning(
              Check.CLUSTER_ENVELOPE,
              text,
              "read the hub's log: it signs anew at half of an envelope's life"));
    } else {
      report.add(Finding.good(Check.CLUSTER_ENVELOPE, text));
    }
    if (!cluster.getOffline()) {
      held(cluster, life);
    }
  }

  private void held(Cluster cluster, EnvelopeLife life) {
    if (cluster.getHeldSequence() != cluster.getSequence()) {
      boolean ahead = cluster.getHeldSequence() > cluster.getSequence();
      String text =
          cluster.getHeldSequence() == 0
              ? "its agent holds nothing yet"
              : "its agent holds " + cluster.getHeldSequence() + " of " + cluster.getSequence();
      report.add(
          ahead
              ? Finding.failed(Check.CLUSTER_SEQUENCE, text, Reason.SEQUENCE_ROLLBACK.nextStep())
              : Finding.warning(
                  Check.CLUSTER_SEQUENCE,
                  text,
                  "it says so with its next heartbeat: look again in a minute; see refusals and connection"));
      return;
    }
    report.add(Finding.good(Check.CLUSTER_SEQUENCE, "its agent holds the newest envelope"));
    // It took that envelope, so it holds the root that this was signed under.
    long newest = RootPaper.newest(hub).map(Root::getVersion).orElse(life.rootVersion());
    report.add(
        life.rootVersion() >= newest
            ? Finding.good(Check.CLUSTER_ROOT, "version " + newest + ", the newest")
            : Finding.warning(
                Check.CLUSTER_ROOT,
                "version " + life.rootVersion() + " at least; the newest is " + newest,
                "the hub signs everything anew after a new root: look again, then read its log"));
  }

  private void bundles(List<Target> targets) {
    long ready =
        targets.stream()
            .filter(target -> Views.status(target.getStatus()).equals(Optional.of(Status.READY)))
            .count();
    report.add(Finding.good(Check.CLUSTER_BUNDLES, ready + " of " + targets.size() + " are Ready"));
    for (Target target : targets) {
      Views.status(target.getStatus())
          .filter(status -> status != Status.READY)
          .ifPresent(
              status ->
                  report.add(
                      bundle(target, status)
                          .of("bundle " + TargetName.ofResource(target.getName()).bundle())));
    }
  }

  private static Finding bundle(Target target, Status status) {
    String why = Views.why(target).lines().getFirst();
    String text = status.word() + (why.isEmpty() ? "" : ", " + why);
    String look = "towline describe target " + TargetName.ofResource(target.getName());
    return switch (status) {
      case BLOCKED, FAILED, DEGRADED ->
          Finding.failed(Check.CLUSTER_BUNDLES, text, target.getNextStep(), look);
      case DRIFTED, UNKNOWN ->
          Finding.warning(Check.CLUSTER_BUNDLES, text, target.getNextStep(), look);
      case PROGRESSING, WAITING, SUSPENDED, READY -> Finding.good(Check.CLUSTER_BUNDLES, text);
    };
  }
}
