package io.towline.hub.cli;

import io.towline.hub.sign.RootDraft;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows a root. */
@Command(name = "show", description = "Show a root: that of a file, or the hub's newest.")
final class RootShowCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "A root; default the hub's newest.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, json or yaml; or dsse: the signed document itself.")
  private Form form = Form.table;

  /** What is printed. */
  enum Form {
    table,
    json,
    yaml,
    dsse
  }

  RootShowCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    RootPaper paper = new RootPaper(cli);
    RootDraft draft = paper.fileOrHub(file);
    switch (form) {
      case table -> paper.lines(draft).forEach(cli.terminal().out()::println);
      case json -> cli.printer().tree(RootPaper.json(draft), Output.json);
      case yaml -> cli.printer().tree(RootPaper.json(draft), Output.yaml);
      case dsse -> cli.terminal().out().writeBytes(draft.bytes());
    }
    cli.terminal().out().flush();
    return ExitCode.DONE;
  }
}
