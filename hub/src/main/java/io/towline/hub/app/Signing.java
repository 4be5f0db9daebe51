package io.towline.hub.app;

import io.towline.envelope.RootChain;
import io.towline.envelope.RootDocument;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.hub.show.RootSubmission;
import io.towline.hub.sign.EnvelopeSigner;
import io.towline.hub.sign.HubKeys;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.sign.SignConfig;
import io.towline.hub.sign.SoleKey;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.Fleet.Root;
import io.towline.vocabulary.Reason;
import java.time.InstantSource;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * The newest root, and the signer under it. Level-based: whoever asks for the newest gets what the
 * store has, whichever hub put it there. Thread-safe.
 */
final class Signing implements RootSubmission {
  private static final Logger LOG = Logger.getLogger(Signing.class);

  private final HubKeys keys;
  private final Fleet fleet;
  private final SignConfig config;
  private final Changes changes;
  private final InstantSource clock;
  private TrustedRoot root;
  private EnvelopeSigner signer;

  /**
   * Makes one.
   *
   * @param root the newest root that the store has
   */
  Signing(
      TrustedRoot root,
      HubKeys keys,
      Fleet fleet,
      SignConfig config,
      Changes changes,
      InstantSource clock) {
    this.root = root;
    this.keys = keys;
    this.fleet = fleet;
    this.config = config;
    this.changes = changes;
    this.clock = clock;
    this.signer = new EnvelopeSigner(keys, root, config);
    warnOfItsKey();
  }

  /** The signer under the newest root that is stored. */
  synchronized EnvelopeSigner newest() {
    List<byte[]> later =
        fleet.rootsAfter(root.document().version()).stream().map(Root::dsse).toList();
    RootChain.follow(root, later).forEach(this::adopt);
    return signer;
  }

  @Override
  public synchronized RootDocument root() {
    return newest().root();
  }

  @Override
  public synchronized TrustedRoot submit(byte[] dsse) {
    RootDocument before = newest().root();
    RootDraft draft = RootDraft.read(dsse);
    if (draft.dsse().digest().equals(root.payload())) {
      return root;
    }
    if (draft.document().version() <= before.version()) {
      throw new VerificationException(
          Reason.ROOT_INVALID, "the hub has root version " + before.version() + " already");
    }
    TrustedRoot next = RootChain.next(root, dsse);
    if (!next.document().expiresAt().isAfter(clock.instant())) {
      throw new VerificationException(
          Reason.ROOT_EXPIRED, "the root expired at " + next.document().expiresAt());
    }
    Fleet.Added added =
        fleet.add(new Root(next.document().version(), next.dsse()), next.document().epoch());
    if (added == Fleet.Added.OVERTAKEN) {
      throw new VerificationException(
          Reason.ROOT_INVALID, "another root of its version came first");
    }
    adopt(next);
    LOG.infof(
        "A new root is trusted version=%d epoch=%d",
        next.document().version(), next.document().epoch());
    changes.announce(Changes.Topic.ROOT);
    return next;
  }

  private void adopt(TrustedRoot next) {
    root = next;
    signer = new EnvelopeSigner(keys, next, config);
    warnOfItsKey();
  }

  private void warnOfItsKey() {
    if (!signer.isTrusted()) {
      LOG.warnf(
          "Root version %d names the hub's envelope key in no role: every envelope waits for the"
              + " signatures of others",
          root.document().version());
    }
    SoleKey sole = signer.soleKey();
    sole.warning()
        .ifPresent(
            warning ->
                LOG.warnf(
                    "%s Ask for a second key before production: %s",
                    warning, String.join(" && ", sole.commands())));
  }
}
