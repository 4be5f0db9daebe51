package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.Floor;
import io.towline.envelope.RootChain;
import io.towline.envelope.Statement;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.vocabulary.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks an envelope as an agent does: the newest of a cluster, or an exported one in files. */
@Command(
    name = "verify",
    description = "Check a cluster's envelope, or an exported one, as its agent does.",
    footer = {"", "  towline verify store-0107", "  towline verify ./export --root-sha256 9f86d0…"})
final class VerifyCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "CLUSTER|DIR", description = "A cluster, or a directory.")
  private String subject = "";

  @Option(
      names = "--root-sha256",
      paramLabel = "HEX",
      description = "The digest of root 1 that is trusted; without it the root given is believed.")
  private String pin = "";

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
    Path directory = Path.of(subject);
    try {
      Evidence evidence;
      if (Files.isDirectory(directory)) {
        evidence = Evidence.ofDirectory(directory);
      } else {
        try (Hub hub = cli.openHub()) {
          evidence = Evidence.ofHub(hub, subject);
        }
      }
      print(check(evidence, time), time);
    } catch (VerificationException e) {
      throw new CliException(
          ExitCode.NOT_VERIFIED,
          "The envelope of " + subject + " is refused",
          e.reason(),
          String.valueOf(e.getMessage()));
    }
    return ExitCode.DONE;
  }

  private VerifiedEnvelope check(Evidence evidence, Instant time) {
    TrustedRoot root = trust(evidence.roots());
    // Whom it says it is for; whether a key that may say so has signed it is checked below.
    Statement claimed = Statement.parse(Dsse.parse(evidence.dsse()).payload());
    EnvelopeVerifier verifier = new EnvelopeVerifier(root.document().fleet(), claimed.cluster());
    return verifier.verifyBodies(
        verifier.verify(evidence.dsse(), root, Floor.none(), time), evidence.bodies());
  }

  private TrustedRoot trust(List<byte[]> roots) {
    if (roots.isEmpty()) {
      throw new CliException(
          ExitCode.NOT_VERIFIED,
          "There is no root to check with",
          Reason.ROOT_INVALID,
          "no root document was given");
    }
    Digest trusted;
    if (pin.isEmpty()) {
      cli.terminal()
          .say("The root is believed as given: compare its digest, or pass --root-sha256.");
      trusted = Dsse.parse(roots.getFirst()).digest();
    } else {
      trusted = Digest.parse(pin);
    }
    TrustedRoot root = RootChain.pinned(roots.getFirst(), trusted);
    List<TrustedRoot> later = RootChain.follow(root, roots.subList(1, roots.size()));
    return later.isEmpty() ? root : later.getLast();
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
