package io.towline.hub.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The completion script of a shell. */
@Command(
    name = "completion",
    description = "Print the completion script for bash or zsh.",
    footer = {"", "  source <(towline completion bash)"})
final class CompletionCommand implements Callable<Integer> {
  private final Cli cli;

  /** The shells that there is a script for. */
  enum Shell {
    bash,
    zsh
  }

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private Shell shell = Shell.bash;

  CompletionCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    // One script serves both: under zsh it loads bash's way of completing.
    if (shell == Shell.zsh) {
      cli.terminal().out().println("#compdef towline");
    }
    cli.terminal().out().println(AutoComplete.bash("towline", Main.commandLine(cli)));
    return ExitCode.DONE;
  }
}
