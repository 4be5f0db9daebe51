package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.Statement;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks an envelope as an agent does: the newest of a cluster, or an exported one in files. */
@Command(
    name = "verify",
    description = "Check a cluster's envelope, or an exported one, as its agent does.",
    footer = {
      "",
      "  towline verify store-0107",
      "  towline verify ./export --root-sha256 9f86d0…",
      "  towline verify podinfo@store-0107"
    })
final class VerifyCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(
      paramLabel = "CLUSTER|TARGET|DIR|TAR",
      description = "What the hub has for a cluster or target, or what was exported.")
  private String subject = "";

  @Mixin private Trusted trusted = new Trusted();

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "The time to check for, as 2026-11-23T09:00:00Z; default now.")
  private String at = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, json or yaml.")
  private Output output = Output.table;

  VerifyCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    Instant time = time();
    Path path = Path.of(subject);
    try {
      Evidence evidence;
      if (Files.isDirectory(path)) {
        evidence = Evidence.ofDirectory(path);
      } else if (Files.isRegularFile(path)) {
        evidence = Evidence.ofTar(path);
      } else {
        try (Hub hub = cli.openHub()) {
          evidence = Evidence.ofHub(hub, cluster());
        }
      }
      print(check(evidence, time), time);
    } catch (VerificationException e) {
      throw CliException.notVerified("The envelope of " + subject + " is refused", e);
    }
    return ExitCode.DONE;
  }

  /** Of a target its cluster: an envelope is signed whole. */
  private String cluster() {
    return subject.contains("@") ? TargetName.parse(subject).cluster() : subject;
  }

  private VerifiedEnvelope check(Evidence evidence, Instant time) {
    return evidence.verified(trusted.root(evidence.roots(), cli.terminal()), Optional.of(time));
  }

  private Instant time() {
    if (at.isEmpty()) {
      return cli.terminal().now();
    }
    try {
      return Instant.parse(at);
    } catch (DateTimeException e) {
      throw CliException.usage(at + " is not a time", "write it as 2026-11-23T09:00:00Z");
    }
  }

  private void print(VerifiedEnvelope envelope, Instant time) {
    Statement statement = envelope.statement();
    if (output == Output.json || output == Output.yaml) {
      ObjectNode json = Printer.document("Verification").put("verified", true);
      json.put("cluster", statement.clusterName()).put("clusterId", statement.cluster().toString());
      json.put("fleet", statement.fleet().toString());
      json.put("epoch", statement.epoch()).put("sequence", statement.sequence());
      json.put("payloadSha256", envelope.position().payload().hex());
      json.put("expiresAt", statement.expiresAt().toString()).put("checkedAt", time.toString());
      ArrayNode bundles = json.putArray("bundles");
      envelope.bundles().forEach(bundle -> describe(bundle, bundles.addObject()));
      cli.printer().tree(json, output);
      return;
    }
    Terminal terminal = cli.terminal();
    terminal
        .out()
        .println(
            terminal.paint(Terminal.Color.GREEN, terminal.sign("✔ ", "ok "))
                + "verified for cluster "
                + statement.clusterName()
                + " ("
                + statement.cluster()
                + ")");
    List<Column<String[]>> columns =
        List.of(Column.of("", pair -> Cell.of(pair[0])), Column.of("", pair -> Cell.of(pair[1])));
    List<String[]> pairs =
        List.of(
            new String[] {"Fleet", statement.fleet().toString()},
            new String[] {"Envelope", "sha256:" + envelope.position().payload()},
            new String[] {"Sequence", statement.sequence() + " of epoch " + statement.epoch()},
            new String[] {"Issued", statement.issuedAt().toString()},
            new String[] {"Expires", statement.expiresAt().toString()});
    new Table<>(columns, terminal).lines(pairs, false).forEach(terminal.out()::println);
    List<Column<VerifiedBundle>> bundles =
        List.of(
            Column.of("BUNDLE", bundle -> Cell.of(bundle.name())),
            Column.of("OBJECTS", bundle -> Cell.of(bundle.manifest().objects().size())),
            Column.of("COMMIT", bundle -> Cell.of(Views.hash(bundle.entry().source().commit()))),
            Column.of("MANIFEST", bundle -> Cell.of(bundle.entry().manifest().shortHex())));
    new Table<>(bundles, terminal).lines(envelope.bundles(), true).forEach(terminal.out()::println);
  }

  private static void describe(VerifiedBundle bundle, ObjectNode json) {
    json.put("name", bundle.name())
        .put("revision", bundle.entry().revision())
        .put("commit", bundle.entry().source().commit())
        .put("manifestSha256", bundle.entry().manifest().hex())
        .put("objects", bundle.manifest().objects().size());
  }
}
