package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Says what checks find: to people line by line as it is found, to programs as one document at the
 * end. The same with and without a terminal, but for colour. One for each run of a command.
 */
final class CheckReport {
  /** The forms' meaning, for the help of commands. */
  static final String FORMS = "text, short (what is not well), json or yaml.";

  /** The forms. */
  enum Form {
    text,
    SHORT,
    json,
    yaml;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Cli cli;
  private final Form form;
  private final ObjectNode json = Printer.document("CheckResult");
  private final ArrayNode groups = json.putArray("groups");
  private final Map<Finding.Verdict, Integer> counts = new EnumMap<>(Finding.Verdict.class);
  private String heading = "";
  private boolean begun;

  CheckReport(Cli cli, Form form) {
    this.cli = cli;
    this.form = form;
  }

  /** Begins a group; one without findings is not shown. */
  void group(String name) {
    heading = name;
    groups.addObject().put("name", name).putArray("checks");
  }

  void add(Finding finding) {
    counts.merge(finding.verdict(), 1, Integer::sum);
    ObjectNode node = groups.get(groups.size() - 1).withArrayProperty("checks").addObject();
    node.put("id", finding.check().id())
        .put("name", finding.name())
        .put("result", finding.verdict().name().toLowerCase(Locale.ROOT))
        .put("finding", finding.text());
    finding.remedy().forEach(node.putArray("remedy")::add);
    node.put("link", finding.check().link());
    switch (form) {
      case text -> print(finding);
      case SHORT -> {
        if (finding.verdict() != Finding.Verdict.GOOD) {
          print(finding);
        }
      }
      case json, yaml -> {}
    }
  }

  private void print(Finding finding) {
    Terminal terminal = cli.terminal();
    if (!heading.isEmpty()) {
      if (begun) {
        terminal.out().println();
      }
      begun = true;
      terminal.out().println(terminal.paint(Terminal.Color.BOLD, heading));
      terminal.out().println(terminal.sign("─", "-").repeat(heading.length()));
      heading = "";
    }
    String sign =
        switch (finding.verdict()) {
          case GOOD -> terminal.paint(Terminal.Color.GREEN, terminal.sign("✔", "+"));
          case WARNING -> terminal.paint(Terminal.Color.YELLOW, terminal.sign("⚠", "!"));
          case FAILED -> terminal.paint(Terminal.Color.RED, terminal.sign("✖", "x"));
        };
    terminal.out().println(sign + " " + Cell.plain(finding.name() + ": " + finding.text()));
    if (finding.verdict() != Finding.Verdict.GOOD) {
      finding
          .remedy()
          .forEach(
              line ->
                  terminal.out().println("    " + terminal.sign("→ ", "-> ") + Cell.plain(line)));
      terminal.out().println("    " + finding.check().link());
    }
    terminal.out().flush();
  }

  /** Ends it, with the code of the command: warnings are no failures. */
  int end() {
    boolean success = count(Finding.Verdict.FAILED) == 0;
    switch (form) {
      case text, SHORT -> {
        String sum =
            count(Finding.Verdict.FAILED)
                + " failed, "
                + count(Finding.Verdict.WARNING)
                + " warnings, "
                + count(Finding.Verdict.GOOD)
                + " good";
        cli.terminal().out().println("\n" + sum);
        cli.terminal().out().flush();
      }
      case json, yaml -> {
        json.put("success", success);
        cli.printer().tree(json, form == Form.json ? Output.json : Output.yaml);
      }
    }
    return success ? ExitCode.DONE : ExitCode.NO;
  }

  private int count(Finding.Verdict verdict) {
    return counts.getOrDefault(verdict, 0);
  }
}
