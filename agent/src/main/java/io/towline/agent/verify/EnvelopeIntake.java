package io.towline.agent.verify;

import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.StateException;
import io.towline.agent.stream.Backoff;
import io.towline.agent.stream.Delivered;
import io.towline.agent.stream.Deliverer;
import io.towline.agent.stream.HubException;
import io.towline.agent.stream.NewestEnvelope;
import io.towline.agent.v1.Position;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.Floor;
import io.towline.envelope.Limits;
import io.towline.envelope.Signers;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.envelope.VerifiedStatement;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Remedy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides about every envelope that comes, in the order of trust: roots, signatures, addressee,
 * place, time; then the manifests are fetched and checked, then the objects; then everything is
 * made durable, the floor last; and only then is it handed on. A refusal changes nothing but newer
 * roots, and what was handed on before goes on being enforced: also after its expiry, which is
 * reported.
 *
 * <p>{@link #restore} and {@link #run} are called by one thread; the questions by any.
 */
public final class EnvelopeIntake {
  private static final String ENVELOPE = "envelope-";

  /** How often the clock is compared with the expiry: clocks are set, also backwards. */
  private static final Duration CLOCK_CHECK = Duration.ofSeconds(30);

  /** Who acts on what is decided. Called on the intake's thread; must return soon. */
  public interface Listener {
    /** This is what the cluster shall be. The floor is durable. */
    void accepted(VerifiedEnvelope envelope, Origin origin);

    /** Something that came was refused; nothing changed. */
    void refused(Position position, Reason reason, String message);

    /** Old files could not be removed; they are tried again after the next envelope. */
    void untidy(String message);

    /** The held envelope passed its expiry, or its expiry lies ahead again. */
    void expiry(VerifiedEnvelope held, boolean expired);

    /** The held envelope is signed by too few keys that the newest root trusts, or by enough. */
    void retired(VerifiedEnvelope held, boolean retired);

    /**
     * The clock went below the last accepted envelope's time by more than clocks may differ, or
     * came back. The envelope's time is what counts while it lasts.
     */
    void clockBehind(Instant floor, boolean behind);

    /**
     * A root that was offered without an envelope was refused; what was believed before is still
     * believed.
     */
    void rootRefused(Reason reason, String message);
  }

  /** Where an accepted envelope comes from. */
  public enum Origin {
    /** It was accepted before this start, and is enforced without asking anybody. */
    DISK,
    /** It is new. */
    DELIVERED
  }

  private final UUID cluster;
  private final TrustStore trust;
  private final DurableFiles files;
  private final BodyStore bodies;
  private final EnvelopeVerifier verifier;
  private final Roots roots;
  private final BodyCollector collector;
  private final Deliverer usual;
  private final NewestEnvelope inbox;
  private final Supplier<Set<Digest>> alsoNeeded;
  private final InstantSource clock;
  private final Backoff backoff;
  private final Listener listener;

  private volatile @Nullable VerifiedEnvelope held;
  private volatile boolean repairWanted;
  private boolean expired;
  private boolean clockBehind;
  private boolean retired;
  private long judgedUnder;
  private @Nullable Delivered postponed;

  /**
   * @param usual whom to ask for what belongs to no envelope that waits: newer roots, and what the
   *     disk lost of the held one
   * @param inbox where the newest envelopes wait
   * @param alsoNeeded bodies that are needed although no held envelope names them
   */
  public EnvelopeIntake(
      Identity identity,
      TrustStore trust,
      DurableFiles files,
      BodyStore bodies,
      Deliverer usual,
      NewestEnvelope inbox,
      Supplier<Set<Digest>> alsoNeeded,
      InstantSource clock,
      Backoff backoff,
      Listener listener) {
    this.cluster = identity.cluster();
    this.trust = trust;
    this.files = files;
    this.bodies = bodies;
    this.verifier = new EnvelopeVerifier(identity.fleet(), identity.cluster());
    this.roots = new Roots(trust);
    this.collector = new BodyCollector(verifier, bodies, inbox::isWaiting);
    this.usual = usual;
    this.inbox = inbox;
    this.alsoNeeded = alsoNeeded;
    this.clock = clock;
    this.backoff = backoff;
    this.listener = listener;
  }

  /** The place of the envelope that is enforced; empty if there is none. */
  public Optional<Position> held() {
    return Optional.ofNullable(held).map(envelope -> position(envelope.position()));
  }

  /** The envelope that is enforced; empty if there is none. */
  public Optional<VerifiedEnvelope> heldEnvelope() {
    return Optional.ofNullable(held);
  }

  /** A body of the held envelope was lost: it is fetched anew as soon as that can be. */
  public void repair() {
    repairWanted = true;
    inbox.wake();
  }

  /**
   * Takes up what was accepted before this start, without asking anybody. If it is not whole,
   * nothing is handed on until it is delivered again.
   *
   * @return why nothing was handed on although something was accepted before; empty if all is well
   */
  public Optional<VerificationException> restore() {
    Floor floor = trust.floor();
    if (floor.payload().isEmpty()) {
      return Optional.empty();
    }
    try {
      byte[] gzip =
          files
              .read(ENVELOPE + floor.payload().get().hex())
              .orElseThrow(
                  () ->
                      new VerificationException(
                          Reason.TRUST_STATE_LOST,
                          "the envelope that was accepted last is not on the volume"));
      VerifiedStatement statement = verifier.verifyHeld(unzip(gzip), floor);
      enforce(verifier.verifyBodies(statement, bodies), Origin.DISK);
      judgeSigners();
      return Optional.empty();
    } catch (VerificationException e) {
      return Optional.of(e);
    } catch (StateException e) {
      return Optional.of(new VerificationException(e.reason(), message(e)));
    }
  }

  /** Decides about whatever comes, until the thread is interrupted. */
  public void run() throws InterruptedException {
    while (true) {
      if (inbox.await(CLOCK_CHECK)) {
        decide(inbox.take());
      } else {
        followRoots();
        if (repairWanted) {
          repairOnce();
        }
      }
      checkClock();
    }
  }

  /** A root may come without an envelope: it may take keys away that what is held is signed by. */
  private void followRoots() {
    long offered = usual.newestRoot();
    // The first root comes with the first envelope: before that there is nothing to judge.
    if (trust.root().isPresent() && offered > trust.rootVersion()) {
      try {
        roots.upTo(usual, offered);
      } catch (VerificationException e) {
        // Every envelope is refused for it, too, until there is another one.
        listener.rootRefused(e.reason(), message(e));
      } catch (StateException e) {
        listener.rootRefused(e.reason(), message(e));
      } catch (HubException e) {
        // It is asked again at the next look.
      }
    }
    judgeSigners();
  }

  /** Whether what is held is signed by keys that the newest root still trusts. */
  private void judgeSigners() {
    VerifiedEnvelope envelope = held;
    Optional<TrustedRoot> root = trust.root();
    if (envelope == null || root.isEmpty() || root.get().document().version() == judgedUnder) {
      return;
    }
    judgedUnder = root.get().document().version();
    boolean now;
    try {
      now =
          files
              .read(ENVELOPE + envelope.position().payload().hex())
              .map(gzip -> Dsse.parse(unzip(gzip)))
              .map(dsse -> isRetired(dsse, root.get()))
              .orElse(false);
    } catch (VerificationException | StateException e) {
      // A damaged file is found, and said, when it is needed.
      return;
    }
    if (now != retired) {
      retired = now;
      listener.retired(envelope, now);
    }
  }

  private void decide(Delivered delivered) throws InterruptedException {
    Position position = delivered.envelope().getPosition();
    if (!delivered.equals(postponed)) {
      backoff.reset();
    }
    switch (verdict(delivered)) {
      case Verdict.Done done -> postponed = null;
      case Verdict.Superseded superseded -> inbox.giveBack(delivered);
      case Verdict.Refused refused ->
          listener.refused(position, refused.reason(), refused.message());
      case Verdict.Later later -> {
        later.reason().ifPresent(reason -> listener.refused(position, reason, later.message()));
        inbox.awaitNew(backoff.next());
        postponed = delivered;
        inbox.giveBack(delivered);
      }
    }
  }

  /** What became of one look at an envelope. */
  private sealed interface Verdict {
    /** It is held. */
    record Done() implements Verdict {}

    /** Another one came that is looked at first. */
    record Superseded() implements Verdict {}

    /** It is refused for good. */
    record Refused(Reason reason, String message) implements Verdict {}

    /** It may be accepted later. A reason is something that the hub should hear of. */
    record Later(Optional<Reason> reason, String message) implements Verdict {}
  }

  private Verdict verdict(Delivered delivered) throws InterruptedException {
    try {
      return accept(delivered) ? new Verdict.Done() : new Verdict.Superseded();
    } catch (VerificationException e) {
      return passes(e.reason())
          ? new Verdict.Later(Optional.of(e.reason()), message(e))
          : new Verdict.Refused(e.reason(), message(e));
    } catch (StateException e) {
      return e.reason().remedy() == Remedy.RETRY
          ? new Verdict.Later(Optional.of(e.reason()), message(e))
          : new Verdict.Refused(e.reason(), message(e));
    } catch (HubException e) {
      return switch (e.kind()) {
        case UNAVAILABLE, SILENT, DENIED, REPLACED ->
            new Verdict.Later(Optional.empty(), message(e));
        case NOT_FOUND, PROTOCOL -> new Verdict.Refused(Reason.OBJECT_MISSING, message(e));
      };
    }
  }

  /** Whether time alone may turn the refusal. */
  private static boolean passes(Reason reason) {
    return reason == Reason.ENVELOPE_NOT_YET_VALID;
  }

  private static String message(Exception e) {
    return Optional.ofNullable(e.getMessage()).orElseGet(() -> e.getClass().getSimpleName());
  }

  /**
   * The straight way of one envelope, numbered as in {@code docs/verify.md}. Gives false, without
   * effect, if a newer one waits.
   */
  private boolean accept(Delivered delivered) throws HubException, InterruptedException {
    Deliverer from = delivered.from();
    Floor seen = trust.floor();
    Instant now = clock.instant(); // 1
    byte[] gzip = delivered.envelope().getDsseGzip().toByteArray();
    Dsse dsse = Dsse.parse(unzip(gzip)); // 2
    VerifiedStatement statement = verifyStatement(dsse, from, seen, now); // 3 to 12
    VerifiedEnvelope before = held;
    if (before != null && before.position().equals(statement.position())) {
      return true;
    }
    Optional<VerifiedEnvelope> verified =
        collector.collect(from, statement, Optional.ofNullable(held)); // 12 to 14
    if (verified.isEmpty()) {
      return false;
    }
    String name = ENVELOPE + statement.position().payload().hex();
    bodies.makeDurable();
    files.write(name, gzip);
    trust.raise(seen, verified.get().floor()); // 16
    // Its signatures were counted under the newest root a moment ago.
    judgedUnder = trust.rootVersion();
    retired = false;
    enforce(verified.get(), Origin.DELIVERED); // 15 and 17, of each bundle
    tidy(name, verified.get());
    return true;
  }

  /** What cannot be removed now takes room until the next envelope, and does no harm. */
  private void tidy(String name, VerifiedEnvelope envelope) {
    try {
      files.deleteAllBut(ENVELOPE, name);
      dropNeedlessBodies(envelope);
    } catch (StateException e) {
      listener.untidy(message(e));
    }
  }

  /**
   * A signature may be of a key that only a newer root knows, so the roots are brought up to date
   * first, and once more if the hub has published one since it said which it has.
   */
  private VerifiedStatement verifyStatement(Dsse dsse, Deliverer from, Floor floor, Instant now)
      throws HubException {
    TrustedRoot root = roots.upTo(from, from.newestRoot());
    try {
      return verifier.verify(dsse, root, floor, now);
    } catch (VerificationException e) {
      if (!newerRootMayHelp(e.reason())) {
        throw e;
      }
      TrustedRoot newer = roots.upTo(from, Long.MAX_VALUE);
      if (newer.document().version() == root.document().version()) {
        throw e;
      }
      return verifier.verify(dsse, newer, floor, now);
    }
  }

  private static boolean newerRootMayHelp(Reason reason) {
    return reason == Reason.ROOT_VERSION_MISMATCH
        || reason == Reason.SIGNATURE_INVALID
        || reason == Reason.EPOCH_MISMATCH
        || reason == Reason.ROOT_EXPIRED
        || reason == Reason.SCOPE_MISSING;
  }

  /**
   * Whether a key that signed it is trusted for it no more, and too few others are. A root that
   * only asks for more signatures than before retires nobody.
   */
  private boolean isRetired(Dsse dsse, TrustedRoot root) {
    Signers signers = Signers.of(dsse, root.document(), cluster);
    return !signers.enough() && signers.keyIds().size() < dsse.signatures().size();
  }

  private void enforce(VerifiedEnvelope envelope, Origin origin) {
    held = envelope;
    expired = false;
    listener.accepted(envelope, origin);
    checkClock();
  }

  /** What the clock alone may turn: a lie of its own, and the expiry of what is held. */
  private void checkClock() {
    Instant now = clock.instant();
    Instant floor = trust.floor().time();
    boolean behind = now.plus(EnvelopeVerifier.CLOCK_TOLERANCE).isBefore(floor);
    if (behind != clockBehind) {
      clockBehind = behind;
      listener.clockBehind(floor, behind);
    }
    VerifiedEnvelope envelope = held;
    if (envelope == null) {
      return;
    }
    boolean over = !now.isBefore(envelope.statement().expiresAt());
    if (over != expired) {
      expired = over;
      listener.expiry(envelope, over);
    }
  }

  private void dropNeedlessBodies(VerifiedEnvelope envelope) {
    Set<Digest> needed = new HashSet<>(alsoNeeded.get());
    for (VerifiedBundle bundle : envelope.bundles()) {
      needed.add(bundle.entry().manifest());
      bundle.manifest().objects().forEach(object -> needed.add(object.digest()));
    }
    bodies.retain(needed);
  }

  private void repairOnce() throws InterruptedException {
    repairWanted = false;
    VerifiedEnvelope envelope = held;
    if (envelope == null) {
      return;
    }
    try {
      collector.repair(usual, envelope);
    } catch (HubException | VerificationException | StateException e) {
      // The next envelope, or the next reader that finds it missing, brings it up again.
      listener.refused(position(envelope.position()), Reason.OBJECT_MISSING, message(e));
    }
  }

  static byte[] unzip(byte[] gzip) {
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      byte[] bytes = in.readNBytes(Limits.ENVELOPE_BYTES + 1);
      if (bytes.length > Limits.ENVELOPE_BYTES) {
        throw new VerificationException(
            Reason.ENVELOPE_MALFORMED,
            "the envelope is larger than " + Limits.ENVELOPE_BYTES + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new VerificationException(Reason.ENVELOPE_MALFORMED, "the envelope is not gzip");
    }
  }

  private static Position position(io.towline.envelope.Position position) {
    return Position.newBuilder()
        .setEpoch(position.epoch())
        .setSequence(position.sequence())
        .setPayloadSha256(position.payload().hex())
        .build();
  }
}
