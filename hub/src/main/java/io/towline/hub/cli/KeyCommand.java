package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.SigningKey;
import io.towline.hub.sign.PublicKeyFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Keys of people, in files of theirs. The hub is not asked. */
@Command(
    name = "key",
    description = "Make and show signing keys in files; no hub is needed.",
    synopsisSubcommandLabel = "COMMAND")
final class KeyCommand {
  private KeyCommand() {}

  static CommandLine line(Cli cli) {
    return new CommandLine(new KeyCommand())
        .addSubcommand(new Generate(cli))
        .addSubcommand(new Show(cli));
  }

  /** Makes a key. */
  @Command(
      name = "generate",
      description = "Make an Ed25519 key: FILE for its owner alone, FILE.pub for everybody.",
      footer = {"", "  towline key generate root-a.key --passphrase"})
  static final class Generate implements Callable<Integer> {
    private final Cli cli;

    @Parameters(paramLabel = "FILE", description = "Where the private key goes; must not exist.")
    private Path file = Path.of("");

    @Option(
        names = "--passphrase",
        description = "Seal it with a passphrase: asked for, or TOWLINE_KEY_PASSPHRASE.")
    private boolean sealed;

    Generate(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      TrustFiles files = new TrustFiles(cli.terminal());
      Path publicFile = file.resolveSibling(file.getFileName() + ".pub");
      Optional<char[]> passphrase =
          sealed
              ? Optional.of(files.passphrase("passphrase for " + file + ": "))
              : Optional.empty();
      SigningKey key = files.newKey(file, new SecureRandom(), passphrase).key();
      files.write(publicFile, PublicKeyFile.pem(key).getBytes(StandardCharsets.US_ASCII), true);
      cli.terminal().out().println(key.id());
      cli.terminal().out().flush();
      cli.terminal().say("made " + file + " (keep it) and " + publicFile + " (hand it on)");
      return ExitCode.DONE;
    }
  }

  /** Shows a key. */
  @Command(name = "show", description = "Show the id and the public half of a key.")
  static final class Show implements Callable<Integer> {
    private final Cli cli;

    @Parameters(paramLabel = "FILE", description = "A private or a public key.")
    private Path file = Path.of("");

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORM",
        description = "table, json or yaml.")
    private Output output = Output.table;

    Show(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      SigningKey key = new TrustFiles(cli.terminal()).publicKey(file);
      if (output == Output.json || output == Output.yaml) {
        ObjectNode json =
            Printer.document("Key")
                .put("keyId", key.id())
                .put("public", HexFormat.of().formatHex(key.bytes()))
                .put("pem", PublicKeyFile.pem(key));
        cli.printer().tree(json, output);
      } else {
        cli.terminal().out().println("keyid " + key.id());
        cli.terminal().out().print(PublicKeyFile.pem(key));
        cli.terminal().out().flush();
      }
      return ExitCode.DONE;
    }
  }
}
