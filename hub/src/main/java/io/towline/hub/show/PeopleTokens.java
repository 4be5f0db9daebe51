package io.towline.hub.show;

/** Says who may use the people's API. */
@FunctionalInterface
public interface PeopleTokens {
  /** Whether the bearer token is good. Takes the same time for every wrong token; never blocks. */
  boolean admits(String token);
}
