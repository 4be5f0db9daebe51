package io.towline.hub.cli;

import io.towline.envelope.RootDocument;
import io.towline.envelope.SigningKey;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.sign.RootEdits;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes root 1 of a fleet whose root keys never were on a hub. */
@Command(
    name = "init",
    description = "Write an unsigned root 1 for a new fleet, whose root keys no hub ever sees.",
    footer = {
      "",
      "  towline root init -f 1.root.dsse.json --root-key a.key.pub --root-key b.key.pub \\",
      "      --threshold 2 --envelope-key envelope.key",
      "",
      "Sign it, and put it to root/1.root.dsse.json in the data directory of a new hub whose",
      "keys/envelope.key is the envelope key, before its first start."
    })
final class RootInitCommand implements Callable<Integer> {
  private final Cli cli;

  @Option(names = "-f", paramLabel = "FILE", required = true, description = "Where it goes.")
  private Path file = Path.of("");

  @Option(
      names = "--root-key",
      paramLabel = "FILE",
      required = true,
      description = "A key that signs roots; may be given more than once.")
  private List<Path> rootKeys = List.of();

  @Option(
      names = "--threshold",
      paramLabel = "N",
      description = "How many root keys sign together; default 1.")
  private int threshold = 1;

  @Option(
      names = "--envelope-key",
      paramLabel = "FILE",
      required = true,
      description = "The hub's key, which signs envelopes.")
  private List<Path> envelopeKeys = List.of();

  @Option(names = "--fleet", paramLabel = "UUID", description = "The fleet's id; default random.")
  private UUID fleet = UUID.randomUUID();

  @Option(names = "--days", paramLabel = "N", description = "How long it is valid; default 180.")
  private int days = 180;

  @Option(
      names = "--max-lifetime",
      paramLabel = "DAYS",
      description = "How long an envelope may live; default 7.")
  private int maxLifetimeDays = 7;

  RootInitCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    RootPaper paper = new RootPaper(cli);
    List<SigningKey> root = rootKeys.stream().map(paper.files()::publicKey).toList();
    List<SigningKey> envelope = envelopeKeys.stream().map(paper.files()::publicKey).toList();
    RootDocument document =
        RootPaper.made(
            () ->
                RootEdits.first(
                    fleet,
                    cli.terminal().now(),
                    RootPaper.life(days),
                    root,
                    threshold,
                    envelope,
                    maxLifetimeDays));
    RootDraft draft = RootDraft.unsigned(document);
    paper.files().write(file, draft.bytes(), false);
    paper.lines(draft).forEach(cli.terminal().out()::println);
    cli.terminal().out().flush();
    cli.terminal().say("wrote " + file + "; next: towline root sign " + file + " --key FILE");
    return ExitCode.DONE;
  }
}
