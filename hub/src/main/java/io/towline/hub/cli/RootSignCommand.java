package io.towline.hub.cli;

import io.towline.envelope.RootDocument;
import io.towline.envelope.Signers;
import io.towline.hub.sign.OfflineKey;
import io.towline.hub.sign.RootChanges;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.sign.SignException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds one signature to a root, after showing what it changes. */
@Command(
    name = "sign",
    description = "Show what a root changes, and add a signature to it.",
    footer = {
      "",
      "  towline root sign next.json --key root-a.key --from 3.root.dsse.json",
      "",
      "Version 1 changes nothing; for every other one the root before it is needed: --from FILE, or",
      "else the hub's newest."
    })
final class RootSignCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "DRAFT", description = "The file; the signature is added to it.")
  private Path file = Path.of("");

  @Option(names = "--key", paramLabel = "FILE", required = true, description = "The private key.")
  private Path key = Path.of("");

  @Option(names = "--from", paramLabel = "FILE", description = "The root before it.")
  private Optional<Path> from = Optional.empty();

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  RootSignCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    RootPaper paper = new RootPaper(cli);
    RootDraft draft = paper.files().root(file);
    Optional<RootDocument> before = before(paper, draft.document());
    show(paper, draft, before);
    if (!yes && !paper.files().confirmed("Sign it?")) {
      cli.terminal().say("not signed");
      return ExitCode.NO;
    }
    OfflineKey signer = paper.files().key(key);
    RootDraft signed;
    try {
      signed = draft.signed(signer, before);
    } catch (SignException e) {
      throw new CliException(
          ExitCode.PRECONDITION, "Not signed", e.reason(), String.valueOf(e.getMessage()));
    }
    paper.files().write(file, signed.bytes(), true);
    cli.terminal().say("signed by " + RootChanges.shortened(signer.key().id()));
    say("its own", signed.byItself());
    before.ifPresent(root -> say("version " + root.version() + "'s", signed.by(root)));
    if (signed.byItself().enough() && before.map(root -> signed.by(root).enough()).orElse(true)) {
      cli.terminal()
          .say(
              draft.document().version() == 1
                  ? "complete: it founds a fleet (towline root init --help)"
                  : "complete: towline root submit " + file);
    }
    return ExitCode.DONE;
  }

  private Optional<RootDocument> before(RootPaper paper, RootDocument root) {
    if (root.version() == 1) {
      return Optional.empty();
    }
    RootDocument before = paper.fileOrHub(from).document();
    if (!before.fleet().equals(root.fleet()) || before.version() != root.version() - 1) {
      throw new CliException(
          ExitCode.PRECONDITION,
          "That is not the root before it",
          "",
          "version "
              + root.version()
              + " follows version "
              + (root.version() - 1)
              + " of its own fleet, not version "
              + before.version(),
          "write a draft anew: towline root rotate");
    }
    return Optional.of(before);
  }

  private void show(RootPaper paper, RootDraft draft, Optional<RootDocument> before) {
    paper.lines(draft).forEach(cli.terminal()::say);
    if (before.isPresent()) {
      List<String> changes = RootChanges.between(before.get(), draft.document());
      cli.terminal().say("");
      cli.terminal().say(changes.isEmpty() ? "It changes nothing but its expiry." : "It changes:");
      changes.forEach(line -> cli.terminal().say("  " + line));
    }
    cli.terminal().say("");
  }

  private void say(String whose, Signers signers) {
    cli.terminal()
        .say(
            signers.keyIds().size()
                + " of the "
                + signers.role().threshold()
                + " signatures of "
                + whose
                + " root role");
  }
}
