package io.towline.hub.cli;

import io.towline.envelope.ExportLayout;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedEnvelope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a cluster's envelope to files: as proof, and to carry to a cluster without a hub. */
@Command(
    name = "export",
    description = "Write a cluster's newest envelope, its objects and its roots to files.",
    footer = {
      "",
      "  towline export store-0107 -d ./proof",
      "  towline export store-0107 --tar store-0107.tar",
      "",
      "They are checked by towline verify, or with openssl, sha256sum and cosign: docs/verify.md."
    })
final class ExportCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "CLUSTER", description = "Whose envelope.")
  private String cluster = "";

  @Option(
      names = {"-d", "--directory"},
      paramLabel = "DIR",
      description = "A directory that is new or empty.")
  private Optional<Path> directory = Optional.empty();

  @Option(names = "--tar", paramLabel = "FILE", description = "One archive, always the same.")
  private Optional<Path> tar = Optional.empty();

  @Mixin private Trusted trusted = new Trusted();

  ExportCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    if (directory.isPresent() == tar.isPresent()) {
      throw CliException.usage("There is one place to export to", "give -d DIR or --tar FILE");
    }
    SortedMap<String, byte[]> files;
    try (Hub hub = cli.openHub()) {
      Evidence evidence = Evidence.ofHub(hub, cluster);
      // What it was worth when it was issued: an expired envelope is proof of what ran.
      VerifiedEnvelope envelope =
          evidence.verified(
              trusted.root(evidence.rootsOfItsTime(), cli.terminal()), Optional.empty());
      files = Export.files(evidence, envelope);
    } catch (VerificationException e) {
      throw CliException.notVerified("The envelope of " + cluster + " is not exported", e);
    }
    try {
      if (directory.isPresent()) {
        write(directory.get(), files);
      } else {
        Files.write(tar.orElseThrow(), Tar.write(files));
      }
    } catch (IOException e) {
      throw new CliException(
          ExitCode.PRECONDITION, "It cannot be written", "", String.valueOf(e), "");
    }
    cli.terminal()
        .say("exported " + files.size() + " files; check them: towline verify " + place());
    return ExitCode.DONE;
  }

  private Path place() {
    return directory.or(() -> tar).orElseThrow();
  }

  /** The statement last, under its name at once: whoever watches the directory finds it whole. */
  private static void write(Path directory, SortedMap<String, byte[]> files) throws IOException {
    Files.createDirectories(directory);
    try (var entries = Files.list(directory)) {
      if (entries.findAny().isPresent()) {
        throw new CliException(
            ExitCode.PRECONDITION, directory + " is not empty", "", "", "name another directory");
      }
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      if (!file.getKey().equals(ExportLayout.STATEMENT)) {
        Path path = directory.resolve(file.getKey());
        Files.createDirectories(Objects.requireNonNull(path.getParent()));
        Files.write(path, file.getValue());
      }
    }
    Path part = directory.resolve(ExportLayout.STATEMENT + ".part");
    Files.write(part, Objects.requireNonNull(files.get(ExportLayout.STATEMENT)));
    Files.move(part, directory.resolve(ExportLayout.STATEMENT));
  }
}
