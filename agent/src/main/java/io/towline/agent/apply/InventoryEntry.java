package io.towline.agent.apply;

import io.towline.envelope.Digest;
import io.towline.envelope.ObjectRef;
import java.util.Objects;
import java.util.Optional;

/**
 * One object that Towline applied, or was about to.
 *
 * @param bundle the bundle it belongs to
 * @param serviceAccount the account that the bundle's policy named when it was applied; empty for
 *     the default
 * @param digest of the body that was applied, or, while not confirmed, is being applied
 * @param uid of the live object; empty until an apply was answered
 * @param confirmed whether the API server has answered the apply of exactly this body
 * @param wave that it was applied in; what is deleted goes in the reverse order
 */
public record InventoryEntry(
    ObjectRef ref,
    String bundle,
    String serviceAccount,
    Digest digest,
    Optional<String> uid,
    boolean confirmed,
    int wave) {

  public InventoryEntry {
    Objects.requireNonNull(ref);
    Objects.requireNonNull(bundle);
    Objects.requireNonNull(serviceAccount);
    Objects.requireNonNull(digest);
    if (confirmed && uid.isEmpty()) {
      throw new IllegalArgumentException("a confirmed entry has a UID");
    }
  }

  /** One of no wave in particular. */
  public InventoryEntry(
      ObjectRef ref,
      String bundle,
      String serviceAccount,
      Digest digest,
      Optional<String> uid,
      boolean confirmed) {
    this(ref, bundle, serviceAccount, digest, uid, confirmed, 0);
  }

  /** The same object under another UID, applied. */
  public InventoryEntry confirmedAs(String newUid) {
    return new InventoryEntry(ref, bundle, serviceAccount, digest, Optional.of(newUid), true, wave);
  }
}
