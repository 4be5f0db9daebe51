package io.towline.hub.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Whom the fleet trusts: root documents, in files and at the hub. */
@Command(
    name = "root",
    description = "Make, change, sign and publish the document that says which keys are trusted.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "  towline root rotate -f next.json          # a draft of the next version",
      "  towline root add-key next.json --role root --key root-b.key.pub",
      "  towline root sign next.json --key root-a.key",
      "  towline root submit next.json"
    })
final class RootCommand {
  private RootCommand() {}

  static CommandLine line(Cli cli) {
    return new CommandLine(new RootCommand())
        .addSubcommand(new RootInitCommand(cli))
        .addSubcommand(new RootShowCommand(cli))
        .addSubcommand(new RootRotateCommand(cli))
        .addSubcommand(new RootEditCommands.AddKey(cli))
        .addSubcommand(new RootEditCommands.RemoveKey(cli))
        .addSubcommand(new RootEditCommands.SetThreshold(cli))
        .addSubcommand(new RootScopeCommand(cli))
        .addSubcommand(new RootSignCommand(cli))
        .addSubcommand(new RootSubmitCommand(cli));
  }
}
