package io.towline.hub.cli;

import io.towline.envelope.RootDocument;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.sign.RootEdits;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a draft of the next root. */
@Command(
    name = "rotate",
    description = "Write an unsigned draft of the version after a root's.",
    footer = {
      "",
      "  towline root rotate -f next.json                      # after the hub's newest",
      "  towline root rotate --from 3.root.dsse.json -f 4.json --epoch"
    })
final class RootRotateCommand implements Callable<Integer> {
  private final Cli cli;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description = "The newest root; default the hub's newest.")
  private Optional<Path> from = Optional.empty();

  @Option(names = "-f", paramLabel = "FILE", required = true, description = "Where it goes.")
  private Path file = Path.of("");

  @Option(names = "--days", paramLabel = "N", description = "How long it is valid; default 180.")
  private int days = 180;

  @Option(
      names = "--epoch",
      description =
          "Begin the next epoch: every cluster's sequence starts anew. The cure for a stolen hub key"
              + " and for a database restored from too long ago.")
  private boolean epoch;

  RootRotateCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    RootPaper paper = new RootPaper(cli);
    RootDocument before = paper.fileOrHub(from).document();
    RootDraft draft =
        RootDraft.unsigned(
            RootPaper.made(
                () -> RootEdits.next(before, cli.terminal().now(), RootPaper.life(days), epoch)));
    paper.files().write(file, draft.bytes(), false);
    paper.lines(draft).forEach(cli.terminal().out()::println);
    cli.terminal().out().flush();
    cli.terminal()
        .say(
            "wrote "
                + file
                + "; change it with towline root add-key, remove-key, set-threshold or scope,"
                + " then: towline root sign "
                + file
                + " --key FILE");
    return ExitCode.DONE;
  }
}
