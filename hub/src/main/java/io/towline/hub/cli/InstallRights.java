package io.towline.hub.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Whether a person may create what {@code helm install} of the agent's chart creates. */
final class InstallRights {
  private static final String RBAC = "rbac.authorization.k8s.io";

  /** What the line of {@code cluster add} gives to bundles. */
  private static final Right HAND_OUT =
      new Right("bind", RBAC, "clusterroles", "", "cluster-admin");

  private static final Right EVERYTHING = new Right("*", "*", "*", "", "");

  /** The agent's role may act as this account: who makes it has to be allowed that too. */
  private final Right impersonate;

  private final List<Right> needed;

  /**
   * Something to be allowed.
   *
   * @param group of the API; empty for the core
   * @param namespace empty for the whole cluster
   * @param name empty for all
   */
  private record Right(String verb, String group, String resource, String namespace, String name) {
    @Override
    public String toString() {
      return verb
          + " "
          + resource
          + (name.isEmpty() ? "" : "/" + name)
          + (namespace.isEmpty() ? "" : " in " + namespace);
    }
  }

  InstallRights(String namespace, boolean makesNamespace) {
    List<Right> rights = new ArrayList<>();
    if (makesNamespace) {
      rights.add(new Right("create", "", "namespaces", "", ""));
    }
    // helm keeps its releases in Secrets.
    for (String verb : List.of("create", "get", "list", "update")) {
      rights.add(new Right(verb, "", "secrets", namespace, ""));
    }
    for (String resource : List.of("configmaps", "serviceaccounts", "persistentvolumeclaims")) {
      rights.add(new Right("create", "", resource, namespace, ""));
    }
    rights.add(new Right("create", "apps", "deployments", namespace, ""));
    rights.add(new Right("create", "networking.k8s.io", "networkpolicies", namespace, ""));
    for (String resource : List.of("roles", "rolebindings")) {
      rights.add(new Right("create", RBAC, resource, namespace, ""));
    }
    for (String resource : List.of("clusterroles", "clusterrolebindings")) {
      rights.add(new Right("create", RBAC, resource, "", ""));
    }
    impersonate = new Right("impersonate", "", "serviceaccounts", namespace, "towline-deployer");
    rights.add(impersonate);
    needed = List.copyOf(rights);
  }

  /** Asks for all of them at once. */
  List<Finding> findings(Kubectl kubectl) throws Kubectl.Failure {
    List<Right> asked = new ArrayList<>(needed);
    asked.add(HAND_OUT);
    asked.add(EVERYTHING);
    List<JsonNode> answers = kubectl.ask(reviews(asked));
    if (answers.size() != asked.size()) {
      throw new Kubectl.Failure(answers.size() + " answers to " + asked.size() + " questions");
    }
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < needed.size(); i++) {
      if (!isAllowed(answers.get(i))) {
        missing.add(needed.get(i).toString());
      }
    }
    Finding own =
        missing.isEmpty()
            ? Finding.good(Check.RIGHTS, "you may create all that the chart has")
            : Finding.failed(
                Check.RIGHTS,
                "you may not " + String.join(", ", missing),
                "let somebody install it who may, such as a cluster-admin",
                missing.contains(impersonate.toString()) && missing.size() == 1
                    ? "or --set rbac.profile=namespaced, which impersonates nobody"
                    : "");
    boolean mayHandOut =
        isAllowed(answers.get(needed.size())) || isAllowed(answers.get(needed.size() + 1));
    return List.of(
        own,
        mayHandOut
            ? Finding.good(Check.DEPLOYER, "you may give bundles the role cluster-admin")
            : Finding.warning(
                Check.DEPLOYER,
                "you may not give bundles the role cluster-admin, as the printed line does",
                "--set deployer.clusterRole= to a role that you have, such as edit"));
  }

  private static boolean isAllowed(JsonNode review) {
    return review.path("status").path("allowed").asBoolean();
  }

  private static ObjectNode reviews(List<Right> rights) {
    ObjectNode list = JsonNodeFactory.instance.objectNode();
    ArrayNode items = list.put("apiVersion", "v1").put("kind", "List").putArray("items");
    for (Right right : rights) {
      ObjectNode review = items.addObject();
      review
          .put("apiVersion", "authorization.k8s.io/v1")
          .put("kind", "SelfSubjectAccessReview")
          .putObject("spec")
          .putObject("resourceAttributes")
          .put("verb", right.verb())
          .put("group", right.group())
          .put("resource", right.resource())
          .put("namespace", right.namespace())
          .put("name", right.name());
    }
    return list;
  }
}
