package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.fleet.v1.Authority;
import io.towline.fleet.v1.ListAuthoritiesRequest;
import io.towline.fleet.v1.ListAuthoritiesResponse;
import io.towline.fleet.v1.ReplaceAuthorityRequest;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What vouches for the hub and its agents on the agents' port. */
@Command(
    name = "authority",
    description = "Look at the authority of the agents' port, and replace it.",
    synopsisSubcommandLabel = "COMMAND")
final class AuthorityCommand {
  private static final List<Column<Authority>> COLUMNS =
      List.of(
          Column.of("SHA256", authority -> Cell.of(Views.last(authority.getName()))),
          Column.of("SIGNS", authority -> Cell.of(authority.getSigns() ? "yes" : "no")),
          Column.of("AGENTS", authority -> Cell.of(authority.getAgents())),
          Column.of("MADE", authority -> Views.absolute(true, authority.getCreateTime())),
          Column.of("SIGNS FROM", authority -> Views.absolute(true, authority.getSignFromTime())),
          Column.of(
              "TRUSTED UNTIL",
              authority ->
                  Views.absolute(
                      authority.hasTrustedUntilTime(), authority.getTrustedUntilTime())));

  private AuthorityCommand() {}

  static CommandLine line(Cli cli) {
    return new CommandLine(new AuthorityCommand())
        .addSubcommand(new Show(cli))
        .addSubcommand(new Replace(cli));
  }

  private static void print(Cli cli, ListAuthoritiesResponse response, Output output) {
    if (output == Output.json || output == Output.yaml) {
      ObjectNode json = Printer.document("AuthorityList");
      ArrayNode items = json.putArray("items");
      response.getAuthoritiesList().forEach(authority -> items.add(ProtoJson.of(authority)));
      cli.printer().tree(json, output);
      return;
    }
    new Table<>(COLUMNS, cli.terminal())
        .lines(response.getAuthoritiesList(), true)
        .forEach(cli.terminal().out()::println);
    cli.terminal().out().flush();
  }

  /** Lists them. */
  @Command(
      name = "list",
      aliases = "ls",
      description =
          "List the authorities that agents believe, and how many agents each stands for.")
  static final class Show implements Callable<Integer> {
    private final Cli cli;

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
      try (Hub hub = cli.openHub()) {
        print(cli, hub.ask().listAuthorities(ListAuthoritiesRequest.getDefaultInstance()), output);
      }
      return ExitCode.DONE;
    }
  }

  /** Begins to replace it. */
  @Command(
      name = "replace",
      description = "Make a new authority, which takes over in seven days.",
      footer = {
        "",
        "Agents are told of it whenever they renew, which they do every day. It makes certificates",
        "after seven days, and the older one is believed for seven days after that. An agent that is",
        "away for all of the first seven days needs a new token: towline cluster rotate."
      })
  static final class Replace implements Callable<Integer> {
    private final Cli cli;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORM",
        description = "table, json or yaml.")
    private Output output = Output.table;

    Replace(Cli cli) {
      this.cli = cli;
    }

    @Override
    public Integer call() {
      try (Hub hub = cli.openHub()) {
        print(
            cli, hub.ask().replaceAuthority(ReplaceAuthorityRequest.getDefaultInstance()), output);
      }
      return ExitCode.DONE;
    }
  }
}
