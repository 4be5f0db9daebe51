package io.towline.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.testkit.ApiServer;
import io.towline.testkit.Conditions;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.GitRepository;
import io.towline.testkit.Tools;
import io.towline.testkit.Workloads;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example fleet and what the guide does to it, on a real cluster and without Towline. */
final class ExampleFleetTest {

  private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);
  private static final String WEB = "/apis/apps/v1/namespaces/shop/deployments/web";

  @TempDir private Path scratch;
  private GitRepository fleet;

  @BeforeEach
  void copyTheExamples() {
    fleet = GitRepository.create(scratch.resolve("fleet")).copyFrom(ExampleFleet.files());
    fleet.commit("begin");
  }

  @Test
  void rollsOutAndCanBeBrokenAndHealedAsTheGuideSays() throws Exception {
    Guide guide = new Guide(scratch, URI.create("http://127.0.0.1:1"), "token", 1);
    try (ControlPlane cluster =
        ControlPlane.start("lima", scratch.resolve("lima"), Workloads.RUN)) {
      apply(cluster, "infrastructure/namespaces/namespaces.yaml");
      apply(cluster, "infrastructure/namespaces/limits.yaml");
      apply(cluster, "-n notes", "apps/notes/notes.yaml");
      applyShop(cluster);
      for (String deployment : ExampleFleet.DEPLOYMENTS) {
        awaitRolledOut(cluster, deployment);
      }

      paste(guide.thingsToTry().get(0), "perl ", "git ");
      applyShop(cluster);
      assertThat(awaitRolledOut(cluster, WEB).at("/status/availableReplicas").asInt()).isEqualTo(5);

      List<String> breaking = guide.thingsToTry().get(2).commands();
      run(breaking.get(0));
      run(breaking.get(1));
      applyShop(cluster);
      cluster
          .admin()
          .awaitAll(
              "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb",
              LONG_ENOUGH,
              "a pod of the new revision fits no node",
              pods -> pods.stream().anyMatch(ExampleFleetTest::fitsNoNode));
      assertThat(cluster.admin().get(WEB).filter(Conditions::isRolledOut)).isEmpty();

      run(breaking.getLast());
      applyShop(cluster);
      awaitRolledOut(cluster, WEB);
    }
  }

  @Test
  void knowsTheLabelsOfItsOwnClusterFiles() throws IOException {
    for (ExampleFleet.Member member : ExampleFleet.MEMBERS) {
      String file = fleet.read("clusters/" + member.name() + ".yaml");
      assertThat(file).contains("name: " + member.name());
      for (Map.Entry<String, String> label : member.labels().entrySet()) {
        assertThat(file).contains(label.getKey() + ": " + label.getValue());
      }
    }
    try (var files = Files.list(ExampleFleet.files().resolve("clusters"))) {
      assertThat(files.count()).isEqualTo(ExampleFleet.MEMBERS.size());
    }
  }

  @Test
  void thePreparationQuotesWhatAShellWouldSplit() throws Exception {
    Path folder = Files.createDirectories(scratch.resolve("it's here"));
    String quoted = Guide.quoted(folder);

    assertThat(run("printf %s " + quoted)).isEqualTo(folder.toString());
  }

  private void paste(Guide.Try thing, String... programs) throws Exception {
    for (String command : thing.commands()) {
      if (List.of(programs).stream().anyMatch(command::startsWith)) {
        run(command);
      }
    }
  }

  private void applyShop(ControlPlane cluster) throws Exception {
    run(
        Guide.quoted(Tools.path("kustomize"))
            + " build \"$RUN/fleet/apps/shop/overlays/prod\" | "
            + kubectl(cluster)
            + " apply -f -");
  }

  private void apply(ControlPlane cluster, String file) throws Exception {
    apply(cluster, "", file);
  }

  private void apply(ControlPlane cluster, String options, String file) throws Exception {
    run(kubectl(cluster) + " " + options + " apply -f \"$RUN/fleet/" + file + "\"");
  }

  private static String kubectl(ControlPlane cluster) {
    return Guide.quoted(Tools.path("kubectl"))
        + " --kubeconfig "
        + Guide.quoted(cluster.apiServer().kubeconfig(ApiServer.ADMIN));
  }

  /** Runs a command of the guide as a shell would; it has to succeed. */
  private String run(String command) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", command).redirectErrorStream(true);
    builder.environment().put("RUN", scratch.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s:%n%s", command, output).isZero();
    return output;
  }

  private static JsonNode awaitRolledOut(ControlPlane cluster, String deployment) {
    return cluster.admin().await(deployment, LONG_ENOUGH, "is rolled out", Conditions::isRolledOut);
  }

  private static boolean fitsNoNode(JsonNode pod) {
    return pod.at("/spec/nodeSelector").toString().contains("imaginary")
        && pod.at("/status/conditions").toString().contains("Unschedulable");
  }
}
