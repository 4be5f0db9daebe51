package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.hub.resolve.Problem;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the real kustomize; skipped where there is none. */
class KustomizeRenderTest {
  @TempDir static Path temporary = Path.of("");

  private static Optional<Path> kustomize = Optional.empty();

  private Path scratch = temporary.resolve("scratch");
  private Renderer renderer = renderer(Map.of());

  @BeforeAll
  static void findKustomize() {
    kustomize = Programs.find("kustomize");
    assumeTrue(
        kustomize.isPresent(),
        "no kustomize on PATH or in the tools cache: integration-tests/tools/prepare kustomize");
  }

  @Test
  void buildsAnOverlayWithTheRealProgram() {
    RenderedBundle bundle = render(shop(), "overlays/prod");

    assertThat(bundle.tools()).singleElement().asString().matches("kustomize v5\\..*");
    assertThat(bundle.manifest().objects())
        .extracting(ManifestEntry::ref)
        .containsExactly(
            new ObjectRef("apps/v1", "Deployment", "shop", "prod-web"),
            new ObjectRef("v1", "ConfigMap", "shop", settingsName(bundle)),
            new ObjectRef("v1", "Namespace", "", "space"));
    assertThat(RenderBench.json(bundle, bundle.manifest().objects().getFirst()))
        .contains("\"replicas\":3")
        .contains("\"name\":\"" + settingsName(bundle) + "\"");
    assertThat(scratch).isEmptyDirectory();
  }

  @Test
  void givesTheSameBytesWheneverAndWhereverItRuns() {
    Renderer elsewhere =
        new Renderer(
            config(Map.of()), temporary.resolve("quite/another/place"), Programs.searchPath());

    RenderedBundle one = render(shop(), "overlays/prod");
    RenderedBundle two =
        elsewhere.render(shop(), RenderBench.kustomize("overlays/prod"), Policy.defaults());

    assertThat(two.manifest().bytes()).isEqualTo(one.manifest().bytes());
    assertThat(two.objects().keySet()).isEqualTo(one.objects().keySet());
  }

  @Test
  void keysChangeWithEveryFileThatTheBuildReadsAndWithNoOther() {
    MemoryTree tree = shop();
    Digest key = key(tree);

    Digest withOtherFile = key(shop().put("overlays/prod/unused.yaml", "x: y\n"));
    Digest withOtherBase = key(shop().put("base/deployment.yaml", "x: y\n"));
    Digest withOtherValue = key(shop().put("overlays/prod/app.properties", "a=2\n"));

    assertThat(withOtherFile).isEqualTo(key);
    assertThat(List.of(key, withOtherBase, withOtherValue)).doesNotHaveDuplicates();
  }

