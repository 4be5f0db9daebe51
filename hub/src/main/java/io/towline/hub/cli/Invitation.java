package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.fleet.v1.AgentChart;
import io.towline.fleet.v1.Cluster;
import io.towline.vocabulary.Names;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What lets an agent join, in the forms in which it is handed over.
 *
 * @param token shown this once
 * @param chart where the agent's chart is
 */
record Invitation(Cluster cluster, String token, AgentChart chart) {
  /** The release, and what begins the names of its objects. */
  static final String RELEASE = "towline-agent";

  /** The forms' meaning, for the help of the commands that print them. */
  static final String FORMS =
      "text, token (alone), helm (the line alone), secret or values (YAML), json or yaml.";

  private static final String SECRET = RELEASE + "-join";
  private static final String ROLE = "cluster-admin";
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

  /** The forms. */
  enum Form {
    text,
    token,
    helm,
    secret,
    values,
    json,
    yaml
  }

  /**
   * The forms that say all that the agent of one cluster needs to call its hub: those of a pool
   * want a name of their own beside the token, those without a hub a folder.
   */
  static final Set<Form> OF_CALLERS = Set.of(Form.helm, Form.secret, Form.values);

  /** Prints it; {@code text} is the caller's. */
  void print(Form form, Cli cli) {
    switch (form) {
      case text -> throw new IllegalArgumentException("text is the caller's");
      case token -> cli.terminal().out().println(token);
      case helm -> cli.terminal().out().println(line());
      case secret -> {
        cli.terminal().out().print(secret());
        cli.terminal()
            .say("Apply it where kubectl points at the cluster (| kubectl apply -f -), then");
        cli.terminal().say("  " + line("join.existingSecret=" + SECRET));
      }
      case values -> cli.terminal().out().print(values());
      case json, yaml -> {
        ObjectNode json = Printer.document("ClusterRegistration").put("joinToken", token);
        json.set("cluster", ProtoJson.of(cluster));
        cli.printer().tree(json, form == Form.json ? Output.json : Output.yaml);
      }
    }
    cli.terminal().out().flush();
  }

  /** What installs an agent, to be pasted into a shell. */
  String line() {
    return line("join.token=" + token);
  }

  private String line(String join) {
    return "helm upgrade --install "
        + RELEASE
        + " "
        + quoted(chart.getPlace())
        + (chart.getVersion().isEmpty() ? "" : " --version " + quoted(chart.getVersion()))
        + " --namespace "
        + Names.DEFAULT_AGENT_NAMESPACE
        + " --create-namespace --set "
        + join
        + " --set deployer.clusterRole="
        + ROLE;
  }

  private String secret() {
    return """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: %1$s
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          name: %2$s
          namespace: %1$s
        stringData:
          token: %3$s
        """
        .formatted(Names.DEFAULT_AGENT_NAMESPACE, SECRET, token);
  }

  private String values() {
    return """
        join:
          token: %s
        deployer:
          clusterRole: %s
        """
        .formatted(token, ROLE);
  }

  /** As one word of a shell. */
  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
