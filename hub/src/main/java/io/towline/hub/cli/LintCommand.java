package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.hub.resolve.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what the hub would have against the declarations of a working tree. */
@Command(
    name = "lint",
    description = "Check the declarations below some paths; exit with 1 if anything is wrong.",
    footer = {"", "  towline lint", "  towline lint apps/podinfo -o json"})
final class LintCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(arity = "0..*", paramLabel = "PATH", description = "Default: the directory here.")
  private List<Path> paths = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, json or yaml.")
  private Output output = Output.table;

  LintCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    List<Problem> problems = new ArrayList<>();
    Map<Path, WorkingTree> trees = new LinkedHashMap<>();
    Map<Path, List<String>> wanted = new LinkedHashMap<>();
    for (Path path : paths.isEmpty() ? List.of(Path.of(".")) : paths) {
      WorkingTree tree = WorkingTree.around(path);
      trees.putIfAbsent(tree.root(), tree);
      wanted.computeIfAbsent(tree.root(), root -> new ArrayList<>()).add(tree.name(path));
    }
    trees.forEach(
        (root, tree) ->
            tree.resolve(List.of()).problems().stream()
                .filter(problem -> isBelow(problem.file(), wanted.getOrDefault(root, List.of())))
                .forEach(problems::add));
    print(problems);
    return problems.isEmpty() ? ExitCode.DONE : ExitCode.NO;
  }

  private static boolean isBelow(String file, List<String> names) {
    return names.stream()
        .anyMatch(name -> name.isEmpty() || file.equals(name) || file.startsWith(name + "/"));
  }

  private void print(List<Problem> problems) {
    if (output == Output.json || output == Output.yaml) {
      ObjectNode json = Printer.document("ProblemList");
      ArrayNode items = json.putArray("items");
      for (Problem problem : problems) {
        items
            .addObject()
            .put("bundle", problem.bundle())
            .put("file", problem.file())
            .put("line", problem.line())
            .put("column", problem.column())
            .put("field", problem.field())
            .put("reason", problem.reason().word())
            .put("message", problem.message());
      }
      cli.printer().tree(json, output);
      return;
    }
    problems.forEach(problem -> cli.terminal().out().println(line(problem)));
    cli.terminal()
        .say(
            problems.isEmpty()
                ? cli.terminal().sign("✔ ", "") + "nothing wrong"
                : problems.size() + (problems.size() == 1 ? " problem" : " problems"));
  }

  /** As compilers write it, so that editors can jump there. */
  static String line(Problem problem) {
    String field = problem.field().isEmpty() ? "" : problem.field() + ": ";
    return Cell.plain(
        problem.place() + ": " + problem.reason().word() + ": " + field + problem.message());
  }
}
