package io.towline.hub.cli;

import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Connection;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * Goes through what most commands do, to nowhere, so that the archive of classes that this run
 * leaves serves them all: the JVM archives what the run that writes it has loaded, and no more.
 */
final class Rehearsal {
  /** Discard: nobody listens there, so that the call fails at once. */
  private static final String NOBODY = "http://127.0.0.1:9";

  private Rehearsal() {}

  static void run() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(nowhere, nowhere, Map.of(), false, InstantSource.system());
    Cluster cluster =
        Cluster.newBuilder()
            .setName("clusters/none")
            .setConnection(Connection.CONNECTION_PENDING)
            .build();
    Printer printer = new Printer(terminal);
    printer.list(Kind.CLUSTER, List.of(cluster), Output.table, true);
    printer.list(Kind.CLUSTER, List.of(cluster), Output.json, true);
    Main.run(terminal, "status", "--hub", NOBODY, "--token", "none");
  }
}
