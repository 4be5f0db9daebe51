package io.towline.hub.cli;

import io.towline.hub.show.AdminToken;
import io.towline.hub.sign.KeyArchive;
import io.towline.hub.sign.SignException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is done to a hub where it lives, beside its data directory. */
@Command(
    name = "hub",
    description = "What is done on a hub's own machine: its keys, its token, a check.",
    synopsisSubcommandLabel = "COMMAND")
final class HubCommand {
  private static final int MAX_TOKEN_BYTES = 4_096;
  private static final String DATA_DIR = "The hub's data directory; else TOWLINE_DATA_DIR.";

  private HubCommand() {}

  static CommandLine line(Cli cli) {
    return new CommandLine(new HubCommand())
        .addSubcommand(new HubCheckCommand(cli))
        .addSubcommand(new Token(cli))
        .addSubcommand(
            new CommandLine(new Keys())
                .addSubcommand(new Export(cli))
                .addSubcommand(new Import(cli)));
  }

  /** Prints the administrator's token. */
  @Command(
      name = "token",
      description = "Print the administrator's token that the hub made at its first start.",
      footer = {"", "  towline hub token --data-dir /var/lib/towline"})
  static final class Token implements Callable<Integer> {
    private final Cli cli;

    @Option(names = "--data-dir", paramLabel = "DIR", description = DATA_DIR)
    private String dataDirectory = "";

    Token(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      Path file = directory(cli, dataDirectory).resolve(AdminToken.FILE);
      byte[] token = TrustFiles.bytes(file, MAX_TOKEN_BYTES);
      cli.terminal().out().println(new String(token, StandardCharsets.UTF_8).strip());
      return ExitCode.DONE;
    }
  }

  private static Path directory(Cli cli, String given) {
    String directory = given.isEmpty() ? cli.terminal().environment("TOWLINE_DATA_DIR", "") : given;
    if (directory.isEmpty()) {
      throw CliException.usage("There is no data directory", "give --data-dir DIR");
    }
    return Path.of(directory);
  }

  private static CliException failed(SignException e) {
    return new CliException(
        ExitCode.PRECONDITION, "The keys stay as they are", "", String.valueOf(e.getMessage()), "");
  }

  /** The two directions. */
  @Command(
      name = "keys",
      description = "All keys of a hub in one file under a passphrase.",
      synopsisSubcommandLabel = "COMMAND")
  static final class Keys {
    private Keys() {}
  }

  /** Seals the keys. */
  @Command(
      name = "export",
      description = "Seal all keys of a hub with a passphrase (scrypt, AES-256-GCM).",
      footer = {"", "  towline hub keys export keys.sealed --data-dir /var/lib/towline"})
  static final class Export implements Callable<Integer> {
    private final Cli cli;

    @Parameters(paramLabel = "FILE", description = "Where they go; must not exist.")
    private Path file = Path.of("");

    @Option(names = "--data-dir", paramLabel = "DIR", description = DATA_DIR)
    private String dataDirectory = "";

    Export(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      TrustFiles files = new TrustFiles(cli.terminal());
      try {
        byte[] sealed =
            KeyArchive.seal(
                directory(cli, dataDirectory),
                files.passphrase("passphrase for " + file + ": "),
                new SecureRandom());
        files.write(file, sealed, false);
      } catch (SignException e) {
        throw failed(e);
      }
      cli.terminal().say("sealed into " + file + "; without its passphrase it is of no use");
      return ExitCode.DONE;
    }
  }

  /** Opens them. */
  @Command(
      name = "import",
      description =
          "Put sealed keys into the data directory of a hub that has none and is stopped.")
  static final class Import implements Callable<Integer> {
    private final Cli cli;

    @Parameters(paramLabel = "FILE", description = "What towline hub keys export wrote.")
    private Path file = Path.of("");

    @Option(names = "--data-dir", paramLabel = "DIR", description = DATA_DIR)
    private String dataDirectory = "";

    Import(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      TrustFiles files = new TrustFiles(cli.terminal());
      try {
        for (String name :
            KeyArchive.open(
                TrustFiles.bytes(file, KeyArchive.MAX_BYTES),
                files.passphrase("passphrase of " + file + ": "),
                directory(cli, dataDirectory))) {
          cli.terminal().say("restored keys/" + name);
        }
      } catch (SignException e) {
        throw failed(e);
      }
      return ExitCode.DONE;
    }
  }
}
