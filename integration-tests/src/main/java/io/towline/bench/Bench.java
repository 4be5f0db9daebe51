package io.towline.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.testkit.AgentProgram;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditEvent;
import io.towline.testkit.AuditLog;
import io.towline.testkit.Checkout;
import io.towline.testkit.Folders;
import io.towline.testkit.Footprint;
import io.towline.testkit.KubeClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures delivery, correction and size with bundles of 100 and 1,000 objects, and what
 * handshakes, verification and signatures cost; prints one table and writes it as JSON to {@code
 * .run/bench.json}. Takes about six minutes.
 */
public final class Bench {
  private static final int[] SIZES = {100, 1000};
  private static final int ONE_CHANGES = 9;
  private static final int ALL_CHANGES = 3;
  private static final int DRIFTS = 50;
  private static final int STARTS = 5;
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);
  private static final double MIB = 1024 * 1024;

  private final AgentProgram agent = AgentProgram.named(System.getenv());
  private final List<Row> rows = new ArrayList<>();
  private String kubernetes = "not run";

  private Bench() {}

  /** What can be measured by itself. */
  private enum Part {
    DELIVERY,
    HANDSHAKES,
    VERIFICATION,
    SIGNATURES
  }

  /** Runs the parts that the arguments name, in small letters; all of them if there is none. */
  public static void main(String[] arguments) throws IOException {
    Set<Part> parts = EnumSet.noneOf(Part.class);
    for (String argument : arguments) {
      parts.add(Part.valueOf(argument.toUpperCase(Locale.ROOT)));
    }
    Bench bench = new Bench();
    Path scratch = Files.createTempDirectory("towline-bench");
    try {
      for (Part part : parts.isEmpty() ? EnumSet.allOf(Part.class) : parts) {
        System.err.printf("measuring %s …%n", part.name().toLowerCase(Locale.ROOT));
        Path directory = scratch.resolve(part.name());
        switch (part) {
          case DELIVERY -> bench.deliver(directory);
          case HANDSHAKES -> bench.rows.addAll(Handshakes.measure(directory));
          case VERIFICATION -> bench.rows.addAll(Verification.measure(directory));
          case SIGNATURES -> bench.rows.addAll(SignRate.measure());
        }
      }
      bench.print();
    } finally {
      Folders.delete(scratch);
    }
  }

  private void deliver(Path directory) throws IOException {
    agentRow(3, "size on disk", 0, agent.bytes() / 1e6, 58, "MB");
    for (int size : SIZES) {
      System.err.printf("  with %,d objects …%n", size);
      try (BenchFleet fleet = new BenchFleet(directory.resolve("n" + size), size)) {
        measure(fleet, size);
      }
    }
  }

  private void measure(BenchFleet fleet, int size) {
    kubernetes = fleet.kubernetesVersion();
    memory(1, fleet, size, "idle, before its first bundle", 54);
    firstSync(fleet, size);
    idle(fleet, size);
    oneChange(fleet, size);
    allChange(fleet, size);
    drift(fleet, size);
    oneChangeOfAKustomization(fleet, size);
    memory(2, fleet, size, "after", 66);
    agentRow(2, "RSS, peak", size, fleet.agent.footprint().peakBytes() / MIB, 80, "MiB");
    start(fleet, size);
    memory(1, fleet, size, "idle, started with its bundle", 54);
  }

  /** From the start of the process, with the state that it left, until it serves. */
  private void start(BenchFleet fleet, int size) {
    Sample seconds = new Sample();
    for (int i = 0; i < STARTS; i++) {
      fleet.agent.stop();
      Instant began = Instant.now();
      fleet.agent.start();
      fleet.awaitStream(LONG_ENOUGH);
      seconds.add(seconds(began, Instant.now()));
    }
    agentRow(4, "start to ready and stream open, p50", size, seconds.median(), 0.3, "s");
  }

  private void firstSync(BenchFleet fleet, int size) {
    AuditLog.Mark before = fleet.audit().mark();
    fleet.writeBundle().push("first");
    awaitWrites(fleet, before, size);
    fleet.awaitReady();
    long requests = requests(fleet, before);
    rows.add(
        Row.of(
            8,
            "API requests, first sync, beyond one an object",
            size,
            (double) (requests - size),
            15,
            ""));
  }

  private void idle(BenchFleet fleet, int size) {
    AuditLog.Mark before = fleet.audit().mark();
    // The one place where waiting is the measurement.
    LockSupport.parkNanos(IDLE.toNanos());
    rows.add(
        Row.of(8, "API requests, idle, a minute", size, (double) requests(fleet, before), 1, ""));
  }

  private void oneChange(BenchFleet fleet, int size) {
    Sample seconds = new Sample();
    Sample requests = new Sample();
    Sample bytes = new Sample();
    Footprint cpuBefore = fleet.agent.footprint();
    for (int i = 0; i < ONE_CHANGES; i++) {
      AuditLog.Mark before = fleet.audit().mark();
      long bytesBefore = fleet.relay.bytesToAgent();
      seconds.add(changeOne(fleet, i));
      requests.add((double) requests(fleet, before));
      bytes.add((double) (fleet.relay.bytesToAgent() - bytesBefore));
    }
    Duration cpu = fleet.agent.footprint().cpu().minus(cpuBefore.cpu());
    rows.add(Row.of(5, "push to applied, one changed, p50", size, seconds.median(), 0.6, "s"));
    rows.add(
        Row.of(7, "agent CPU, one changed", size, cpu.toMillis() / 1000.0 / ONE_CHANGES, 0.2, "s"));
    rows.add(Row.of(8, "API requests, one changed, p50", size, requests.median(), 2, ""));
    rows.add(
        Row.of(10, "bytes hub to agent, one changed, p50", size, bytes.median() / 1024, 4, "KiB"));
  }

  /**
   * Seconds from the push of one object's change until it is applied; returns when all is Ready.
   */
  private static double changeOne(BenchFleet fleet, int object) {
    fleet.writeOne(object);
    AuditLog.Mark before = fleet.audit().mark();
    Instant pushed = fleet.push("change one");
    String changed = BenchFleet.name(object);
    AuditEvent applied =
        fleet
            .audit()
            .await(before, LONG_ENOUGH, "the change is applied", e -> isAgentWrite(e, changed));
    fleet.awaitReady();
    return seconds(pushed, applied.answered());
  }

  private void oneChangeOfAKustomization(BenchFleet fleet, int size) {
    fleet.writeKustomization();
    changeOne(fleet, 0);
    Sample seconds = new Sample();
    for (int i = 1; i <= ONE_CHANGES; i++) {
      seconds.add(changeOne(fleet, i));
    }
    rows.add(
        Row.of(
            5, "push to applied, one changed, kustomize, p50", size, seconds.median(), 1.5, "s"));
  }

  private void allChange(BenchFleet fleet, int size) {
    Sample seconds = new Sample();
    for (int i = 0; i < ALL_CHANGES; i++) {
      fleet.writeAll();
      AuditLog.Mark before = fleet.audit().mark();
      Instant pushed = fleet.push("change all");
      seconds.add(seconds(pushed, awaitWrites(fleet, before, size)));
      fleet.awaitReady();
    }
    double gate = size <= 100 ? 0.9 : 4;
    rows.add(Row.of(6, "push to applied, all changed, p50", size, seconds.median(), gate, "s"));
  }

  private void drift(BenchFleet fleet, int size) {
    Sample edits = new Sample();
    Sample deletes = new Sample();
    for (int i = 0; i < DRIFTS; i++) {
      int object = i;
      edits.add(
          restored(
              fleet,
              object,
              () ->
                  fleet
                      .cluster
                      .person()
                      .patch(
                          BenchFleet.path(object) + "?fieldManager=bench",
                          KubeClient.MERGE_PATCH,
                          Map.of("data", Map.of("random", "edited")))));
      int other = DRIFTS + i;
      deletes.add(
          restored(fleet, other, () -> fleet.cluster.person().delete(BenchFleet.path(other))));
    }
    rows.add(Row.of(9, "edit to restored, p50", size, edits.median() * 1000, 50, "ms"));
    rows.add(Row.of(9, "edit to restored, p99", size, edits.percentile(99) * 1000, 500, "ms"));
    rows.add(Row.of(9, "delete to restored, p50", size, deletes.median() * 1000, 50, "ms"));
    rows.add(Row.of(9, "delete to restored, p99", size, deletes.percentile(99) * 1000, 500, "ms"));
  }

  /** Seconds from the answer to the person's write until the answer to the agent's. */
  private static double restored(BenchFleet fleet, int object, Runnable change) {
    AuditLog.Mark before = fleet.audit().mark();
    change.run();
    String name = BenchFleet.name(object);
    AuditEvent broken =
        fleet
            .audit()
            .await(
                before,
                LONG_ENOUGH,
                "the person's write is on record",
                e -> e.user().equals(ApiServer.PERSON) && e.isWrite() && e.name().equals(name));
    AuditEvent mended =
        fleet
            .audit()
            .await(
                before,
                LONG_ENOUGH,
                name + " is restored",
                e -> isAgentWrite(e, name) && e.answered().isAfter(broken.received()));
    return seconds(broken.answered(), mended.answered());
  }

  private void memory(int row, BenchFleet fleet, int size, String when, double gate) {
    double resident = fleet.agent.footprint().residentBytes() / MIB;
    agentRow(row, "RSS, " + when, size, resident, gate, "MiB");
  }

  /** The gates of the agent's size and start are those of a native one. */
  private void agentRow(
      int number, String what, int size, double value, double nativeGate, String unit) {
    double gate =
        switch (agent) {
          case AgentProgram.NativeAgent program -> nativeGate;
          case AgentProgram.JvmAgent jar -> Double.NaN;
        };
    rows.add(Row.of(number, "agent " + agent + ": " + what, size, value, gate, unit));
  }

  private static boolean isAgentWrite(AuditEvent event, String name) {
    return event.user().equals(ApiServer.AGENT)
        && event.isWrite()
        && event.granted()
        && event.name().equals(name);
  }

  private static long requests(BenchFleet fleet, AuditLog.Mark since) {
    return fleet.audit().since(since).stream()
        .filter(e -> e.user().equals(ApiServer.AGENT))
        .count();
  }

  /** Waits until every object was written since a mark and says when the last one was. */
  private static Instant awaitWrites(BenchFleet fleet, AuditLog.Mark since, int size) {
    Set<String> written = new HashSet<>();
    return fleet
        .audit()
        .await(
            since,
            LONG_ENOUGH,
            "all " + size + " objects are applied",
            e ->
                e.namespace().equals(BenchFleet.BUNDLE)
                    && isAgentWrite(e, e.name())
                    && written.add(e.name())
                    && written.size() == size)
        .answered();
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e9;
  }

  private void print() throws IOException {
    String load = Files.readString(Path.of("/proc/loadavg")).strip();
    System.out.printf(
        "Java %s, Kubernetes %s, agent %s, %d processors, load %s%n%n",
        Runtime.version(), kubernetes, agent, Runtime.getRuntime().availableProcessors(), load);
    System.out.printf(
        "%-4s %-60s %7s %10s %8s %s%n", "row", "what", "objects", "measured", "gate", "");
    ObjectMapper json = new ObjectMapper();
    ObjectNode report = json.createObjectNode();
    report.put("java", Runtime.version().toString());
    report.put("processors", Runtime.getRuntime().availableProcessors());
    report.put("loadAverage", load);
    report.put("kubernetes", kubernetes);
    report.put("agent", agent.toString());
    for (Row row : rows) {
      boolean gated = !Double.isNaN(row.gate());
      System.out.printf(
          Locale.ROOT,
          "%-4d %-60s %,7d %10.3f %8s %s%n",
          row.number(),
          row.what(),
          row.objects(),
          row.value(),
          gated ? String.format(Locale.ROOT, "%.1f", row.gate()) : "",
          row.unit() + (gated && row.value() > row.gate() ? "  over" : ""));
      ObjectNode entry = report.withArray("rows").addObject();
      entry.put("row", row.number()).put("what", row.what()).put("objects", row.objects());
      entry.put("value", row.value()).put("unit", row.unit());
      if (gated) {
        entry.put("gate", row.gate());
      }
    }
    Path file = Checkout.root().resolve(".run/bench.json");
    Files.createDirectories(file.getParent());
    json.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), report);
    System.out.printf("%nwritten to %s%n", file);
  }
}
