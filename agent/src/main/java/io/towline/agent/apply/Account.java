package io.towline.agent.apply;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * In whose name the API server is spoken to: the agent's own account, or a service account that it
 * impersonates, so that a bundle can do no more than its account may.
 *
 * @param user the user name that is impersonated, as {@code system:serviceaccount:<namespace>:
 *     <name>}; empty for the agent itself
 */
public record Account(Optional<String> user) {
  /** The agent's own account. */
  public static final Account SELF = new Account(Optional.empty());

  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

  public Account {
    Objects.requireNonNull(user);
  }

  /**
   * The account that a policy or setting names.
   *
   * @param name {@code name} or {@code namespace/name}; empty for the agent's own account
   * @param agentNamespace where a name without a namespace is looked for
   * @throws IllegalArgumentException if it is no name of a service account
   */
  public static Account ofServiceAccount(String name, String agentNamespace) {
    if (name.isEmpty()) {
      return SELF;
    }
    int slash = name.indexOf('/');
    String namespace = slash < 0 ? agentNamespace : name.substring(0, slash);
    String account = name.substring(slash + 1);
    if (!NAME.matcher(namespace).matches() || !NAME.matcher(account).matches()) {
      throw new IllegalArgumentException("not a service account: " + name);
    }
    return new Account(Optional.of("system:serviceaccount:" + namespace + ":" + account));
  }

  @Override
  public String toString() {
    return user.orElse("the agent's own account");
  }
}
