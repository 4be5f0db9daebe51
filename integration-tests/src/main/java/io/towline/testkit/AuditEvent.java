package io.towline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Set;

/**
 * One request that an API server answered, as its audit log tells it. Parts that a request does not
 * have are empty texts.
 *
 * @param user who asked, by the credentials of the request
 * @param impersonated whose rights were used, if not the user's own
 * @param verb get, list, watch, create, update, patch, delete or deletecollection
 * @param group API group; empty for the core group
 * @param resource in the plural, such as {@code deployments}
 * @param subresource such as {@code status}
 * @param namespace empty for what has none
 * @param name empty for collections
 * @param uri path and query
 * @param code HTTP status of the answer
 * @param received when the request arrived
 * @param answered when the answer was complete, or had begun in the case of a watch
 */
public record AuditEvent(
    String user,
    String impersonated,
    String verb,
    String group,
    String resource,
    String subresource,
    String namespace,
    String name,
    String uri,
    int code,
    Instant received,
    Instant answered) {

  private static final Set<String> WRITING_VERBS =
      Set.of("create", "update", "patch", "delete", "deletecollection");
  // Created to ask a question; nothing is kept.
  private static final Set<String> ASKING_GROUPS =
      Set.of("authorization.k8s.io", "authentication.k8s.io");

  static AuditEvent of(JsonNode line) {
    JsonNode object = line.path("objectRef");
    return new AuditEvent(
        line.path("user").path("username").asText(),
        line.path("impersonatedUser").path("username").asText(),
        line.path("verb").asText(),
        object.path("apiGroup").asText(),
        object.path("resource").asText(),
        object.path("subresource").asText(),
        object.path("namespace").asText(),
        object.path("name").asText(),
        line.path("requestURI").asText(),
        line.path("responseStatus").path("code").asInt(),
        Instant.parse(line.path("requestReceivedTimestamp").asText()),
        Instant.parse(line.path("stageTimestamp").asText()));
  }

  /** Whether it could change what the server keeps, granted or not: no dry run, no question. */
  public boolean isWrite() {
    return WRITING_VERBS.contains(verb)
        && !ASKING_GROUPS.contains(group)
        && !uri.contains("dryRun=");
  }

  /** Whether the server did what was asked. */
  public boolean granted() {
    return code < 300;
  }
}