  @Test
  void refusesARemoteBaseBeforeAnythingDials() throws IOException {
    AtomicInteger requests = new AtomicInteger();
    HttpServer server = canary(requests);
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      MemoryTree tree =
          MemoryTree.of("app/kustomization.yaml", "resources:\n- " + url + "/base.yaml\n");

      Problem problem = refusal(tree, "app");

      assertThat(problem.reason()).isEqualTo(Reason.RENDER_REFUSED);
      assertThat(problem.place()).isEqualTo("app/kustomization.yaml:2:3");
      assertThat(requests).hasValue(0);
    } finally {
      server.stop(0);
    }
  }

  /** The second wall: what if the scan had not seen it? */
  @Test
  void hasNoNetworkEvenWhereTheScanIsPassedBy() throws Exception {
    Confinement confinement = Confinement.probe(Programs.searchPath());
    assumeTrue(confinement.unshare().isPresent(), "this machine lets nobody make namespaces");
    AtomicInteger requests = new AtomicInteger();
    HttpServer server = canary(requests);
    try {
      Path directory = Files.createDirectories(temporary.resolve("remote"));
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      Files.writeString(
          directory.resolve("kustomization.yaml"), "resources:\n- " + url + "/base.yaml\n");
      ConfinedProcess process = new ConfinedProcess(confinement, LimitsForTests.USUAL);

      ConfinedProcess.Outcome outcome =
          process.run(List.of(program(), "build", "."), directory, Map.of());

      assertThat(outcome)
          .isInstanceOfSatisfying(
              ConfinedProcess.Outcome.Ended.class, e -> assertThat(e.status()).isEqualTo(1));
      assertThat(requests).hasValue(0);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void runsNoPluginAndNoProgramOfTheCommit() {
    Path canary = temporary.resolve("canary");
    MemoryTree tree =
        MemoryTree.of(
                "app/kustomization.yaml",
                "generators:\n- exec.yaml\n",
                "app/exec.yaml",
                """
                apiVersion: example.com/v1
                kind: Toucher
                metadata:
                  name: touch
                  annotations:
                    config.kubernetes.io/function: |
                      exec: {path: ./touch.sh}
                """)
            .executable("app/touch.sh", "#!/bin/sh\ntouch " + canary + "\n");

    Problem problem = refusal(tree, "app");

    assertThat(problem.reason()).isEqualTo(Reason.RENDER_REFUSED);
    assertThat(problem.place()).isEqualTo("app/kustomization.yaml:2:3");
    assertThat(canary).doesNotExist();
  }

  @Test
  void readsNoFileOfTheMachine() {
    for (String path : new String[] {"/etc/passwd", "../../../../../../etc/passwd"}) {
      MemoryTree tree =
          MemoryTree.of(
              "app/kustomization.yaml", "secretGenerator:\n- name: a\n  files: [" + path + "]\n");

      Problem problem = refusal(tree, "app");

      assertThat(problem.reason()).isEqualTo(Reason.RENDER_REFUSED);
      assertThat(problem.place()).isEqualTo("app/kustomization.yaml:3:11");
    }
    MemoryTree linked =
        MemoryTree.of("app/kustomization.yaml", "secretGenerator:\n- name: a\n  files: [p]\n")
            .symlink("app/p", "/etc/passwd");
    assertThat(refusal(linked, "app").message()).contains("symbolic link");
  }

  @Test
  void tellsWhatKustomizeSaysWithoutTheScratchDirectory() {
    MemoryTree tree =
        MemoryTree.of(
            "app/kustomization.yaml",
            """
            resources: [a.yaml]
            patches:
            - path: p.yaml
            """,
            "app/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
            "app/p.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: another}\n");

    Problem problem = refusal(tree, "app");

    assertThat(problem.reason()).isEqualTo(Reason.BUILD_FAILED);
    assertThat(problem.message()).contains("no matches for").contains("another");
    assertThat(problem.message()).doesNotContain(scratch.toString()).doesNotContain("render-");
    assertThat(problem.message()).hasSizeLessThan(450);
  }

  @Test
  void showsNoSecretThatKustomizeQuotes() {
    MemoryTree tree =
        MemoryTree.of(
            "app/kustomization.yaml",
            "secretGenerator:\n- name: a\n  literals: [canary-5up3r-s3cret]\n");

    RenderException failure = RenderBench.failure(renderer, tree, RenderBench.kustomize("app"));

    assertThat(failure.reason()).isEqualTo(Reason.BUILD_FAILED);
    assertThat(failure.problems().toString()).doesNotContain("canary");
    assertThat(failure).hasMessageNotContaining("canary");
  }

  @Test
  void checksWhatComesOutAsItChecksPlainYaml() {
    MemoryTree tree =
        MemoryTree.of(
            "app/kustomization.yaml", "resources: [a.yaml]\n",
            "app/a.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: a, namespace: b}\n");

    Problem problem = refusal(tree, "app");

    assertThat(problem.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(problem.file()).isEqualTo("app/kustomization.yaml");
    assertThat(problem.message()).contains("Node a, metadata.namespace: ");
  }

  @Test
  void stopsABuildThatWritesTooMuch() {
    Renderer small = renderer(Map.of("towline.render.output", "1K"));
    MemoryTree tree = shop().put("overlays/prod/app.properties", "a=" + "x".repeat(5_000));

    Problem problem = refusal(small, tree, "overlays/prod");

    assertThat(problem.reason()).isEqualTo(Reason.RENDER_LIMIT_EXCEEDED);
    assertThat(problem.message()).contains("1024 bytes of output");
    assertThat(scratch).isEmptyDirectory();
  }

  @Test
  void saysWhatToDoWithoutKustomize() {
    Renderer without = new Renderer(config(Map.of()), scratch, List.of());
    Renderer wrong =
        new Renderer(
            RenderBench.config(Map.of("towline.render.kustomize", "/nonexistent/kustomize")),
            scratch,
            Programs.searchPath());
    Renderer none = new Renderer(RenderBench.config(Map.of()), scratch, List.of());

    assertThat(render(without, shop(), "overlays/prod").tools()).isNotEmpty();
    for (Renderer each : List.of(wrong, none)) {
      Problem problem = refusal(each, shop(), "overlays/prod");
      assertThat(problem.reason()).isEqualTo(Reason.RENDERER_MISSING);
      assertThat(problem.message()).contains("set towline.render.kustomize");
    }
  }

  @Test
  void sweepsWhatAKilledHubLeftBehind() throws IOException {
    Path left = Files.createDirectories(scratch.resolve("render-123/source"));
    Files.writeString(left.resolve("a.yaml"), "x");

    Renderer after = renderer(Map.of());

    assertThat(scratch).isEmptyDirectory();
    assertThat(after.confinement()).isNotEmpty();
  }

  @Test
  void rendersTheRealPodinfo() throws IOException {
    Optional<Path> inputs = Programs.sharedInputs();
    assumeTrue(inputs.isPresent(), "TOWLINE_SHARED names no folder with real inputs");
    MemoryTree tree = new MemoryTree();
    try (Stream<Path> files = Files.list(inputs.get().resolve("podinfo"))) {
      for (Path file : files.toList()) {
        tree.put("podinfo/" + file.getFileName(), Files.readAllBytes(file));
      }
    }

    RenderedBundle bundle = render(tree, "podinfo");

    assertThat(bundle.manifest().objects())
        .extracting(entry -> entry.ref().kind() + " " + entry.ref().namespace())
        .containsExactly("Deployment shop", "HorizontalPodAutoscaler shop", "Service shop");
  }

  /** An overlay with a base, a generator, a patch and a name prefix. */
  private static MemoryTree shop() {
    return MemoryTree.of(
        "base/kustomization.yaml",
        "resources: [deployment.yaml, namespace.yaml]\n",
        "base/namespace.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: space}\n",
        "base/deployment.yaml",
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 1
          template:
            spec:
              containers:
              - name: web
                image: example.com/web
                envFrom: [{configMapRef: {name: settings}}]
        """,
        "overlays/prod/kustomization.yaml",
        """
        namePrefix: prod-
        resources: [../../base]
        replicas: [{name: web, count: 3}]
        configMapGenerator: [{name: settings, files: [app.properties]}]
        """,
        "overlays/prod/app.properties",
        "a=1\n");
  }

  private static String settingsName(RenderedBundle bundle) {
    return bundle.manifest().objects().stream()
        .map(entry -> entry.ref().name())
        .filter(name -> name.startsWith("prod-settings-"))
        .findFirst()
        .orElseThrow();
  }

  private static HttpServer canary(AtomicInteger requests) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          exchange.sendResponseHeaders(404, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private Digest key(MemoryTree tree) {
    return renderer.inputKey(tree, RenderBench.kustomize("overlays/prod"), Policy.defaults());
  }

  private RenderedBundle render(MemoryTree tree, String directory) {
    return render(renderer, tree, directory);
  }

  private static RenderedBundle render(Renderer renderer, MemoryTree tree, String directory) {
    return renderer.render(tree, RenderBench.kustomize(directory), Policy.defaults());
  }

  private Problem refusal(MemoryTree tree, String directory) {
    return refusal(renderer, tree, directory);
  }

  private static Problem refusal(Renderer renderer, MemoryTree tree, String directory) {
    return RenderBench.failure(renderer, tree, RenderBench.kustomize(directory))
        .problems()
        .getFirst();
  }

  private Renderer renderer(Map<String, String> settings) {
    return new Renderer(config(settings), scratch, Programs.searchPath());
  }

  private static RenderConfig config(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    kustomize.ifPresent(path -> all.put("towline.render.kustomize", path.toString()));
    return RenderBench.config(all);
  }

  private static String program() {
    return kustomize.orElseThrow().toString();
  }
}
