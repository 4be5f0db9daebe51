package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;

/** How an unquoted YAML scalar becomes a value: declarations and manifests differ in this alone. */
@FunctionalInterface
public interface Scalars {
  /**
   * Gives the value of one unquoted scalar.
   *
   * @param text the scalar as written
   * @return a string, number, boolean or null node
   * @throws IllegalArgumentException with a message for people, when the scalar stands for a value
   *     that JSON does not have
   */
  JsonNode resolve(String text);
}
