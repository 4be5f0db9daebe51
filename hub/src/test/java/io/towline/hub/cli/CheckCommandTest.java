package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.towline.envelope.Dsse;
import io.towline.envelope.Intent;
import io.towline.envelope.ObjectsIndex;
import io.towline.envelope.Statement;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Caution;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Condition;
import io.towline.fleet.v1.Connection;
import io.towline.fleet.v1.Envelope;
import io.towline.fleet.v1.Event;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.PendingEnvelope;
import io.towline.fleet.v1.Root;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Status;
import io.towline.fleet.v1.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CheckCommandTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  private final FakeHub hub = new FakeHub();
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void haveAFleetThatIsWell() {
    environment.putAll(
        Map.of("TOWLINE_HUB", hub.address(), "TOWLINE_TOKEN", FakeHub.TOKEN, "LANG", "C.UTF-8"));
    hub.summary =
        FleetSummary.newBuilder()
            .setHubVersion("1.5.0")
            .setFleetUid("0b0e8f0e")
            .setAsOfTime(in(0))
            .setSources(1)
            .putTargetsByStatus("Ready", 1)
            .build();
    hub.roots.add(Root.newBuilder().setVersion(2).setExpireTime(in(24 * 100)).build());
    hub.clusters.add(store());
    hub.bundles.add(Bundle.newBuilder().setName("bundles/shop").build());
    hub.targets.add(target(Status.STATUS_READY));
    hub.envelope = envelope(-6, 18);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static Timestamp in(long hours) {
    return Timestamp.newBuilder().setSeconds(NOW.getEpochSecond() + hours * 3_600).build();
  }

  private static Cluster store() {
    return Cluster.newBuilder()
        .setName("clusters/store")
        .putLabels("env", "prod")
        .setConnection(Connection.CONNECTION_ONLINE)
        .setCreateTime(in(-48))
        .setLastSeenTime(in(0))
        .setAgentVersion("1.4.2")
        .setKubernetesVersion("v1.35.4")
        .setSequence(7)
        .setHeldSequence(7)
        .setEnvelopeExpireTime(in(18))
        .setCertificateExpireTime(in(20))
        .addConditions(ready("True", "ReconciliationSucceeded", ""))
        .build();
  }

  private static Condition ready(String status, String reason, String message) {
    return Condition.newBuilder()
        .setType("Ready")
        .setStatus(status)
        .setReason(reason)
        .setMessage(message)
        .build();
  }

  private static Target target(Status status) {
    return Target.newBuilder().setName("bundles/shop/targets/store").setStatus(status).build();
  }

  private static Envelope envelope(long issued, long ends) {
    Statement statement =
        new Statement(
            Statement.SPEC_VERSION,
            List.of(),
            new UUID(0, 1),
            new UUID(0, 2),
            "store",
            1,
            7,
            2,
            NOW.plusSeconds(issued * 3_600),
            NOW.plusSeconds(ends * 3_600),
            Optional.empty(),
            Intent.CLEAR,
            List.of(),
            List.of(),
            ObjectsIndex.digestOf(List.of()));
    Dsse dsse =
        new Dsse(
            Statement.PAYLOAD_TYPE,
            statement.bytes(),
            List.of(Dsse.Signature.of("0".repeat(64), new byte[64])));
    return Envelope.newBuilder()
        .setCluster("clusters/store")
        .setDsse(ByteString.copyFrom(dsse.write()))
        .build();
  }

  private Result run(String... arguments) {
    return Result.of(environment, InstantSource.fixed(NOW), arguments);
  }

  private Result ofStore(Cluster store) {
    hub.change(store);
    return run("check", "--cluster", "store");
  }

  @Test
  void saysThatAllIsWell() {
    Result result = run("check", "--cluster", "store");

    assertThat(result.out())
        .startsWith("hub\n───\n✔ name of the hub: 127.0.0.1 is 127.0.0.1\n✔ port: ")
        .contains("✔ token: is accepted", "\n\nfleet\n─────\n", "\n\ncluster store\n")
        .contains("✔ root: version 2, good until 2027-03-03T12:00:00Z")
        .contains("✔ sources: 1, all read", "✔ agents: 1 online, 0 late, 0 offline, 0 pending")
        .contains("✔ joined: its agent has a certificate until 2026-11-24T08:00:00Z (20h left)")
        .contains("✔ connection: Online, last seen 0s ago", "✔ root that it holds: version 2")
        .contains("✔ bundles: 1 of 1 are Ready")
        .contains("\n\n0 failed, 0 warnings, ")
        .doesNotContain("✖", "⚠", "https://towline.io/check");
    assertThat(result.code()).isZero();
    assertThat(run("check").out()).doesNotContain("cluster store");
  }

  @Test
  void programsGetOneDocument() throws IOException {
    hub.roots.clear();
    Result result = run("check", "-o", "json");

    JsonNode json = new ObjectMapper().readTree(result.out());
    assertThat(result.code()).isEqualTo(ExitCode.NO);
    assertThat(json.path("kind").asText()).isEqualTo("CheckResult");
    assertThat(json.path("success").isBoolean()).isTrue();
    assertThat(json.path("success").asBoolean()).isFalse();
    assertThat(json.at("/groups/0/checks/0/id").asText()).isEqualTo("hub-name");
    assertThat(json.at("/groups/0/checks/0/result").asText()).isEqualTo("good");
    assertThat(json.at("/groups/1/checks"))
        .filteredOn(check -> check.path("id").asText().equals("root"))
        .singleElement()
        .satisfies(
            check -> {
              assertThat(check.path("result").asText()).isEqualTo("failed");
              assertThat(check.path("finding").asText()).isEqualTo("the hub has none");
              assertThat(check.at("/remedy/0").asText()).isEqualTo("read the hub's log");
              assertThat(check.path("link").asText()).isEqualTo("https://towline.io/check#root");
            });
    assertThat(run("check", "-o", "yaml").out()).contains("kind: CheckResult");
  }

  @Test
  void shortSaysWhatIsNotWellAlone() {
    environment.put("LANG", "C");
    hub.roots.clear();

    assertThat(run("check", "-o", "short").out())
        .startsWith("fleet\n-----\nx root: the hub has none\n    -> read the hub's log\n    https:")
        .doesNotContain("hub\n---", "+ ");
  }

  @Test
  void goesNoFurtherThanTheWayDoes() throws IOException {
    environment.put("TOWLINE_HUB", "https://nowhere.invalid");
    assertThat(run("check").out())
        .contains("✖ name of the hub: nowhere.invalid has no address here", "1 failed")
        .doesNotContain("port:");

    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    environment.put("TOWLINE_HUB", "http://127.0.0.1:" + closed);
    Result away = run("check");
    assertThat(away.code()).isEqualTo(ExitCode.NO);
    assertThat(away.out()).contains("✖ port: 127.0.0.1:" + closed + " does not answer: ");

    environment.put("TOWLINE_HUB", hub.address().replace("http:", "https:"));
    assertThat(run("check").out())
        .contains("✖ certificate of the hub: not accepted: ", "certificate for 127.0.0.1")
        .doesNotContain("token:");
  }

  @Test
  void tellsAMissingTokenFromAWrongOne() {
    environment.put("TOWLINE_TOKEN", "wrong");
    assertThat(run("check").out())
        .contains("✔ the hub's API: answers", "✖ token: The hub does not know the token")
        .doesNotContain("fleet\n");

    environment.remove("TOWLINE_TOKEN");
    assertThat(run("check").out())
        .contains("✖ token: neither --token nor TOWLINE_TOKEN is set", "→ set TOWLINE_TOKEN to");
  }

  @Test
  void comparesTheClocks() {
    hub.summary = hub.summary.toBuilder().setAsOfTime(in(1)).build();

    Result result = run("check");

    assertThat(result.out()).contains("⚠ clock of this machine: 1h behind the hub's");
    assertThat(result.code()).as("a warning is no failure").isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "1.5.3, 1.5.0, GOOD",
    "1.4.0, 1.5.0, GOOD",
    "1.3.9, 1.5.0, WARNING",
    "1.7.0, 1.5.0, WARNING",
    "2.0.0, 1.9.0, WARNING",
    "development, 1.5.0, GOOD"
  })
  void theCommandLineIsOfAboutTheHubsVersion(String own, String hubs, Finding.Verdict verdict) {
    assertThat(CheckCommand.version(own, hubs).verdict()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "1.5.0, ''",
    "1.2.9, ''",
    "1.1.0, too old",
    "0.9.0, too old",
    "1.6.0, newer",
    "2.0.0, newer",
    "unknown, ''"
  })
  void anAgentIsAtMostThreeMinorsOlderAndNeverNewer(String agent, String wrong) {
    assertThat(FleetChecks.skew("1.5.0", agent).orElse("")).startsWith(wrong);
    assertThat(FleetChecks.skew("1.5.0", agent).isEmpty()).isEqualTo(wrong.isEmpty());
  }

  @Test
  void namesWhatIsWrongInTheFleetWithItsRemedy() {
    hub.summary =
        hub.summary.toBuilder()
            .addCautions(Caution.newBuilder().setMessage("One key.").addCommands("towline do it"))
            .addFailingSources(
                Source.newBuilder()
                    .setName("sources/apps")
                    .setReason("SourceUnreachable")
                    .setMessage("no answer"))
            .setFailingSourcesTotal(1)
            .putTargetsByStatus("Failed", 2)
            .setNeedsAttentionTotal(2)
            .build();
    hub.bundles.add(
        Bundle.newBuilder()
            .setName("bundles/web")
            .setReason("BuildFailed")
            .setMessage("a.yaml:3:1: no")
            .setNextStep("correct it")
            .build());
    hub.pending.add(PendingEnvelope.newBuilder().setCluster("clusters/store").build());
    hub.clusters.add(
        store().toBuilder()
            .setName("clusters/away")
            .setConnection(Connection.CONNECTION_OFFLINE)
            .setAgentVersion("1.6.0")
            .setCertificateExpireTime(in(-1))
            .setEnvelopeExpireTime(in(-2))
            .build());
    hub.clusters.add(
        Cluster.newBuilder()
            .setName("clusters/edge-1")
            .setConnection(Connection.CONNECTION_PENDING)
            .setWaitsForAcceptance(true)
            .build());
    hub.roots.add(Root.newBuilder().setVersion(3).setExpireTime(in(-1)).build());

    Result result = run("check");

    assertThat(result.code()).isEqualTo(ExitCode.NO);
    assertThat(result.out())
        .contains("⚠ before production: One key.\n    → towline do it\n")
        .contains("✖ root: version 3, good until 2026-11-23T11:00:00Z: it is over\n    → publish")
        .contains("✖ source apps: SourceUnreachable: no answer\n    → ")
        .contains("✖ bundle web: BuildFailed: a.yaml:3:1: no\n    → correct it\n")
        .contains("⚠ signatures: envelopes wait for a signature: store\n    → towline sign store")
        .contains("✖ envelopes: expired for away\n")
        .contains("⚠ agents: 1 online, 0 late, 1 offline, 1 pending: away\n")
        .contains("⚠ acceptance: clusters wait to be let in: edge-1\n    → towline cluster accept")
        .contains("⚠ versions of agents: not made for hub 1.5.0: away\n")
        .contains("⚠ certificates of agents: expired of away\n")
        .contains("⚠ targets: 1 Ready, 2 Failed\n    → towline status\n");
  }

  @Test
  void seesThatTheHubDoesNotSignAnew() {
    hub.envelope = envelope(-20, 4);
    hub.change(store().toBuilder().setEnvelopeExpireTime(in(4)).build());

    assertThat(run("check", "--cluster", "store").out())
        .contains("⚠ envelopes: 1, the first ends 2026-11-23T16:00:00Z (store)\n")
        .contains("⚠ envelope: sequence 7, good until 2026-11-23T16:00:00Z (4h left)\n");
  }

  @Test
  void saysOfAClusterThatNeverJoinedWhoWasRefused() {
    hub.events.add(
        Event.newBuilder()
            .setCluster("store")
            .setType("Warning")
            .setAction("Enroll")
            .setReason("TokenExpired")
            .setMessage("the token is too old")
            .build());

    Result result =
        ofStore(
            Cluster.newBuilder()
                .setName("clusters/store")
                .setConnection(Connection.CONNECTION_PENDING)
                .addConditions(ready("Unknown", "AgentPending", "never called"))
                .build());

    assertThat(result.code()).isEqualTo(ExitCode.NO);
    assertThat(result.out())
        .contains("✖ joined: its agent has no certificate")
        .contains("; last refused: the token is too old [TokenExpired]\n")
        .contains("→ install it with a token: towline cluster rotate store -o helm\n")
        .contains("⚠ envelope: none is published for it yet", "✔ refusals: ")
        .doesNotContain("connection:");
    assertThat(run("check", "--cluster", "nobody").out())
        .contains("✖ registered: the hub knows no cluster nobody\n");
  }

  @Test
  void saysWhatAnAgentRefusesAndWhatItHolds() {
    Result result =
        ofStore(
            store().toBuilder()
                .setHeldSequence(6)
                .setConnection(Connection.CONNECTION_OFFLINE)
                .setCertificateExpireTime(in(-1))
                .setClockSkew(Duration.newBuilder().setSeconds(-3_600))
                .setNextStep("check which key signed")
                .setConditions(0, ready("False", "SignatureInvalid", "0 of 1"))
                .build());

    assertThat(result.code()).isEqualTo(ExitCode.NO);
    assertThat(result.out())
        .contains("✖ joined: ", "which is over\n")
        .contains("✖ connection: Offline, last seen 0s ago\n")
        .contains("✖ clock of the cluster: 1h apart from the hub's\n")
        .contains("✖ refusals: SignatureInvalid: 0 of 1\n    → check which key signed\n")
        .contains("⚠ sequence: its agent holds 6 of 7\n");
    assertThat(ofStore(store().toBuilder().setHeldSequence(8).build()).out())
        .contains("✖ sequence: its agent holds 8 of 7\n");
  }

  @Test
  void saysHowAClusterIsFed() {
    assertThat(
            ofStore(store().toBuilder().setCordoned(true).setCordonReason("audit").build()).out())
        .contains("⚠ mode: cordoned, it gets no new content: audit\n");
    assertThat(
            ofStore(
                    store().toBuilder()
                        .setWaitsForAcceptance(true)
                        .setPool("pools/edge")
                        .clearCertificateExpireTime()
                        .build())
                .out())
        .contains(
            "✖ mode: came with pool edge and waits to be let in\n    → towline cluster accept");
    assertThat(
            ofStore(
                    store().toBuilder()
                        .setOffline(true)
                        .setConnection(Connection.CONNECTION_PENDING)
                        .clearCertificateExpireTime()
                        .setConditions(0, ready("Unknown", "Carried", ""))
                        .build())
                .out())
        .contains("✔ mode: offline: its agent never calls", "✔ envelope: ")
        .doesNotContain("joined:", "connection:", "✖");
  }

  @Test
  void aBundleThatIsNotReadyHasALineOfItsOwn() {
    hub.change(
        target(Status.STATUS_BLOCKED).toBuilder()
            .setReason("GuardRail")
            .setMessage("kube-system")
            .setNextStep("ask the owner")
            .build());
    Result blocked = run("check", "--cluster", "store");
    assertThat(blocked.code()).isEqualTo(ExitCode.NO);
    assertThat(blocked.out())
        .contains("✔ bundles: 0 of 1 are Ready\n")
        .contains("✖ bundle shop: Blocked, GuardRail: kube-system\n    → ask the owner\n")
        .contains("→ towline describe target shop@store\n");

    hub.change(target(Status.STATUS_WAITING).toBuilder().setReason("Cordoned").build());
    assertThat(run("check", "--cluster", "store").out())
        .as("waiting is no error")
        .contains("✔ bundle shop: Waiting, Cordoned\n");

    hub.change(target(Status.STATUS_DRIFTED).toBuilder().setReason("ReadOnly").build());
    assertThat(run("check", "--cluster", "store").out())
        .contains("✔ mode: its agent may only read", "⚠ bundle shop: Drifted, ReadOnly\n");
  }

  @Test
  void whatOthersSayCannotSteerTheTerminal() {
    hub.summary =
        hub.summary.toBuilder()
            .addCautions(Caution.newBuilder().setMessage("a\u001b[2Jb").addCommands("c\u001bd"))
            .build();

    assertThat(run("check").out()).contains("a [2Jb").doesNotContain("\u001b");
  }

  /** The link of each line leads there. */
  @ParameterizedTest
  @EnumSource
  void everyCheckIsExplained(Check check) throws IOException {
    assertThat(Path.of("../docs/check.md")).content().contains("\n### " + check.id() + "\n");
    assertThat(Files.readString(Path.of("../docs/check.md")).split("\n### ", -1))
        .hasSize(Check.values().length + 1);
  }

  @Test
  void aClusterToBeInstalledIsNotOneOfTheHub() {
    assertThat(run("check", "--pre", "--cluster", "store").code()).isEqualTo(ExitCode.USAGE);
  }
}
