package io.towline.agent.enroll;

import io.towline.vocabulary.Reason;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * The agent's keys on its disk: the one that is certified, and the next one while it is not. A next
 * key is stored before the hub hears of it, so that a lost answer or a crash is made good by asking
 * again with the same key. One thread uses it.
 */
public final class Credentials {
  private static final String CURRENT = "credential";
  private static final String NEXT = "next-key";

  private final DurableFiles files;
  private final SecureRandom random;

  public Credentials(DurableFiles files, SecureRandom random) {
    this.files = files;
    this.random = random;
  }

  /**
   * The one that is kept; empty if the agent never enrolled.
   *
   * @throws StateException if it is damaged or cannot be read
   */
  public Optional<Credential> current() {
    try {
      return files.read(CURRENT).map(Credential::parse);
    } catch (IllegalArgumentException e) {
      throw new StateException(
          Reason.TRUST_STATE_LOST,
          "the file " + CURRENT + " is none that this version can read",
          e);
    }
  }

  /**
   * The key to ask a certificate for; made and stored if there is none.
   *
   * @throws StateException if it cannot be stored
   */
  public AgentKey next() {
    try {
      Optional<AgentKey> kept = files.read(NEXT).map(AgentKey::parse);
      if (kept.isPresent()) {
        return kept.get();
      }
    } catch (StateException | IllegalArgumentException e) {
      // Nothing depends on a key that is not certified: another one does as well.
    }
    AgentKey made = AgentKey.generate(random);
    files.write(NEXT, made.bytes());
    return made;
  }

  /**
   * Puts a credential in the place of the kept one, in one step.
   *
   * @throws StateException if it cannot be stored; the kept one is then still there
   */
  public void keep(Credential credential) {
    files.write(CURRENT, credential.bytes());
    files.delete(NEXT);
  }
}
