package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import io.towline.envelope.OfflineToken;
import io.towline.envelope.PoolToken;
import io.towline.fleet.v1.AgentChart;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Pool;
import io.towline.vocabulary.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What lets an agent join, in the forms in which it is handed over. The token's kind says what the
 * agent's chart is told beside it: a name of its own for each cluster of a pool, and where exports
 * are carried to for one that never calls.
 *
 * @param subject the cluster or the pool that it is for
 * @param token shown this once
 * @param chart where the agent's chart is
 */
record Invitation(Message subject, String token, AgentChart chart) {
  /** The release, and what begins the names of its objects. */
  static final String RELEASE = "towline-agent";

  /** The forms' meaning, for the help of the commands that print them. */
  static final String FORMS =
      "text, token (alone), helm (the line alone), manifest (what helm makes of it), secret or"
          + " values (YAML), json or yaml.";

  private static final String SECRET = RELEASE + "-join";
  private static final String ROLE = "cluster-admin";

  /** The oldest Kubernetes that the chart is for; helm would assume one of its own. */
  private static final String KUBERNETES = InstallChecks.KUBERNETES + ".0";

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

  /** The forms. */
  enum Form {
    text,
    token,
    helm,
    manifest,
    secret,
    values,
    json,
    yaml
  }

  /** Says what is missing for a form before a token is made, which is shown once. */
  static void require(Form form, Terminal terminal) {
    if (form == Form.manifest) {
      var unused = helm(terminal);
    }
  }

  private static LocalProgram helm(Terminal terminal) {
    return LocalProgram.required(terminal, "helm", "take -o helm to where it is");
  }

  /** Prints it; {@code text} is the caller's. */
  void print(Form form, Cli cli) {
    Terminal terminal = cli.terminal();
    switch (form) {
      case text -> throw new IllegalArgumentException("text is the caller's");
      case token -> terminal.out().println(token);
      case helm -> {
        terminal.out().println(line());
        explain(terminal);
      }
      case manifest -> terminal.out().print(manifest(terminal));
      case secret -> {
        terminal.out().print(namespace() + "---\n" + secret());
        terminal.say("Apply it where kubectl points at the cluster (| kubectl apply -f -), then");
        terminal.say("  " + line("join.existingSecret", SECRET));
        explain(terminal);
      }
      case values -> {
        terminal.out().print(values());
        explain(terminal);
      }
      case json, yaml -> cli.printer().tree(json(), form == Form.json ? Output.json : Output.yaml);
    }
    terminal.out().flush();
  }

  private ObjectNode json() {
    boolean pool = subject instanceof Pool;
    ObjectNode json =
        Printer.document(pool ? "PoolRegistration" : "ClusterRegistration").put("joinToken", token);
    json.set(pool ? "pool" : "cluster", ProtoJson.of(subject));
    return json;
  }

  /** What installs an agent, to be pasted into a shell. */
  String line() {
    return line("join.token", token);
  }

  private String line(String join, String value) {
    List<String> words =
        new ArrayList<>(List.of("helm upgrade --install", RELEASE, quoted(chart.getPlace())));
    if (!chart.getVersion().isEmpty()) {
      words.add("--version " + quoted(chart.getVersion()));
    }
    words.add("--namespace " + Names.DEFAULT_AGENT_NAMESPACE + " --create-namespace");
    settings(join, value).forEach((path, setting) -> words.add("--set " + path + "=" + setting));
    if (isPool()) {
      // The shell says so where it is not set.
      words.add("--set cluster.name=\"${CLUSTER_NAME:?}\"");
    }
    return String.join(" ", words);
  }

  /** What is the same for every cluster that the token is for, by the chart's names. */
  private Map<String, String> settings(String join, String value) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(join, value);
    settings.put("deployer.clusterRole", ROLE);
    if (isCarried()) {
      settings.put("offline.volume.hostPath.path", "/var/lib/towline-exports");
      settings.put("offline.volume.hostPath.type", "DirectoryOrCreate");
      settings.put("offline.directory", "current");
    }
    return settings;
  }

  private boolean isPool() {
    return token.startsWith(PoolToken.PREFIX);
  }

  private boolean isCarried() {
    return token.startsWith(OfflineToken.PREFIX);
  }

  /** What the reader has to do besides. */
  private void explain(Terminal terminal) {
    if (subject instanceof Pool pool) {
      String prefix = pool.getNamePrefix();
      terminal.say(
          "Each cluster wants a name of its own in CLUSTER_NAME, or cluster.name of its values"
              + (prefix.isEmpty() ? "" : ", that begins with " + prefix)
              + (pool.getAcceptedLabelsCount() == 0
                  ? ""
                  : "; cluster.labels may hold "
                      + pool.getAcceptedLabelsList().stream()
                          .map(Cell::plain)
                          .collect(Collectors.joining(", "))));
    }
    if (isCarried() && subject instanceof Cluster cluster) {
      terminal.say(
          "Exports are looked for in /var/lib/towline-exports/current of the agent's node; a claim"
              + " does as well: offline.existingClaim in place of offline.volume");
      terminal.say("  towline export " + Views.last(cluster.getName()) + " -d DIR");
    }
  }

  private static String namespace() {
    return """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: %s
        """
        .formatted(Names.DEFAULT_AGENT_NAMESPACE);
  }

  private String secret() {
    return """
        apiVersion: v1
        kind: Secret
        metadata:
          name: %s
          namespace: %s
        stringData:
          token: %s
        """
        .formatted(SECRET, Names.DEFAULT_AGENT_NAMESPACE, token);
  }

  private String values() {
    ObjectNode values = JsonNodeFactory.instance.objectNode();
    settings("join.token", token)
        .forEach(
            (path, setting) -> {
              ObjectNode at = values;
              String[] names = path.split("[.]", -1);
              for (int i = 0; i < names.length - 1; i++) {
                at = at.withObjectProperty(names[i]);
              }
              at.put(names[names.length - 1], setting);
            });
    return YamlText.of(values);
  }

  /** What the install would create, for those who have no helm where the cluster is. */
  private String manifest(Terminal terminal) {
    List<String> arguments =
        new ArrayList<>(List.of("template", RELEASE, chart.getPlace(), "--values", "-"));
    if (!chart.getVersion().isEmpty()) {
      arguments.addAll(List.of("--version", chart.getVersion()));
    }
    arguments.addAll(
        List.of(
            "--namespace",
            Names.DEFAULT_AGENT_NAMESPACE,
            "--kube-version",
            KUBERNETES,
            // helm test is not to be applied.
            "--no-hooks"));
    // The token is not among the arguments, which others on this machine can see.
    LocalProgram.Outcome rendered = helm(terminal).run(values(), arguments);
    if (!rendered.good()) {
      throw new CliException(
          ExitCode.PRECONDITION,
          "helm does not render " + chart.getPlace(),
          "",
          Cell.plain(rendered.why()),
          "name a chart that can be reached here with --chart; what was registered stays so, and"
              + " its token is void with the next one");
    }
    return namespace() + rendered.out();
  }

  /** As one word of a shell. */
  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
