package io.towline.demo;

import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.Conditions;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.Fleet;
import io.towline.testkit.FleetCluster;
import io.towline.testkit.LocalProcess;
import io.towline.testkit.NotInTime;
import io.towline.testkit.RunningProcesses;
import io.towline.testkit.Tools;
import io.towline.testkit.Workloads;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Starts a hub, a repository made of {@code examples/fleet}, and three clusters with an agent each,
 * and tells a person what to try. Runs until it is interrupted, then ends every process that it
 * started.
 */
public final class Demo {

  private static final Duration ROLLED_OUT_WITHIN = Duration.ofMinutes(3);
  private static final Duration AT_ONCE = Duration.ofSeconds(1);

  /** How a program ends that a terminal's Ctrl-C reached before this one ended it. */
  private static final int INTERRUPTED = 130;

  private static final List<String> PROGRAMS =
      List.of(
          "kustomize",
          "etcd",
          "kube-apiserver",
          "kubectl",
          "kube-controller-manager",
          "kube-scheduler",
          "kwok");

  private final PrintStream out;
  private final Progress progress;
  private final Path scratch;
  private final AtomicBoolean ending = new AtomicBoolean();
  private final List<FleetCluster> clusters = new CopyOnWriteArrayList<>();

  Demo(PrintStream out, Path scratch) {
    this.out = out;
    this.progress = new Progress(out);
    this.scratch = scratch;
  }

  /** Runs the demo; takes no arguments. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (ScratchFolder folder = ScratchFolder.take(ScratchFolder.chosen())) {
      Demo demo = new Demo(out, folder.path());
      Runtime.getRuntime().addShutdownHook(new Thread(demo::end, "end-demo"));
      out.print(demo.start().text());
      new CountDownLatch(1).await();
    } catch (CannotRun | IllegalStateException | UncheckedIOException | NotInTime e) {
      System.err.println("\nThe demo could not run: " + e.getMessage());
      System.exit(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Brings everything up and returns what to tell. */
  Guide start() {
    progress.during("control plane programs and kustomize", Demo::prepareTools);
    Fleet fleet = new Fleet(scratch);
    fleet.repository().copyFrom(ExampleFleet.files());
    fleet.repository().commit("begin with the example fleet");
    // Short, so that an unplugged cluster shows while a person watches.
    fleet.hub().with("towline.agents.heartbeat-interval", "2s");
    progress.during("hub on its embedded database", fleet::start);
    watch(fleet.hub().process());
    progress.during(
        "three clusters (API server, controllers, scheduler, fake nodes) with an agent each",
        () -> addMembers(fleet));
    progress.during("first roll-out of the repository", () -> awaitRolledOut(fleet));
    return new Guide(
        scratch,
        fleet.hub().url(),
        fleet.hub().adminToken(),
        fleet.cluster(ExampleFleet.OSAKA.name()).agent().process().pid());
  }

  private static int prepareTools() {
    PROGRAMS.forEach(Tools::path);
    return PROGRAMS.size();
  }

  private List<FleetCluster> addMembers(Fleet fleet) {
    return ExampleFleet.MEMBERS.parallelStream().map(member -> addMember(fleet, member)).toList();
  }

  private FleetCluster addMember(Fleet fleet, ExampleFleet.Member member) {
    ControlPlane controlPlane = fleet.startCluster(member.name(), Workloads.RUN);
    progress.say(member.name() + ": Kubernetes is up, its agent starts");
    FleetCluster cluster = fleet.join(controlPlane, member.labels());
    clusters.add(cluster);
    watch(cluster.agent().process());
    linkKubeconfig(cluster);
    progress.say(member.name() + " " + member.labels() + ": has joined");
    return cluster;
  }

  /** A short path to type, for somebody whose edits are not Git's. */
  private void linkKubeconfig(FleetCluster cluster) {
    try {
      Files.createSymbolicLink(
          scratch.resolve(cluster.name() + ".kubeconfig"),
          cluster.controlPlane().apiServer().kubeconfig(ApiServer.PERSON));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int awaitRolledOut(Fleet fleet) {
    int seen = 0;
    for (ExampleFleet.Member member : ExampleFleet.MEMBERS) {
      for (String path : ExampleFleet.DEPLOYMENTS) {
        fleet
            .cluster(member.name())
            .admin()
            .await(
                path,
                ROLLED_OUT_WITHIN,
                "is rolled out on " + member.name(),
                Conditions::isRolledOut);
        seen++;
      }
    }
    return seen;
  }

  private void watch(LocalProcess process) {
    process.whenEnded(
        () -> {
          if (!ending.get() && process.awaitExit(AT_ONCE) != INTERRUPTED) {
            progress.say(
                process.name()
                    + " (process "
                    + process.pid()
                    + ") has ended; see "
                    + process.log());
          }
        });
  }

  private void end() {
    ending.set(true);
    out.println("\nTaking everything down ...");
    // An unplugged agent could not hear that it is to end.
    clusters.stream()
        .map(FleetCluster::agent)
        .filter(agent -> agent.process().isAlive())
        .forEach(AgentProcess::thaw);
    RunningProcesses.endAll();
    out.println("Everything is down. The files stay in " + scratch + " until the next run.");
  }
}
