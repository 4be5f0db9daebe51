package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.agent.apply.Account;
import io.towline.agent.apply.ApiResource;
import io.towline.envelope.ObjectIdentity;

/**
 * One watch: a kind, in the name of an account.
 *
 * @param namespace empty for all namespaces; named only where the account may not watch them all
 * @param name of one object that bears no label of Towline; empty for all that do
 */
record WatchKey(Account account, ApiResource resource, String namespace, String name) {
  /** Which object of the watched kind it is. */
  ObjectIdentity identityOf(JsonNode object) {
    JsonNode metadata = object.path("metadata");
    return new ObjectIdentity(
        resource.group(),
        resource.kind(),
        metadata.path("namespace").asText(""),
        metadata.path("name").asText(""));
  }
}
