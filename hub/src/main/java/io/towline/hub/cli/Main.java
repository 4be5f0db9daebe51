package io.towline.hub.cli;

import io.grpc.StatusRuntimeException;
import io.towline.vocabulary.Reason;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The command line. It speaks to the hub's FleetService, and reads nothing else of the fleet. */
public final class Main {
  /** Set by the launcher, which can tell whether standard output alone is a terminal. */
  private static final String INTERACTIVE_PROPERTY = "towline.stdout.terminal";

  /** Set by the launcher where this run writes the archive of classes for the next ones. */
  private static final String REHEARSAL_PROPERTY = "towline.archive.new";

  private Main() {}

  /** Runs one command and ends the process with its code. */
  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    int code =
        run(
            new Terminal(
                out,
                err,
                System.getenv(),
                Boolean.getBoolean(INTERACTIVE_PROPERTY),
                InstantSource.system()),
            arguments);
    out.flush();
    if (Boolean.getBoolean(REHEARSAL_PROPERTY)) {
      Rehearsal.run();
    }
    System.exit(code);
  }

  /** Runs one command. */
  static int run(Terminal terminal, String... arguments) {
    Cli cli = new Cli(terminal);
    CommandLine commandLine = commandLine(cli);
    terminalStreams(commandLine, terminal);
    return commandLine.execute(arguments);
  }

  static CommandLine commandLine(Cli cli) {
    CommandLine commandLine = new CommandLine(cli);
    List<Callable<Integer>> commands =
        List.of(
            new StatusCommand(cli),
            new CheckCommand(cli),
            new GetCommand(cli),
            new DescribeCommand(cli),
            new DriftCommand(cli),
            new EventsCommand(cli),
            new WaitCommand(cli),
            new ReconcileCommand(cli),
            new SuspendCommand(cli),
            new ResumeCommand(cli),
            new LintCommand(cli),
            new RenderCommand(cli),
            new TraceCommand(cli),
            new VerifyCommand(cli),
            new SignCommand(cli),
            new ExportCommand(cli),
            new SchemaCommand(cli),
            new VersionCommand(cli),
            new CompletionCommand(cli));
    commands.forEach(commandLine::addSubcommand);
    commandLine.addSubcommand(
        new CommandLine(new ClusterCommand())
            .addSubcommand(new ClusterAddCommand(cli))
            .addSubcommand(new ClusterListCommand(cli))
            .addSubcommand(new ClusterGetCommand(cli))
            .addSubcommand(new ClusterRotateCommand(cli))
            .addSubcommand(new ClusterCordonCommand(cli))
            .addSubcommand(new ClusterUncordonCommand(cli))
            .addSubcommand(new ClusterRemoveCommand(cli))
            .addSubcommand(new ClusterAcceptCommands.Accept(cli))
            .addSubcommand(new ClusterAcceptCommands.Reject(cli))
            .addSubcommand(ClusterPoolCommand.line(cli)));
    commandLine.addSubcommand(
        new CommandLine(new SourceCommand()).addSubcommand(new SourceApproveCommand(cli)));
    commandLine.addSubcommand(AuthorityCommand.line(cli));
    commandLine.addSubcommand(KeyCommand.line(cli));
    commandLine.addSubcommand(RootCommand.line(cli));
    commandLine.addSubcommand(HubCommand.line(cli));
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setUnmatchedOptionsArePositionalParams(false);
    commandLine.setExecutionExceptionHandler((failure, at, parsed) -> failed(failure, cli));
    commandLine.setParameterExceptionHandler(
        (wrong, given) -> {
          cli.terminal().fail(usage(wrong));
          return ExitCode.USAGE;
        });
    return commandLine;
  }

  private static void terminalStreams(CommandLine commandLine, Terminal terminal) {
    commandLine.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    commandLine.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
  }

  private static CliException usage(ParameterException wrong) {
    String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
    return CliException.usage(String.valueOf(wrong.getMessage()), command + " --help");
  }

  private static int failed(Exception failure, Cli cli) {
    CliException e =
        switch (failure) {
          case CliException known -> known;
          case StatusRuntimeException answer -> CliException.of(answer, cli.hubAddress());
          default ->
              new CliException(
                  ExitCode.INTERNAL,
                  "towline failed",
                  Reason.INTERNAL,
                  failure.getClass().getSimpleName() + ": " + failure.getMessage());
        };
    cli.terminal().fail(e);
    return e.exitCode();
  }

  /** What the launcher says the version is. */
  static String version() {
    return System.getProperty("towline.version", "development");
  }
}
