package io.towline.hub.cli;

import io.towline.fleet.v1.Authority;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Caution;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Connection;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.ListAuthoritiesRequest;
import io.towline.fleet.v1.ListPendingEnvelopesRequest;
import io.towline.fleet.v1.PendingEnvelope;
import io.towline.fleet.v1.Root;
import io.towline.fleet.v1.Source;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What a hub says of itself and of its whole fleet. Lives are judged by the hub's clock. */
final class FleetChecks {
  /** An agent may be so many minor versions older than its hub, and never newer. */
  static final int OLDEST_AGENT = 3;

  /** A root takes people to renew, an authority renews itself long before. */
  private static final Duration ROOT_SOON = Duration.ofDays(30);

  private static final Duration AUTHORITY_SOON = Duration.ofDays(90);

  /** Names that a line holds; of more the number. */
  private static final int NAMES = 3;

  private final Hub hub;
  private final FleetSummary summary;
  private final CheckReport report;
  private final Instant now;

  FleetChecks(Hub hub, FleetSummary summary, CheckReport report) {
    this.hub = hub;
    this.summary = summary;
    this.report = report;
    this.now = ProtoJson.instant(summary.getAsOfTime());
  }

  void look() {
    cautions();
    report.add(root());
    authority();
    sources();
    bundles();
    report.add(signatures());
    List<Cluster> clusters =
        hub.list(Kind.CLUSTER, Hub.Query.all()).stream().map(Cluster.class::cast).toList();
    report.add(envelopes(clusters));
    report.add(agents(clusters));
    report.add(acceptance(clusters));
    report.add(versions(clusters));
    report.add(certificates(clusters));
    report.add(targets());
  }

  private void cautions() {
    if (summary.getCautionsCount() == 0) {
      report.add(Finding.good(Check.CAUTIONS, "nothing that the hub would have changed"));
    }
    for (Caution caution : summary.getCautionsList()) {
      report.add(
          Finding.warning(
              Check.CAUTIONS,
              caution.getMessage(),
              caution.getCommandsList().toArray(String[]::new)));
    }
  }

  private Finding root() {
    Optional<Root> newest = RootPaper.newest(hub);
    if (newest.isEmpty()) {
      return Finding.failed(Check.ROOT, "the hub has none", "read the hub's log");
    }
    Instant end = ProtoJson.instant(newest.get().getExpireTime());
    String text = "version " + newest.get().getVersion() + ", good until " + Views.atSeconds(end);
    if (!end.isAfter(now)) {
      return Finding.failed(Check.ROOT, text + ": it is over", Reason.ROOT_EXPIRED.nextStep());
    }
    return end.isAfter(now.plus(ROOT_SOON))
        ? Finding.good(Check.ROOT, text)
        : Finding.warning(Check.ROOT, text, Reason.ROOT_EXPIRED.nextStep());
  }

  private void authority() {
    for (Authority authority :
        hub.ask()
            .listAuthorities(ListAuthoritiesRequest.getDefaultInstance())
            .getAuthoritiesList()) {
      String agents = "certificates of agents that it made: " + authority.getAgents();
      if (authority.getSigns()) {
        Instant end = ProtoJson.instant(authority.getExpireTime());
        String text = "good until " + Views.atSeconds(end) + ", " + agents;
        report.add(
            end.isAfter(now.plus(AUTHORITY_SOON))
                ? Finding.good(Check.AUTHORITY, text)
                : Finding.warning(Check.AUTHORITY, text, "towline authority replace"));
      } else if (authority.hasTrustedUntilTime() && authority.getAgents() > 0) {
        report.add(
            Finding.warning(
                Check.AUTHORITY,
                "the older one is believed until "
                    + Views.atSeconds(ProtoJson.instant(authority.getTrustedUntilTime()))
                    + ", "
                    + agents,
                "let those agents reach the hub before: they renew by themselves",
                "towline get clusters -o wide"));
      }
    }
  }

