package io.towline.agent.apply;

import java.util.Optional;

/** Which account speaks for a bundle, and whether it may change anything. */
public final class Accounts {
  private final String defaultServiceAccount;
  private final String agentNamespace;
  private final boolean readOnly;

  /**
   * @param agentNamespace where names without a namespace are looked for
   */
  public Accounts(ApplyConfig config, String agentNamespace) {
    this.defaultServiceAccount = config.defaultServiceAccount().orElse("");
    this.agentNamespace = agentNamespace;
    this.readOnly = config.readOnly();
  }

  /** Whether the cluster's owner lets the agent read alone. */
  public boolean readOnly() {
    return readOnly;
  }

  /**
   * The account for a bundle; where the agent reads alone, always its own.
   *
   * @param serviceAccount as its policy names it; empty if it names none
   * @throws IllegalArgumentException if that is no name of a service account
   */
  public Account of(String serviceAccount) {
    if (readOnly) {
      return Account.SELF;
    }
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
