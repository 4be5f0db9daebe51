package io.towline.hub.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether the agent's chart can be installed from here, in the cluster that kubectl points at. Asks
 * by the programs that the install needs too, and changes nothing.
 */
final class InstallChecks {
  /** The oldest that the charts are for. */
  static final MinorVersion KUBERNETES = new MinorVersion(1, 30);

  private static final MinorVersion HELM = new MinorVersion(3, 18);

  /** The version within what {@code helm version} says, whatever stands around it. */
  private static final Pattern HELM_VERSION = Pattern.compile("v([0-9]+[.][0-9]+[.][0-9]+\\S*)");

  private static final String ENFORCE = "pod-security.kubernetes.io/enforce";
  private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
  private static final String AGENTS = "app.kubernetes.io/name=towline-agent";

  private final Terminal terminal;
  private final String namespace;
  private final CheckReport report;

  InstallChecks(Terminal terminal, String namespace, CheckReport report) {
    this.terminal = terminal;
    this.namespace = namespace;
    this.report = report;
  }

  void look() {
    report.group("this machine");
    report.add(helm());
    Optional<Kubectl> kubectl = Kubectl.find(terminal);
    report.add(
        kubectl
            .map(found -> Finding.good(Check.KUBECTL, "is on the PATH"))
            .orElseGet(
                () ->
                    Finding.failed(
                        Check.KUBECTL,
                        "is not on the PATH",
                        "install it: https://kubernetes.io/docs/tasks/tools/")));
    kubectl.ifPresent(this::cluster);
  }

  private Finding helm() {
    Optional<LocalProgram> helm = LocalProgram.find(terminal, "helm");
    String install = "install Helm " + HELM + " or newer: https://helm.sh/docs/intro/install/";
    if (helm.isEmpty()) {
      return Finding.failed(
          Check.HELM,
          "is not on the PATH",
          install,
          "or install without it: towline cluster add NAME -o manifest, where there is a helm");
    }
    LocalProgram.Outcome said = helm.get().run("", List.of("version", "--short"));
    Matcher matcher = HELM_VERSION.matcher(said.out());
    if (!said.good() || !matcher.find()) {
      return Finding.failed(Check.HELM, "does not say its version: " + said.why(), install);
    }
    boolean old =
        MinorVersion.of(matcher.group(1)).filter(version -> version.behind(HELM) <= 0).isEmpty();
    return old
        ? Finding.failed(Check.HELM, matcher.group() + " is too old", install)
        : Finding.good(Check.HELM, matcher.group());
  }

  private void cluster(Kubectl kubectl) {
    report.group("cluster of context " + kubectl.context());
    try {
      report.add(kubernetes(kubectl));
    } catch (Kubectl.Failure e) {
      report.add(
          Finding.failed(
              Check.KUBERNETES,
              "the API server does not answer: " + e.getMessage(),
              "choose the cluster to install in: kubectl config use-context NAME, or KUBECONFIG"));
      return;
    }
    List<JsonNode> namespaces = new ArrayList<>();
    look(
        Check.POD_SECURITY,
        "look at namespaces",
        () -> {
          kubectl.get("namespace", namespace).ifPresent(namespaces::add);
          report.add(podSecurity(namespaces.stream().findFirst()));
        });
    look(
        Check.RIGHTS,
        "ask what you may do",
        () -> {
          InstallRights rights = new InstallRights(namespace, namespaces.isEmpty());
          rights.findings(kubectl).forEach(report::add);
        });
    look(
        Check.INSTALLED,
        "list Deployments of all namespaces",
        () -> report.add(installed(kubectl.list("deployments", "--all-namespaces", "-l", AGENTS))));
    look(
        Check.STORAGE,
        "list StorageClasses",
        () -> report.add(storage(kubectl.list("storageclasses"))));
  }

  private interface Look {
    void run() throws Kubectl.Failure;
  }

  /** One that cannot be made tells nothing of the cluster: the others go on. */
  private void look(Check check, String what, Look look) {
    try {
      look.run();
    } catch (Kubectl.Failure e) {
      report.add(
          Finding.warning(
              check,
              "cannot " + what + ": " + e.getMessage(),
              "look with an account that may, or go on and see"));
    }
  }

  private static Finding kubernetes(Kubectl kubectl) throws Kubectl.Failure {
    String version = kubectl.serverVersion();
    return MinorVersion.of(version).filter(known -> known.behind(KUBERNETES) <= 0).isPresent()
        ? Finding.good(Check.KUBERNETES, version)
        : Finding.failed(
            Check.KUBERNETES,
            version + " is older than " + KUBERNETES,
            "upgrade the cluster: the charts want Kubernetes " + KUBERNETES + " or newer");
  }

  private Finding podSecurity(Optional<JsonNode> found) {
    if (found.isEmpty()) {
      return Finding.good(
          Check.POD_SECURITY,
          "namespace " + namespace + " is not there yet; the chart meets every standard");
    }
    String level = found.get().path("metadata").path("labels").path(ENFORCE).asText("");
    return level.isEmpty()
        ? Finding.warning(
            Check.POD_SECURITY,
            "namespace " + namespace + " enforces no standard",
            "the agent meets the strictest: kubectl label namespace "
                + namespace
                + " "
                + ENFORCE
                + "=restricted")
        : Finding.good(
            Check.POD_SECURITY,
            "namespace " + namespace + " enforces " + level + ", which the chart meets");
  }

  private static Finding installed(List<JsonNode> deployments) {
    if (deployments.isEmpty()) {
      return Finding.good(Check.INSTALLED, "none yet");
    }
    JsonNode first = deployments.getFirst().path("metadata");
    return Finding.warning(
        Check.INSTALLED,
        "there is one: Deployment "
            + first.path("namespace").asText()
            + "/"
            + first.path("name").asText(),
        "the same release in the same namespace is upgraded; another one would contradict it: helm"
            + " list --all-namespaces");
  }

  private static Finding storage(List<JsonNode> classes) {
    List<String> names = new ArrayList<>();
    for (JsonNode one : classes) {
      String name = one.path("metadata").path("name").asText();
      if (one.path("metadata").path("annotations").path(DEFAULT_CLASS).asText("").equals("true")) {
        return Finding.good(Check.STORAGE, "default StorageClass " + name);
      }
      names.add(name);
    }
    // Whether values say something else is not known here.
    return names.isEmpty()
        ? Finding.warning(
            Check.STORAGE,
            "no StorageClass: the agent's claim would wait for ever",
            "--set state.persistence.enabled=false, or state.persistence.existingClaim=NAME")
        : Finding.warning(
            Check.STORAGE,
            "no default StorageClass among " + String.join(", ", names),
            "--set state.persistence.storageClass=" + names.getFirst());
  }
}
