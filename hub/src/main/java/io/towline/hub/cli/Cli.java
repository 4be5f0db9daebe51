package io.towline.hub.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The root command: what every command shares. */
@Command(
    name = "towline",
    description = "Look at a fleet of clusters and at what runs on them.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Environment: TOWLINE_HUB, TOWLINE_TOKEN, NO_COLOR.",
      "Exit codes: 0 done; 1 no (drift, lint); 2 usage; 3 not found; 4 not allowed;",
      "5 unreachable; 6 precondition; 7 partly done; 8 not verified; 9 timeout; 70 internal."
    })
final class Cli {
  private static final String DEFAULT_HUB = "http://localhost:8080";

  private final Terminal terminal;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  private boolean help;

  @Option(
      names = "--hub",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      description = "The hub; else TOWLINE_HUB, else " + DEFAULT_HUB + ".")
  private String hub = "";

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      scope = ScopeType.INHERIT,
      description = "The access token; else TOWLINE_TOKEN, which other users cannot see.")
  private String token = "";

  @Option(
      names = "--color",
      paramLabel = "WHEN",
      scope = ScopeType.INHERIT,
      description = "auto, always or never.")
  private Terminal.ColorMode color = Terminal.ColorMode.auto;

  Cli(Terminal terminal) {
    this.terminal = terminal;
  }

  Terminal terminal() {
    terminal.colorMode(color);
    return terminal;
  }

  Printer printer() {
    return new Printer(terminal());
  }

  boolean helpAsked() {
    return help;
  }

  /** Where the hub is. */
  String hubAddress() {
    return hub.isEmpty() ? terminal.environment("TOWLINE_HUB", DEFAULT_HUB) : hub;
  }

  /** Whether the person said where the hub is. */
  boolean hubIsKnown() {
    return !hub.isEmpty() || !terminal.environment("TOWLINE_HUB", "").isEmpty();
  }

  /** Opens the connection to the hub. */
  Hub openHub() {
    String secret = token.isEmpty() ? terminal.environment("TOWLINE_TOKEN", "") : token;
    if (secret.isBlank()) {
      throw new CliException(
          ExitCode.DENIED,
          "There is no token",
          "",
          "neither --token nor TOWLINE_TOKEN is set",
          "set TOWLINE_TOKEN to the content of admin-token in the hub's data directory");
    }
    return Hub.open(hubAddress(), secret.strip());
  }
}
