package io.towline.hub.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.GetFleetSummaryRequest;
import io.towline.vocabulary.Names;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Goes through what can be wrong, one line each, with what to do about it. */
@Command(
    name = "check",
    description = "Look for what is wrong: with the hub, one cluster, or before an install.",
    footer = {
      "",
      "  towline check                         this machine, the hub and the fleet",
      "  towline check --cluster store-0107    and what the hub knows of one cluster's agent",
      "  towline check --pre                   the cluster that kubectl points at, before an install",
      "",
      "Ends with 1 if anything failed; warnings are no failures. docs/check.md explains each line."
    })
final class CheckCommand implements Callable<Integer> {
  private static final int PATIENCE_SECONDS = 10;

  /** Answers take time, and nothing here is that exact. */
  private static final Duration CLOCK = Duration.ofMinutes(1);

  private final Cli cli;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Look as well at what the hub knows of this cluster's agent.")
  private String cluster = "";

  @Option(
      names = "--pre",
      description = "Look at the cluster that kubectl points at, before an agent is installed.")
  private boolean before;

  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      description = "With --pre: where the agent shall live; default ${DEFAULT-VALUE}.")
  private String namespace = Names.DEFAULT_AGENT_NAMESPACE;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = CheckReport.FORMS)
  private CheckReport.Form form = CheckReport.Form.text;

  CheckCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    if (before && !cluster.isEmpty()) {
      throw CliException.usage(
          "--pre is for a cluster that the hub does not know yet", "leave out --pre or --cluster");
    }
    CheckReport report = new CheckReport(cli, form);
    if (before) {
      new InstallChecks(cli.terminal(), namespace, report).look();
    } else {
      report.group("hub");
      Instant now = cli.terminal().now();
      if (new HubReach(Hub.Address.parse(cli.hubAddress()), now).look(report)) {
        fleet(report);
      }
    }
    return report.end();
  }

  private void fleet(CheckReport report) {
    try (Hub hub = cli.openHub()) {
      Optional<FleetSummary> answered = ask(hub, report);
      if (answered.isEmpty()) {
        return;
      }
      FleetSummary summary = answered.get();
      Instant hubTime = ProtoJson.instant(summary.getAsOfTime());
      report.add(version(Main.version(), summary.getHubVersion()));
      report.add(clock(Duration.between(hubTime, cli.terminal().now())));
      report.group("fleet");
      new FleetChecks(hub, summary, report).look();
      if (!cluster.isEmpty()) {
        report.group("cluster " + cluster);
        new ClusterChecks(hub, summary, report).look(cluster);
      }
    } catch (CliException e) {
      // There is no token: the address was understood above.
      report.add(Finding.failed(Check.HUB_TOKEN, e.why(), e.next()));
    }
  }

  /** The first question, whose answer says who is there and whether the token is good. */
  private Optional<FleetSummary> ask(Hub hub, CheckReport report) {
    try {
      FleetSummary summary =
          hub.askPatiently(PATIENCE_SECONDS)
              .getFleetSummary(GetFleetSummaryRequest.getDefaultInstance());
      report.add(
          Finding.good(
              Check.HUB_API,
              "hub " + summary.getHubVersion() + " of fleet " + summary.getFleetUid()));
      report.add(Finding.good(Check.HUB_TOKEN, "is accepted"));
      return Optional.of(summary);
    } catch (StatusRuntimeException e) {
      Status.Code code = e.getStatus().getCode();
      boolean denied = code == Status.Code.UNAUTHENTICATED || code == Status.Code.PERMISSION_DENIED;
      CliException why = CliException.of(e, hub.address());
      if (denied) {
        report.add(Finding.good(Check.HUB_API, "answers"));
      }
      report.add(
          Finding.failed(
              denied ? Check.HUB_TOKEN : Check.HUB_API,
              why.getMessage() + ": " + why.why(),
              why.next(),
              denied ? "" : "through an ingress or a gateway the port has to be told as gRPC"));
      return Optional.empty();
    }
  }

  static Finding version(String ownVersion, String hubVersion) {
    Optional<MinorVersion> own = MinorVersion.of(ownVersion);
    Optional<MinorVersion> hub = MinorVersion.of(hubVersion);
    String both = ownVersion + ", the hub's is " + hubVersion;
    if (own.isEmpty() || hub.isEmpty()) {
      return Finding.good(Check.HUB_VERSION, both + ": not to be compared");
    }
    int behind = own.get().behind(hub.get());
    return Math.abs((long) behind) <= 1
        ? Finding.good(Check.HUB_VERSION, both)
        : Finding.warning(
            Check.HUB_VERSION,
            both + ": more than one minor version apart",
            behind > 0 ? "take the command line of the hub's version" : "upgrade the hub");
  }

  private static Finding clock(Duration ahead) {
    if (ahead.abs().compareTo(CLOCK) <= 0) {
      return Finding.good(Check.HUB_CLOCK, "agrees with the hub's");
    }
    return Finding.warning(
        Check.HUB_CLOCK,
        Terminal.age(ahead.abs()) + (ahead.isNegative() ? " behind" : " ahead of") + " the hub's",
        "set the clock of this machine or of the hub: signatures and certificates are judged by it");
  }
}
