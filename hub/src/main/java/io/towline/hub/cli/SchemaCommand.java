package io.towline.hub.cli;

import io.towline.hub.resolve.DeclarationSchema;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The JSON schema of declarations, which is the one that the hub reads them by. */
@Command(name = "schema", description = "Print the JSON schema of towline.yaml.")
final class SchemaCommand implements Callable<Integer> {
  private final Cli cli;

  SchemaCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    cli.terminal().out().print(new String(new DeclarationSchema().bytes(), StandardCharsets.UTF_8));
    return ExitCode.DONE;
  }
}
