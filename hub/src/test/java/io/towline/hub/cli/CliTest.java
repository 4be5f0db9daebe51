package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Caution;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Condition;
import io.towline.fleet.v1.Connection;
import io.towline.fleet.v1.Drift;
import io.towline.fleet.v1.Event;
import io.towline.fleet.v1.FieldChange;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.ObjectProblem;
import io.towline.fleet.v1.ObjectRef;
import io.towline.fleet.v1.Problem;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Status;
import io.towline.fleet.v1.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  private final FakeHub hub = new FakeHub();
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void haveAFleet() {
    environment.putAll(
        Map.of("TOWLINE_HUB", hub.address(), "TOWLINE_TOKEN", FakeHub.TOKEN, "LANG", "C.UTF-8"));
    hub.clusters.addAll(
        List.of(
            cluster("lima", "prod", Connection.CONNECTION_ONLINE, "2026-11-23T11:59:48Z"),
            cluster("osaka", "prod", Connection.CONNECTION_OFFLINE, "2026-11-23T09:00:00Z"),
            cluster("oslo", "dev", Connection.CONNECTION_ONLINE, "2026-11-23T11:59:50Z")));
    hub.bundles.add(bundle(Status.STATUS_DEGRADED));
    hub.targets.addAll(
        List.of(
            target("lima", Status.STATUS_READY),
            target("osaka", Status.STATUS_UNKNOWN).toBuilder()
                .setLastKnownStatus(Status.STATUS_READY)
                .setObservedTime(FakeHub.time("2026-11-23T09:00:00Z"))
                .build(),
            target("oslo", Status.STATUS_DEGRADED).toBuilder()
                .setReason("HealthCheckFailed")
                .setMessage("Deployment shop/web: 0 of 1 available")
                .setNextStep("look at the object named, its events and its pods")
                .addProblems(
                    ObjectProblem.newBuilder()
                        .setObject(
                            ObjectRef.newBuilder()
                                .setApiVersion("apps/v1")
                                .setKind("Deployment")
                                .setNamespace("shop")
                                .setName("web"))
                        .setReason("HealthCheckFailed")
                        .setMessage("0 of 1 available"))
                .addConditions(
                    Condition.newBuilder()
                        .setType("Healthy")
                        .setStatus("False")
                        .setReason("HealthCheckFailed"))
                .build()));
    hub.sources.add(
        Source.newBuilder()
            .setName("sources/fleet")
            .setUrl("https://git.example.invalid/fleet.git")
            .setRef("refs/heads/main")
            .setCommit("4f1c2ab9e0")
            .setLastSuccessTime(FakeHub.time("2026-11-23T11:59:30Z"))
            .setBundles(1)
            .build());
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void statusShowsTheFleetOnOneScreen() {
    hub.summary =
        FleetSummary.newBuilder()
            .addCautions(
                Caution.newBuilder()
                    .setMessage("One key is\u001benough.")
                    .addCommands("towline do it"))
            .putClustersByConnection("ONLINE", 2)
            .putClustersByConnection("OFFLINE", 1)
            .putTargetsByStatus("Ready", 1)
            .putTargetsByStatus("Degraded", 1)
            .putTargetsByStatus("Unknown", 1)
            .putTargetsByStatus("Failed", 0)
            .setHubVersion("1.0.0")
            .setAsOfTime(FakeHub.time("2026-11-23T11:59:58Z"))
            .addNeedsAttention(hub.targets.get(2))
            .setNeedsAttentionTotal(3)
            .setOldestOffline(hub.clusters.get(1))
            .setSources(2)
            .addFailingSources(
                Source.newBuilder()
                    .setName("sources/apps")
                    .setReason("FetchFailed")
                    .setMessage("the server does not answer"))
            .setFailingSourcesTotal(1)
            .build();

    Result result = run("status");

    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains("HUB       " + hub.address() + "  1.0.0  as of 2026-11-23T11:59:58Z (2s ago)")
        .contains("CLUSTERS  3  2 online · 1 offline (oldest osaka, 3h)")
        .contains("TARGETS   3  1 Ready · 1 Unknown · 1 Degraded\n")
        .contains("SOURCES   2  1 with problems")
        .contains("CAUTION  One key is enough.\n  → towline do it\n")
        .contains("NEEDS ATTENTION (4)")
        .contains("✖ Failed     source/apps   FetchFailed: the server does not answer")
        .contains("▼ Degraded   shop@oslo     HealthCheckFailed: Deployment shop/web: 0 of 1")
        .contains("2 more: towline get targets --status");
    assertThat(json("status", "-o", "json").path("kind").asText()).isEqualTo("FleetStatus");
  }

  @Test
  void aClusterThatIsAwayIsNeverShownAsReady() {
    Result result = run("get", "targets");

    assertThat(result.code()).isZero();
    assertThat(result.out().lines().toList())
        .hasSize(4)
        .satisfies(
            lines -> {
              assertThat(lines.get(0)).startsWith("TARGET").contains("STATUS", "REVISION");
              assertThat(lines.get(1)).startsWith("shop@lima").contains("✔ Ready");
              assertThat(lines.get(2)).contains("? Unknown (last: Ready, 3h ago)");
              assertThat(lines.get(3)).contains("▼ Degraded").contains("HealthCheckFailed: ");
            });
  }

  @Test
  void jsonIsAContract() {
    JsonNode list = json("get", "targets", "--cluster", "osaka", "-o", "json");

    assertThat(list.path("apiVersion").asText()).isEqualTo("cli.towline.io/v1");
    assertThat(list.path("kind").asText()).isEqualTo("TargetList");
    assertThat(list.path("items")).hasSize(1);
    JsonNode target = list.path("items").get(0);
    assertThat(target.path("name").asText()).isEqualTo("bundles/shop/targets/osaka");
    assertThat(target.path("displayName").asText()).isEqualTo("shop@osaka");
    assertThat(target.path("bundle").asText()).isEqualTo("shop");
    assertThat(target.path("cluster").asText()).isEqualTo("osaka");
    assertThat(target.path("status").asText()).isEqualTo("Unknown");
    assertThat(target.path("lastKnownStatus").asText()).isEqualTo("Ready");
    assertThat(target.path("observedTime").asText()).isEqualTo("2026-11-23T09:00:00Z");
    assertThat(target.path("sequence").isIntegralNumber()).isTrue();
    assertThat(target.path("problems").isArray()).isTrue();
  }

  @Test
  void everyListHasEveryForm() {
    for (String kind : List.of("clusters", "bundle", "t", "src")) {
      for (String form : List.of("table", "wide", "json", "yaml", "name")) {
        Result result = run("get", kind, "-o", form);
        assertThat(result.code()).as(kind + " " + form).isZero();
        assertThat(result.out()).as(kind + " " + form).isNotBlank();
      }
    }
    assertThat(run("get", "clusters", "-o", "name").out())
        .isEqualTo("cluster/lima\ncluster/osaka\ncluster/oslo\n");
    assertThat(run("get", "clusters", "--no-headers").out()).startsWith("lima");
    assertThat(run("get", "bundles", "-o", "yaml").out())
        .startsWith("apiVersion: cli.towline.io/v1\nkind: BundleList\nitems:\n  - name: ");
    assertThat(run("get", "all").out()).contains("fleet", "lima", "shop@oslo");
    assertThat(json("get", "all", "-o", "json").path("items")).hasSize(8);
    assertThat(run("cluster", "list").out()).isEqualTo(run("get", "clusters").out());
  }

  @Test
  void listsAreFilteredByTheHub() {
    assertThat(run("get", "clusters", "-l", "env=prod", "-o", "name").out())
        .isEqualTo("cluster/lima\ncluster/osaka\n");
    assertThat(run("get", "clusters", "-l", "env in (dev, test)", "-o", "name").out())
        .isEqualTo("cluster/oslo\n");
    assertThat(run("get", "clusters", "--status", "offline", "-o", "name").out())
        .isEqualTo("cluster/osaka\n");
    assertThat(run("get", "targets", "--status", "ready,degraded", "-o", "name").out())
        .isEqualTo("target/shop@lima\ntarget/shop@oslo\n");
    assertThat(run("get", "targets", "--filter", "cluster = \"lima\"", "-o", "name").out())
        .isEqualTo("target/shop@lima\n");
    Result none = run("get", "targets", "--cluster", "nowhere");
    assertThat(none.code()).isZero();
    assertThat(none.out()).isEmpty();
    assertThat(none.err()).contains("No targets.");
  }

  @Test
  void wrongUseIsSaidWithWhatToDo() {
    for (String[] arguments :
        List.of(
            new String[] {"get", "frobs"},
            new String[] {"get", "targets", "--status", "great"},
            new String[] {"get", "clusters", "-l", "env~prod"},
            new String[] {"get", "sources", "--status", "ready"},
            new String[] {"get", "targets", "lima"},
            new String[] {"describe", "target", "shop"},
            new String[] {"wait", "shop"},
            new String[] {"wait", "bundle/shop", "--for", "happiness"},
            new String[] {"wait", "bundle/shop", "--timeout", "soon"},
            new String[] {"frobnicate"},
            new String[] {"get", "targets", "--frobnicate"},
            new String[] {"get", "targets", "--hub", "hub.example"})) {
      Result result = run(arguments);
      assertThat(result.code()).as(String.join(" ", arguments)).isEqualTo(ExitCode.USAGE);
      assertThat(result.out()).isEmpty();
      assertThat(result.err()).startsWith("✖ ").contains("\n  → ");
    }
  }

  @Test
  void failuresHaveCodesOfTheirOwn() {
    assertThat(run("get", "cluster", "atlantis").code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run("get", "clusters", "--token", "wrong").code()).isEqualTo(ExitCode.DENIED);
    environment.remove("TOWLINE_TOKEN");
    assertThat(run("get", "clusters").code()).isEqualTo(ExitCode.DENIED);
    Result gone = run("get", "clusters", "--token", "x", "--hub", "http://127.0.0.1:9");
    assertThat(gone.code()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(gone.err())
        .startsWith("✖ The hub at http://127.0.0.1:9 does not answer")
        .contains("Connection refused")
        .contains("→ check TOWLINE_HUB");
  }

  @Test
  void describeTellsWhatIsWrongAndWhatToDo() {
    hub.events.add(
        Event.newBuilder()
            .setName("events/7")
            .setType("Warning")
            .setReason("HealthCheckFailed")
            .setBundle("shop")
            .setCluster("oslo")
            .setTime(FakeHub.time("2026-11-23T11:58:00Z"))
            .setMessage("0 of 1 available")
            .build());

    Result result = run("describe", "target", "shop@oslo");

    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains("Status:")
        .contains("▼ Degraded")
        .contains("Healthy   False")
        .contains("Deployment shop/web   HealthCheckFailed   0 of 1 available")
        .contains("Next: look at the object named, its events and its pods")
        .contains("Events:")
        .contains("2m     Warning");
    assertThat(json("describe", "cluster", "lima", "-o", "json").path("kind").asText())
        .isEqualTo("Cluster");
    assertThat(run("describe", "bundle", "shop").code()).isZero();
    assertThat(run("describe", "source", "fleet").code()).isZero();
    assertThat(run("describe", "source", "flood").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void driftSaysWhoChangedWhatAndWhetherItStillDiffers() {
    Drift corrected =
        Drift.newBuilder()
            .setName("bundles/shop/targets/lima/drift/d1")
            .setObject(
                ObjectRef.newBuilder().setKind("Deployment").setNamespace("shop").setName("web"))
            .setOperation("Update")
            .setManager("kubectl-scale")
            .addFields(
                FieldChange.newBuilder()
                    .setPath("/spec/replicas")
                    .setOldValue("3")
                    .setNewValue("9"))
            .setObservedTime(FakeHub.time("2026-11-23T11:59:00Z"))
            .setAction("corrected")
            .build();
    hub.drift.add(corrected);

    Result corrections = run("drift", "shop@lima");
    assertThat(corrections.code()).isZero();
    assertThat(corrections.out())
        .contains("Deployment shop/web")
        .contains("/spec/replicas 3 → 9")
        .contains("kubectl-scale")
        .contains("corrected");
    assertThat(run("drift", "--open").out()).isEmpty();

    hub.drift.add(
        corrected.toBuilder()
            .setName("bundles/shop/targets/oslo/drift/d2")
            .setAction("reported")
            .build());
    assertThat(run("drift", "shop@lima").code()).isZero();
    assertThat(run("drift", "shop@oslo").code()).isEqualTo(ExitCode.NO);
    assertThat(run("drift").code()).isEqualTo(ExitCode.NO);
    assertThat(run("drift", "bundle/shop", "--open", "-o", "name").out())
        .isEqualTo("drift/shop@oslo/d2\n");
  }

  @Test
  void eventsAreShownOldestFirstAndByWhatTheyConcern() {
    for (int i = 5; i > 0; i--) {
      hub.events.add(
          Event.newBuilder()
              .setName("events/" + i)
              .setType(i == 3 ? "Warning" : "Normal")
              .setBundle("shop")
              .setCluster(i > 3 ? "lima" : "oslo")
              .setMessage("number " + i)
              .build());
    }

    assertThat(run("events", "-o", "name").out())
        .isEqualTo("event/1\nevent/2\nevent/3\nevent/4\nevent/5\n");
    assertThat(run("events", "--limit", "3", "-o", "name").out())
        .isEqualTo("event/3\nevent/4\nevent/5\n");
    assertThat(run("events", "--for", "c/lima", "-o", "name").out())
        .isEqualTo("event/4\nevent/5\n");
    assertThat(run("events", "--for", "shop@oslo", "--types", "Warning", "-o", "name").out())
        .isEqualTo("event/3\n");
  }

  @Test
  void remoteTextCannotSteerTheTerminal() {
    hub.change(
        target("lima", Status.STATUS_FAILED).toBuilder()
            .setReason("ApplyFailed")
            .setMessage("a\u001b[2Jb\r\nc\u202ed")
            .build());

    assertThat(run("get", "targets", "--cluster", "lima").out())
        .contains("a [2Jb  c d")
        .doesNotContain("\u001b", "\r", "\u202e");
  }

  @Test
  void waitEndsWhenItIsSo() {
    hub.whenWatched = () -> hub.change(bundle(Status.STATUS_READY));

    Result result = run("wait", "bundle/shop", "--timeout", "30s");

    assertThat(result.code()).isZero();
    assertThat(result.out()).isEqualTo("bundle/shop is ready\n");
  }

  @Test
  void waitTakesUpABrokenWatch() {
    hub.whenWatched =
        () -> {
          hub.whenWatched = () -> hub.change(bundle(Status.STATUS_READY));
          hub.cutWatches();
        };

    Result result = run("wait", "bundle/shop", "--timeout", "30s");

    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("taking it up again");
  }

  @Test
  void waitSaysAfterItsTimeHowThingsStand() {
    Result result =
        run("wait", "target/shop@oslo", "cluster/lima", "bundle/nothing", "--timeout", "3s");

    assertThat(result.code()).isEqualTo(ExitCode.TIMEOUT);
    assertThat(result.err())
        .contains("target/shop@oslo is Degraded (HealthCheckFailed: ")
        .contains("bundle/nothing is not there")
        .doesNotContain("cluster/lima is")
        .contains("→ towline describe target shop@oslo");
  }

  @Test
  void clustersAreWaitedForByConnectionToo() {
    assertThat(run("wait", "cluster/osaka", "--for", "offline", "--timeout", "10s").code())
        .isZero();
    assertThat(run("wait", "cluster/osaka", "--for", "ready", "--timeout", "200ms").code())
        .isEqualTo(ExitCode.TIMEOUT);
  }

  @Test
  void reconcileSaysWhatCameOfIt() {
    assertThat(run("reconcile", "source", "fleet").code()).isZero();

    hub.sources.set(
        0,
        hub.sources.getFirst().toBuilder()
            .addProblems(
                Problem.newBuilder()
                    .setFile("apps/shop/towline.yaml")
                    .setLine(4)
                    .setColumn(7)
                    .setField("/drift/mode")
                    .setReason("DeclarationInvalid")
                    .setMessage("one of correct, warn"))
            .build());
    Result problems = run("reconcile", "source", "fleet");
    assertThat(problems.code()).isEqualTo(ExitCode.PARTLY);
    assertThat(problems.err())
        .contains("apps/shop/towline.yaml:4:7: DeclarationInvalid: /drift/mode: one of");

    hub.sources.set(
        0,
        hub.sources.getFirst().toBuilder()
            .setReason("SourceUnreachable")
            .setMessage("connection refused")
            .build());
    Result failed = run("sync", "source", "fleet");
    assertThat(failed.code()).isEqualTo(ExitCode.PARTLY);
    assertThat(failed.err())
        .contains("✖ Source fleet keeps its last good commit 4f1c2ab")
        .contains("  SourceUnreachable: connection refused")
        .contains("  → check the address, the network")
        .contains("  https://towline.io/r/SourceUnreachable");
  }

  @Test
  void aSourceIsApprovedByAWholeCommitOnly() {
    Result taken = run("source", "approve", "fleet", "1".repeat(40));
    assertThat(taken.code()).isZero();
    assertThat(taken.out()).contains("fleet");

    Result other = run("source", "approve", "fleet", "2".repeat(40));
    assertThat(other.code()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(other.err()).contains("the branch is at another commit");

    Result abbreviated = run("source", "approve", "fleet", "1111111");
    assertThat(abbreviated.code()).isEqualTo(ExitCode.USAGE);
    assertThat(abbreviated.err()).contains("all of its 40");
  }

  @Test
  void describeShowsWhoSignedAndWhatIsRefused() {
    hub.sources.set(
        0,
        hub.sources.getFirst().toBuilder()
            .setCommitsPolicy("strict")
            .setSigner("alice SHA256:a")
            .setRefusedCommit("2".repeat(40))
            .setReason("CommitUnsigned")
            .setMessage("commit 2222 has no signature")
            .build());

    assertThat(run("describe", "source", "fleet").out())
        .contains("strict", "alice SHA256:a", "2".repeat(40), "commit 2222 has no signature")
        .contains("Next: sign it with the key of one of the source's signers");
    assertThat(json("describe", "source", "fleet", "-o", "json").path("signer").asText())
        .isEqualTo("alice SHA256:a");
  }

  @Test
  void aTokenCanBePrintedAlone() {
    Result result = run("cluster", "add", "quito", "--label", "env=dev", "-o", "token");

    assertThat(result.code()).isZero();
    assertThat(result.out()).isEqualTo("twl1_token\n");
    assertThat(hub.clusters.getLast().getLabelsMap()).containsEntry("env", "dev");
  }

  @Test
  void clusterAddWaitsForTheFirstCall() {
    hub.whenWatched =
        () ->
            hub.change(
                cluster("quito", "dev", Connection.CONNECTION_ONLINE, "2026-11-23T12:00:00Z"));

    Result result = run("cluster", "add", "quito", "--timeout", "30s");

    assertThat(result.code()).isZero();
    assertThat(result.out())
        .isEqualTo(
            "helm upgrade --install towline-agent oci://registry.example.com/towline-agent"
                + " --version 1.2.3 --namespace towline-system --create-namespace"
                + " --set join.token=twl1_token --set deployer.clusterRole=cluster-admin\n");
    assertThat(result.err()).contains("registered quito").contains("connected: agent 1.0.0");
  }

  @Test
  void clusterAddOfAClusterThatNeverCallsWaitsForNobody() {
    Result result =
        run("cluster", "add", "quito", "--offline", "--seal-recipient", "age1abc", "-o", "text");

    assertThat(result.code()).isZero();
    assertThat(result.out()).startsWith("TOWLINE_JOIN_TOKEN=twlo1_token\nTOWLINE_OFFLINE_DIR=");
    assertThat(result.err()).contains("towline export quito -d DIR");
    assertThat(hub.additions.getLast().getOffline()).isTrue();
    assertThat(hub.additions.getLast().getSealRecipientsList()).containsExactly("age1abc");
  }

  @Test
  void clusterAddNamesTheChartThatItIsTold() {
    assertThat(run("cluster", "add", "quito", "-o", "helm", "--chart", "my charts/agent").out())
        .startsWith("helm upgrade --install towline-agent 'my charts/agent' --namespace")
        .doesNotContain("--version");
  }

  @Test
  void anInvitationHasAFormThatKeepsTheTokenOutOfTheShellsHistory() {
    Result result = run("cluster", "add", "quito", "-o", "secret");

    assertThat(result.out())
        .isEqualTo(
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: towline-system
            ---
            apiVersion: v1
            kind: Secret
            metadata:
              name: towline-agent-join
              namespace: towline-system
            stringData:
              token: twl1_token
            """);
    assertThat(result.err())
        .contains("helm upgrade --install towline-agent", "join.existingSecret=towline-agent-join")
        .doesNotContain("twl1_token");
    assertThat(run("cluster", "rotate", "lima", "-o", "secret").out())
        .contains("  token: twl1_next\n");
    assertThat(run("cluster", "add", "quito", "-o", "values").out())
        .isEqualTo(
            """
            join:
              token: twl1_token
            deployer:
              clusterRole: cluster-admin
            """);
  }

  @Test
  void anInvitationToAPoolLeavesTheNameToTheCluster() {
    String[] pool = {
      "cluster",
      "add",
      "--pool",
      "edge",
      "--max",
      "5",
      "--name-prefix",
      "edge-",
      "--accept-label",
      "site",
      "--format"
    };

    Result line = run(with(pool, "helm"));

    assertThat(line.out())
        .isEqualTo(
            "helm upgrade --install towline-agent oci://registry.example.com/towline-agent"
                + " --version 1.2.3 --namespace towline-system --create-namespace"
                + " --set join.token=twlp1_token --set deployer.clusterRole=cluster-admin"
                + " --set cluster.name=\"${CLUSTER_NAME:?}\"\n");
    assertThat(line.err()).contains("begins with edge-; cluster.labels may hold site\n");
    assertThat(run(with(pool, "values")).out())
        .isEqualTo("join:\n  token: twlp1_token\ndeployer:\n  clusterRole: cluster-admin\n");
    Result secret = run(with(pool, "secret"));
    assertThat(secret.out()).contains("  token: twlp1_token\n");
    assertThat(secret.err()).contains("join.existingSecret=towline-agent-join", "CLUSTER_NAME:?");
    assertThat(run(with(pool, "json")).out()).contains("\"PoolRegistration\"", "\"edge-\"");
    int made = hub.pools.size();
    assertThat(run(with(pool, "manifest")).code()).isNotZero();
    assertThat(hub.pools).hasSize(made);
  }

  @Test
  void anInvitationWithoutAHubSaysWhereExportsAreCarriedTo() {
    Result line = run("cluster", "add", "quito", "--offline", "-o", "helm");

    assertThat(line.out())
        .contains("--set join.token=twlo1_token", "deployer.clusterRole=cluster-admin")
        .endsWith(
            " --set offline.volume.hostPath.path=/var/lib/towline-exports"
                + " --set offline.volume.hostPath.type=DirectoryOrCreate"
                + " --set offline.directory=current\n");
    assertThat(line.err()).contains("offline.existingClaim", "towline export quito -d DIR");
    assertThat(run("cluster", "add", "quito", "--offline", "-o", "values").out())
        .endsWith(
            """
            offline:
              volume:
                hostPath:
                  path: /var/lib/towline-exports
                  type: DirectoryOrCreate
              directory: current
            """);
  }

  @Test
  void aManifestIsWhatHelmMakesOfTheValues(@TempDir Path programs) throws IOException {
    environment.put("PATH", programs.toString());
    Result without = run("cluster", "add", "quito", "-o", "manifest");
    assertThat(without.code()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(without.err()).contains("There is no helm on the PATH", "take -o helm to where it");
    assertThat(run("cluster", "rotate", "lima", "--format", "manifest").code())
        .isEqualTo(ExitCode.PRECONDITION);
    assertThat(hub.additions).as("no token is made in vain").isEmpty();
    assertThat(hub.rotations).isEmpty();

    environment.put("PATH", programs + ":/usr/bin:/bin");
    Path helm =
        Files.writeString(
            programs.resolve("helm"), "#!/bin/sh\necho \"# $*\"; cat; exit ${CODE:-0}\n");
    assertThat(helm.toFile().setExecutable(true)).isTrue();
    assertThat(run("cluster", "rotate", "lima", "-o", "manifest").out())
        .isEqualTo(
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: towline-system
            # template towline-agent oci://registry.example.com/towline-agent --values - --version\
             1.2.3 --namespace towline-system --kube-version 1.30.0 --no-hooks
            join:
              token: twl1_next
            deployer:
              clusterRole: cluster-admin
            """);

    environment.put("CODE", "3");
    Result refused = run("cluster", "add", "quito", "-o", "manifest");
    assertThat(refused.code()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err()).contains("helm does not render oci://", "ended with 3", "--chart");
  }

  private static String[] with(String[] arguments, String last) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = last;
    return all;
  }

  @Test
  void clusterAddSaysWhoWasRefusedWhileItWaits() {
    hub.whenWatched =
        () ->
            hub.change(
                Event.newBuilder()
                    .setName("events/1")
                    .setCluster("clusters/quito")
                    .setAction("Enroll")
                    .setReason("JoinTokenUsed")
                    .setMessage("The token of quito was shown with a second key.")
                    .setTime(FakeHub.time("2026-11-23T12:00:05Z"))
                    .build());

    assertThat(run("cluster", "add", "quito", "--timeout", "2s").err())
        .contains("an agent was refused: The token of quito was shown with a second key.")
        .contains("JoinTokenUsed");
  }

  @Test
  void clusterAddSaysWhenNobodyCalled() {
    Result result = run("cluster", "add", "quito", "--timeout", "200ms");

    assertThat(result.code()).isEqualTo(ExitCode.TIMEOUT);
    assertThat(result.err()).contains("AgentPending").contains("towline wait cluster/quito");
    assertThat(run("cluster", "add", "cusco", "--no-wait").code()).isZero();
  }

  @Test
  void clusterAddAndRotateSayHowLongATokenLives() {
    assertThat(run("cluster", "add", "quito", "--ttl", "24h", "-o", "token").code()).isZero();
    assertThat(hub.additions.getLast().getTtl().getSeconds()).isEqualTo(86_400);

    Result result = run("cluster", "rotate", "lima", "--ttl", "10m", "-o", "token");

    assertThat(result.out()).isEqualTo("twl1_next\n");
    assertThat(hub.rotations.getLast().getTtl().getSeconds()).isEqualTo(600);
    assertThat(hub.rotations.getLast().getRevoke()).isFalse();
    assertThat(run("cluster", "rotate", "lima", "--revoke").err()).contains("is cut off");
    assertThat(hub.rotations.getLast().getRevoke()).isTrue();
    assertThat(run("cluster", "rotate", "atlantis").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void aCordonIsShownWithItsReasonUntilItIsLifted() {
    assertThat(run("cluster", "cordon", "lima", "--reason", "stocktaking").code()).isZero();
    assertThat(run("cluster", "get", "lima").out()).contains("stocktaking");
    assertThat(run("cluster", "uncordon", "lima").code()).isZero();
    assertThat(run("cluster", "get", "lima").out()).doesNotContain("stocktaking");
    assertThat(run("cluster", "cordon", "atlantis").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void whatIsSuspendedHasAReasonAndGoesOnAfterItWasSaidWhatThatChanges() {
    assertThat(run("suspend", "target", "web@lima").code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("suspend", "source", "fleet", "--reason", "r").code()).isEqualTo(ExitCode.USAGE);
    assertThat(hub.suspensions).isEmpty();

    Result done =
        run("suspend", "target", "web@lima", "--reason", "a leak", "--for", "2h", "--by", "kim");

    assertThat(done.code()).isZero();
    assertThat(done.err()).contains("web@lima is suspended until");
    assertThat(hub.suspensions)
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.getName()).isEqualTo("bundles/web/targets/lima");
              assertThat(one.getReason()).isEqualTo("a leak");
              assertThat(one.getBy()).isEqualTo("kim");
              assertThat(one.getEndTime().getSeconds()).isEqualTo(7200);
            });
    assertThat(run("resume", "target", "web@lima", "--dry-run").code()).isZero();
    assertThat(hub.suspensions).hasSize(1);
    assertThat(run("resume", "target", "web@lima").err()).contains("web@lima goes on");
    assertThat(run("resume", "target", "web@lima").err()).contains("was not suspended");
  }

  @Test
  void aClusterIsRemovedOnce() {
    assertThat(run("cluster", "remove", "lima").err()).contains("what runs there stays");
    assertThat(run("cluster", "remove", "lima").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void theAuthorityIsShownAndReplaced() {
    assertThat(run("authority", "list").out().lines())
        .satisfiesExactly(
            head -> assertThat(head).contains("SHA256", "AGENTS", "TRUSTED UNTIL"),
            one -> assertThat(one).startsWith("1".repeat(64)).contains("yes", "7"));
    assertThat(run("authority", "replace").out().lines()).hasSize(3);
    assertThat(json("authority", "list", "-o", "json").at("/items/0/agents").asInt()).isEqualTo(7);
  }

  @Test
  void aPoolIsMadeShownAndRemoved() {
    Result made =
        run(
            "cluster",
            "add",
            "--pool",
            "edge",
            "--max",
            "500",
            "--ttl",
            "24h",
            "--label",
            "env=edge",
            "--accept-label",
            "site",
            "--name-prefix",
            "edge-",
            "--accept-manually");
    assertThat(made.out()).isEqualTo("TOWLINE_JOIN_TOKEN=twlp1_token\n");
    assertThat(made.err()).contains("500 clusters", "TOWLINE_CLUSTER_NAME=edge-", "cluster accept");
    assertThat(run("cluster", "pool", "list").out())
        .contains("edge", "1 of 500", "env=edge", "site", "edge-*");
    assertThat(json("cluster", "pool", "list", "-o", "json").at("/items/0/maxClusters").asInt())
        .isEqualTo(500);
    assertThat(run("cluster", "add", "--pool", "far", "--max", "1", "-o", "token").out())
        .isEqualTo("twlp1_token\n");

    assertThat(run("cluster", "pool", "remove", "edge").err()).contains("2 clusters that waited");
    assertThat(run("cluster", "pool", "remove", "edge").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void clusterAddIsToldANameOrAPoolAndWhatBelongsToIt() {
    for (String[] wrong :
        new String[][] {
          {"cluster", "add"},
          {"cluster", "add", "quito", "--max", "3"},
          {"cluster", "add", "quito", "--accept-manually"},
          {"cluster", "add", "quito", "--pool", "edge", "--max", "3"},
          {"cluster", "add", "--pool", "edge"}
        }) {
      assertThat(run(wrong).code()).as(String.join(" ", wrong)).isEqualTo(ExitCode.USAGE);
    }
    assertThat(hub.additions).isEmpty();
    assertThat(hub.pools).isEmpty();
  }

  @Test
  void aClusterThatWaitsIsShownWithWhatLetsItInAndAcceptedOrRejected() {
    hub.clusters.add(
        cluster("quito", "dev", Connection.CONNECTION_PENDING, "2026-11-23T12:00:00Z").toBuilder()
            .setWaitsForAcceptance(true)
            .setPool("pools/edge")
            .setNextStep("towline cluster accept, or towline cluster reject")
            .build());

    assertThat(run("get", "clusters").out()).contains("Waiting: towline cluster accept quito");
    assertThat(run("cluster", "get", "quito").out())
        .contains("edge", "Next: towline cluster accept, or towline cluster reject");
    assertThat(run("cluster", "accept", "quito").code()).isZero();
    assertThat(run("get", "clusters").out()).doesNotContain("Waiting");
    assertThat(run("cluster", "reject", "quito").code()).isNotZero();
    assertThat(run("cluster", "accept", "atlantis").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void clusterRotateSaysThatAClusterWasBuiltAnew() {
    assertThat(run("cluster", "rotate", "lima", "--rebuilt", "-o", "token").code()).isZero();
    assertThat(hub.rotations.getLast().getRebuilt()).isTrue();
  }

  @Test
  void clusterGetShowsWhatDescribeShows() {
    assertThat(run("cluster", "get", "lima").out())
        .isEqualTo(run("describe", "cluster", "lima").out())
        .contains("lima");
  }

  @Test
  void colourIsForTerminalsAndIsSwitchedOff() {
    assertThat(run("get", "targets").out()).doesNotContain("\u001b");
    assertThat(run("get", "targets", "--color", "always").out()).contains("\u001b[32m✔ Ready");
    environment.put("CLICOLOR_FORCE", "1");
    assertThat(run("get", "targets").out()).contains("\u001b");
    environment.put("NO_COLOR", "1");
    assertThat(run("get", "targets").out()).doesNotContain("\u001b");
  }

  @Test
  void signsAreAsciiWhereTheLocaleIs() {
    environment.put("LANG", "C");

    assertThat(run("get", "targets", "--cluster", "oslo").out()).contains("H Degraded");
    assertThat(run("get", "frobs").err()).isASCII();
  }

  @Test
  void completionAndHelpNeedNoHub() {
    environment.clear();

    assertThat(run("completion", "bash").out()).contains("complete").contains("towline");
    assertThat(run("completion", "zsh").out()).startsWith("#compdef towline");
    assertThat(run("--help").out()).contains("Usage: towline").contains("describe");
    assertThat(run("get", "--help").code()).isZero();
    assertThat(run("version").out()).startsWith("towline ");
  }

  private JsonNode json(String... arguments) {
    Result result = run(arguments);
    assertThat(result.code()).as(result.err()).isZero();
    try {
      return new ObjectMapper().readTree(result.out());
    } catch (IOException e) {
      throw new AssertionError(result.out(), e);
    }
  }

  private Result run(String... arguments) {
    return Result.of(environment, InstantSource.fixed(NOW), arguments);
  }

  private static Cluster cluster(String name, String env, Connection connection, String seen) {
    return Cluster.newBuilder()
        .setName("clusters/" + name)
        .putLabels("env", env)
        .setConnection(connection)
        .setLastSeenTime(FakeHub.time(seen))
        .setAgentVersion("1.0.0")
        .setKubernetesVersion("v1.35.4")
        .putTargetsByStatus("Ready", 1)
        .build();
  }

  private static Bundle bundle(Status status) {
    return Bundle.newBuilder()
        .setName("bundles/shop")
        .setSource("fleet")
        .setStatus(status)
        .setCommit("4f1c2ab9e0")
        .putTargetsByStatus("Ready", 1)
        .build();
  }

  private static Target target(String cluster, Status status) {
    return Target.newBuilder()
        .setName("bundles/shop/targets/" + cluster)
        .setStatus(status)
        .setObservedTime(FakeHub.time("2026-11-23T11:59:50Z"))
        .setDesiredRevision("b2")
        .setAppliedRevision("b1")
        .setObjects(4)
        .setObjectsCurrent(3)
        .build();
  }
}
