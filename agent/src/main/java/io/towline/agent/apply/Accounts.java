package io.towline.agent.apply;

import java.util.Optional;

/** Which account speaks for a bundle. */
public final class Accounts {
  private final String defaultServiceAccount;
  private final String agentNamespace;

  /**
   * @param defaultServiceAccount for bundles that name none; empty for the agent's own account
   * @param agentNamespace where names without a namespace are looked for
   */
  public Accounts(String defaultServiceAccount, String agentNamespace) {
    this.defaultServiceAccount = defaultServiceAccount;
    this.agentNamespace = agentNamespace;
  }

  /**
   * The account for a bundle.
   *
   * @param serviceAccount as its policy names it; empty if it names none
   * @throws IllegalArgumentException if that is no name of a service account
   */
  public Account of(String serviceAccount) {
    return Account.ofServiceAccount(
        serviceAccount.isEmpty() ? defaultServiceAccount : serviceAccount, agentNamespace);
  }

  /** As {@link #of}; empty if that is no name of a service account. */
  public Optional<Account> find(String serviceAccount) {
    try {
      return Optional.of(of(serviceAccount));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
