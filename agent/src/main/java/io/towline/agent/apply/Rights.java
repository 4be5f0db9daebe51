package io.towline.agent.apply;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Asks the API server what an account may do. One request a question; thread-safe. */
public final class Rights {
  private static final String PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

  private final KubeApi api;

  public Rights(KubeApi api) {
    this.api = api;
  }

  /**
   * Something that may be allowed.
   *
   * @param resource in plural, as the API names it
   * @param namespace empty for all, and for what has none
   * @param name empty for all
   */
  public record Right(String verb, String group, String resource, String namespace, String name) {}

  /**
   * Whether an account has a right.
   *
   * @throws KubeException if the API server does not answer, or if the agent may not act as the
   *     account
   */
  public boolean may(Account account, Right right) throws KubeException, InterruptedException {
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SelfSubjectAccessReview");
    review
        .putObject("spec")
        .putObject("resourceAttributes")
        .put("verb", right.verb())
        .put("group", right.group())
        .put("resource", right.resource())
        .put("namespace", right.namespace())
        .put("name", right.name());
    return api.create(account, PATH, review.toString())
        .path("status")
        .path("allowed")
        .asBoolean(false);
  }
}