  private void sources() {
    if (summary.getSources() == 0) {
      report.add(
          Finding.warning(
              Check.SOURCES,
              "the hub follows none",
              "name one: towline.sources.NAME.url, or sources.NAME.url of its chart"));
    } else if (summary.getFailingSourcesTotal() == 0) {
      report.add(Finding.good(Check.SOURCES, summary.getSources() + ", all read"));
    }
    for (Source source : summary.getFailingSourcesList()) {
      String name = Views.last(source.getName());
      report.add(
          Finding.failed(
                  Check.SOURCES,
                  Views.why(source).lines().getFirst(),
                  nextStep(source.getReason()),
                  "towline describe source " + name)
              .of("source " + name));
    }
  }

  private void bundles() {
    List<Bundle> all =
        hub.list(Kind.BUNDLE, Hub.Query.all()).stream().map(Bundle.class::cast).toList();
    List<Bundle> wrong = all.stream().filter(bundle -> !bundle.getReason().isEmpty()).toList();
    if (wrong.isEmpty()) {
      report.add(Finding.good(Check.BUNDLES, all.size() + " bundles, all rendered"));
    }
    for (Bundle bundle : wrong) {
      report.add(
          Finding.failed(
                  Check.BUNDLES,
                  Views.why(bundle.getReason(), bundle.getMessage()).lines().getFirst(),
                  bundle.getNextStep())
              .of("bundle " + Views.last(bundle.getName())));
    }
  }

  private Finding signatures() {
    List<PendingEnvelope> waiting =
        hub.ask()
            .listPendingEnvelopes(ListPendingEnvelopesRequest.getDefaultInstance())
            .getEnvelopesList();
    if (waiting.isEmpty()) {
      return Finding.good(Check.SIGNATURES, "no envelope waits for one");
    }
    List<String> names =
        waiting.stream().map(envelope -> Views.last(envelope.getCluster())).toList();
    return Finding.warning(
        Check.SIGNATURES,
        "envelopes wait for a signature: " + some(names),
        "towline sign " + names.getFirst() + " --key KEY");
  }

  private Finding envelopes(List<Cluster> clusters) {
    List<Cluster> published =
        clusters.stream()
            .filter(Cluster::hasEnvelopeExpireTime)
            .sorted(Comparator.comparing(FleetChecks::envelopeEnd))
            .toList();
    List<Cluster> over =
        published.stream().filter(cluster -> !envelopeEnd(cluster).isAfter(now)).toList();
    if (!over.isEmpty()) {
      return Finding.failed(
          Check.ENVELOPES,
          "expired for " + some(names(over)),
          "read the hub's log: it signs anew at half of an envelope's life",
          "where a person signs: towline sign NAME --key KEY");
    }
    if (published.isEmpty()) {
      return Finding.good(Check.ENVELOPES, "none is published yet");
    }
    // The hub signs anew at half of a life: the one that ends first tells of all.
    Cluster first = published.getFirst();
    String name = Views.last(first.getName());
    String text =
        published.size()
            + ", the first ends "
            + Views.atSeconds(envelopeEnd(first))
            + " ("
            + name
            + ")";
    return EnvelopeLife.of(hub, name).isNearItsEnd(now)
        ? Finding.warning(
            Check.ENVELOPES, text, "read the hub's log: it signs anew at half of its life")
        : Finding.good(Check.ENVELOPES, text);
  }

  private static Instant envelopeEnd(Cluster cluster) {
    return ProtoJson.instant(cluster.getEnvelopeExpireTime());
  }

