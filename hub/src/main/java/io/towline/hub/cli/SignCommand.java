package io.towline.hub.cli;

import com.google.protobuf.ByteString;
import io.towline.envelope.VerificationException;
import io.towline.fleet.v1.AddSignatureRequest;
import io.towline.fleet.v1.AddSignatureResponse;
import io.towline.fleet.v1.GetPendingEnvelopeRequest;
import io.towline.fleet.v1.ListPendingEnvelopesRequest;
import io.towline.fleet.v1.PendingEnvelope;
import io.towline.hub.sign.OfflineKey;
import io.towline.vocabulary.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Adds a person's or a build's signature to envelopes that wait for one. What is signed is what was
 * checked here, byte for byte; the hub is not believed.
 */
@Command(
    name = "sign",
    description =
        "Check envelopes that wait for a signature, show what they change, and sign them.",
    footer = {
      "",
      "  towline sign                                  # which ones wait",
      "  towline sign store-0107 --key ci.key",
      "  towline sign --all --key ci.key --yes --root-sha256 9f86d0…",
      "",
      "Exit code 8 for an envelope that is not as it has to be: nothing of it is signed."
    })
final class SignCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "CLUSTER", arity = "0..*", description = "Whose envelopes.")
  private List<String> clusters = List.of();

  @Option(names = "--all", description = "Every envelope that waits.")
  private boolean all;

  @Option(names = "--key", paramLabel = "FILE", description = "The private key.")
  private Optional<Path> key = Optional.empty();

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Mixin private Trusted trusted = new Trusted();

  SignCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    try (Hub hub = cli.openHub()) {
      List<PendingEnvelope> waiting =
          hub.ask()
              .listPendingEnvelopes(ListPendingEnvelopesRequest.getDefaultInstance())
              .getEnvelopesList();
      if (clusters.isEmpty() && !all) {
        list(waiting);
        return ExitCode.DONE;
      }
      OfflineKey signer =
          new TrustFiles(cli.terminal())
              .key(
                  key.orElseThrow(
                      () -> CliException.usage("There is no key to sign with", "give --key FILE")));
      List<String> meant = new ArrayList<>(clusters);
      if (all) {
        waiting.forEach(envelope -> meant.add(name(envelope)));
      }
      int signed = 0;
      for (String cluster : meant) {
        signed += sign(hub, cluster, signer) ? 1 : 0;
      }
      if (signed == meant.size()) {
        return ExitCode.DONE;
      }
      return signed == 0 ? ExitCode.NO : ExitCode.PARTLY;
    }
  }

  private void list(List<PendingEnvelope> waiting) {
    if (waiting.isEmpty()) {
      cli.terminal().say("No envelope waits for a signature.");
      return;
    }
    List<Column<PendingEnvelope>> columns =
        List.of(
            Column.of("CLUSTER", envelope -> Cell.of(name(envelope))),
            Column.of("SEQUENCE", envelope -> Cell.of(envelope.getSequence())),
            Column.of("ROLE", envelope -> Cell.of(envelope.getRole())),
            Column.of(
                "SIGNED",
                envelope ->
                    Cell.of(envelope.getSignedByCount() + " of " + envelope.getThreshold())),
            Column.of("SHA256", envelope -> Cell.of(Views.hash(envelope.getPayloadSha256()))));
    new Table<>(columns, cli.terminal())
        .lines(waiting, true)
        .forEach(cli.terminal().out()::println);
    cli.terminal().out().flush();
  }

  private boolean sign(Hub hub, String cluster, OfflineKey signer) {
    PendingEnvelope given =
        hub.ask()
            .getPendingEnvelope(
                GetPendingEnvelopeRequest.newBuilder().setName("clusters/" + cluster).build());
    PendingCheck checked;
    try {
      checked =
          PendingCheck.of(given, trusted.root(roots(given), cli.terminal()), cli.terminal().now());
    } catch (VerificationException e) {
      throw CliException.notVerified("The envelope of " + cluster + " is not signed", e);
    }
    if (!checked.clusterName().equals(cluster)) {
      throw new CliException(
          ExitCode.NOT_VERIFIED,
          "The envelope of " + cluster + " is not signed",
          Reason.WRONG_CLUSTER,
          "the envelope is for cluster " + checked.clusterName());
    }
    checked.lines().forEach(cli.terminal()::say);
    if (!checked.asks(signer.key().id())) {
      throw new CliException(
          ExitCode.PRECONDITION,
          "The envelope of " + cluster + " does not ask for this key",
          "",
          "role " + given.getRole() + " of the root does not name it, or it has signed already",
          "towline root show");
    }
    if (!yes
        && !new TrustFiles(cli.terminal()).confirmed("Sign the envelope of " + cluster + "?")) {
      cli.terminal().say("not signed: " + cluster);
      return false;
    }
    byte[] signature = signer.sign(checked.dsse()).bytes().orElseThrow();
    AddSignatureResponse answer =
        hub.ask()
            .addSignature(
                AddSignatureRequest.newBuilder()
                    .setName("clusters/" + cluster)
                    .setPayloadSha256(checked.dsse().digest().hex())
                    .setKeyId(signer.key().id())
                    .setSignature(ByteString.copyFrom(signature))
                    .build());
    cli.terminal()
        .say(
            cli.terminal().sign("✔ ", "ok ")
                + "signed "
                + cluster
                + ": "
                + answer.getSignedByCount()
                + " of "
                + answer.getThreshold()
                + (answer.getPublished() ? ", published" : ", it still waits"));
    return true;
  }

  private static List<byte[]> roots(PendingEnvelope given) {
    return given.getRootsList().stream().map(ByteString::toByteArray).toList();
  }

  private static String name(PendingEnvelope envelope) {
    return envelope.getCluster().replaceFirst("^clusters/", "");
  }
}
