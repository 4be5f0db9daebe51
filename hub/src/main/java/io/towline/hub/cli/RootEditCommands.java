package io.towline.hub.cli;

import io.towline.envelope.RootDocument;
import io.towline.envelope.SigningKey;
import io.towline.hub.sign.RootEdits;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Changes of who stands in a role, each written back to the draft. */
final class RootEditCommands {
  private static final String ROLE = "root, envelope for all of them, or envelope/NAME.";

  private RootEditCommands() {}

  /** Adds a key to a role. */
  @Command(
      name = "add-key",
      description = "Let one more key sign in a role.",
      footer = {
        "",
        "  towline root add-key next.json --role envelope/all --key ci.key.pub --threshold 2"
      })
  static final class AddKey implements Callable<Integer> {
    private final Cli cli;

    @Parameters(paramLabel = "DRAFT", description = "The file, written back.")
    private Path draft = Path.of("");

    @Option(names = "--role", paramLabel = "ROLE", required = true, description = ROLE)
    private String role = "";

    @Option(names = "--key", paramLabel = "FILE", required = true, description = "Its public half.")
    private Path key = Path.of("");

    @Option(
        names = "--threshold",
        paramLabel = "N",
        description = "How many keys of the role sign together from now on; default as before.")
    private Optional<Integer> threshold = Optional.empty();

    AddKey(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      RootPaper paper = new RootPaper(cli);
      SigningKey added = paper.files().publicKey(key);
      return paper.edit(
          draft,
          before -> {
            RootDocument with = RootEdits.withKey(before, role, added);
            return threshold.map(n -> RootEdits.withThreshold(with, role, n)).orElse(with);
          });
    }
  }

  /** Removes a key from a role. */
  @Command(name = "remove-key", description = "Let a key sign in a role no more.")
  static final class RemoveKey implements Callable<Integer> {
    private final Cli cli;

    @Parameters(paramLabel = "DRAFT", description = "The file, written back.")
    private Path draft = Path.of("");

    @Option(names = "--role", paramLabel = "ROLE", required = true, description = ROLE)
    private String role = "";

    @Option(
        names = "--keyid",
        paramLabel = "HEX",
        required = true,
        description = "The key's id, or as much of it as only one has.")
    private String keyId = "";

    RemoveKey(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      return new RootPaper(cli).edit(draft, before -> RootEdits.withoutKey(before, role, keyId));
    }
  }

  /** Sets how many keys of a role sign together. */
  @Command(
      name = "set-threshold",
      description = "Set how many distinct keys of a role have to sign together.")
  static final class SetThreshold implements Callable<Integer> {
    private final Cli cli;

    @Parameters(index = "0", paramLabel = "DRAFT", description = "The file, written back.")
    private Path draft = Path.of("");

    @Parameters(index = "1", paramLabel = "N", description = "From 1 to the number of keys.")
    private int threshold = 1;

    @Option(names = "--role", paramLabel = "ROLE", required = true, description = ROLE)
    private String role = "";

    SetThreshold(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      return new RootPaper(cli)
          .edit(draft, before -> RootEdits.withThreshold(before, role, threshold));
    }
  }
}