  private static Finding agents(List<Cluster> clusters) {
    List<Cluster> offline =
        those(clusters, cluster -> cluster.getConnection() == Connection.CONNECTION_OFFLINE);
    String text =
        Arrays.stream(io.towline.vocabulary.Connection.values())
            .map(
                connection ->
                    those(
                                clusters,
                                cluster ->
                                    !cluster.getOffline()
                                        && cluster
                                            .getConnection()
                                            .name()
                                            .equals("CONNECTION_" + connection.name()))
                            .size()
                        + " "
                        + connection.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    int carried = those(clusters, Cluster::getOffline).size();
    String all = text + (carried > 0 ? ", " + carried + " without a hub" : "");
    return offline.isEmpty()
        ? Finding.good(Check.AGENTS, all)
        : Finding.warning(
            Check.AGENTS,
            all + ": " + some(names(offline)),
            Reason.AGENT_OFFLINE.nextStep(),
            "towline check --cluster " + Views.last(offline.getFirst().getName()));
  }

  private static Finding acceptance(List<Cluster> clusters) {
    List<Cluster> waiting = those(clusters, Cluster::getWaitsForAcceptance);
    return waiting.isEmpty()
        ? Finding.good(Check.ACCEPTANCE, "no cluster waits to be let in")
        : Finding.warning(
            Check.ACCEPTANCE,
            "clusters wait to be let in: " + some(names(waiting)),
            "towline cluster accept " + Views.last(waiting.getFirst().getName()));
  }

  private Finding versions(List<Cluster> clusters) {
    List<Cluster> apart =
        those(
            clusters,
            cluster -> skew(summary.getHubVersion(), cluster.getAgentVersion()).isPresent());
    return apart.isEmpty()
        ? Finding.good(Check.AGENT_VERSIONS, "all work with hub " + summary.getHubVersion())
        : Finding.warning(
            Check.AGENT_VERSIONS,
            "not made for hub " + summary.getHubVersion() + ": " + some(names(apart)),
            "an agent may be "
                + OLDEST_AGENT
                + " minor versions older than its hub, never newer: upgrade the hub first, then"
                + " agents",
            "towline get clusters -o wide");
  }

  /** What is wrong with an agent's version beside its hub's; nothing if they cannot be compared. */
  static Optional<String> skew(String hubVersion, String agentVersion) {
    Optional<MinorVersion> hub = MinorVersion.of(hubVersion);
    return MinorVersion.of(agentVersion)
        .flatMap(agent -> hub.map(agent::behind))
        .filter(behind -> behind < 0 || behind > OLDEST_AGENT)
        .map(behind -> behind < 0 ? "newer than its hub" : "too old for its hub");
  }

  private Finding certificates(List<Cluster> clusters) {
    List<Cluster> over =
        those(
            clusters,
            cluster ->
                !cluster.getOffline()
                    && cluster.hasCertificateExpireTime()
                    && !ProtoJson.instant(cluster.getCertificateExpireTime()).isAfter(now));
    return over.isEmpty()
        ? Finding.good(Check.CERTIFICATES, "none has expired")
        : Finding.warning(
            Check.CERTIFICATES,
            "expired of " + some(names(over)),
            "let the agent reach the hub: it renews by itself for three days after, unless the hub"
                + " is told otherwise",
            "later it needs a new token: towline cluster rotate "
                + Views.last(over.getFirst().getName()));
  }

  private Finding targets() {
    String counts =
        Arrays.stream(Status.values())
            .sorted(Comparator.comparingInt(Status::rank))
            .filter(status -> summary.getTargetsByStatusOrDefault(status.word(), 0) > 0)
            .map(status -> summary.getTargetsByStatusMap().get(status.word()) + " " + status.word())
            .collect(Collectors.joining(", "));
    String text = counts.isEmpty() ? "none" : counts;
    return summary.getNeedsAttentionTotal() == 0
        ? Finding.good(Check.TARGETS, text)
        : Finding.warning(Check.TARGETS, text, "towline status");
  }

  private static List<Cluster> those(List<Cluster> clusters, Predicate<Cluster> which) {
    return clusters.stream().filter(which).toList();
  }

  private static List<String> names(List<Cluster> clusters) {
    return clusters.stream().map(cluster -> Views.last(cluster.getName())).toList();
  }

  private static String some(List<String> names) {
    int more = names.size() - NAMES;
    String first = names.stream().limit(NAMES).collect(Collectors.joining(", "));
    return more > 0 ? first + " and " + more + " more" : first;
  }

  private static String nextStep(String reason) {
    return Reason.ofWord(reason).map(Reason::nextStep).orElse("");
  }
}
