package io.towline.hub.cli;

import io.towline.envelope.BodySource;
import io.towline.envelope.BundleEntry;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.Floor;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Signers;
import io.towline.envelope.SourceInfo;
import io.towline.envelope.Statement;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.UnsignedEnvelope;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.fleet.v1.Envelope;
import io.towline.fleet.v1.PendingEnvelope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * An envelope that waits for signatures, checked in everything that an agent checks but their
 * number: every object by its digest, the order after the envelope before, the times. Immutable.
 */
final class PendingCheck {
  private final Dsse dsse;
  private final UnsignedEnvelope envelope;
  private final Optional<VerifiedEnvelope> before;
  private final TrustedRoot root;

  private PendingCheck(
      Dsse dsse, UnsignedEnvelope envelope, Optional<VerifiedEnvelope> before, TrustedRoot root) {
    this.dsse = dsse;
    this.envelope = envelope;
    this.before = before;
    this.root = root;
  }

  /**
   * Checks what a hub gave.
   *
   * @param root the newest root, followed from one that is trusted
   * @throws VerificationException with the first reason not to sign it
   */
  static PendingCheck of(PendingEnvelope given, TrustedRoot root, Instant now) {
    Map<Digest, byte[]> bodies = new HashMap<>();
    for (Envelope.Body body : given.getBodiesList()) {
      bodies.put(Digest.parse(body.getSha256()), body.getContent().toByteArray());
    }
    BodySource source = (digest, size) -> Optional.ofNullable(bodies.get(digest));
    Dsse dsse = Dsse.parse(given.getDsse().toByteArray());
    Statement claimed = Statement.parse(dsse.payload());
    EnvelopeVerifier verifier = new EnvelopeVerifier(root.document().fleet(), claimed.cluster());
    Optional<VerifiedEnvelope> before =
        given.getBefore().isEmpty()
            ? Optional.empty()
            : Optional.of(before(given.getBefore().toByteArray(), verifier, source));
    UnsignedEnvelope envelope =
        verifier.verifyUnsigned(
            dsse.write(),
            root,
            before.map(VerifiedEnvelope::floor).orElse(Floor.none()),
            now,
            source);
    return new PendingCheck(dsse, envelope, before, root);
  }

  /** The envelope before was accepted once; that its key may have retired since does not matter. */
  private static VerifiedEnvelope before(
      byte[] dsse, EnvelopeVerifier verifier, BodySource source) {
    Dsse parsed = Dsse.parse(dsse);
    Statement statement = Statement.parse(parsed.payload());
    Floor floor =
        new Floor(
            statement.epoch(),
            statement.sequence(),
            Optional.of(parsed.digest()),
            statement.issuedAt());
    return verifier.verifyBodies(verifier.verifyHeld(dsse, floor), source);
  }

  /** What is signed. */
  Dsse dsse() {
    return dsse;
  }

  String clusterName() {
    return envelope.statement().clusterName();
  }

  /** Whether the root wants this key's signature and does not have it yet. */
  boolean asks(String keyId) {
    Signers signers = Signers.of(dsse, root.document(), envelope.statement().cluster());
    return signers.role().keyIds().contains(keyId) && !signers.keyIds().contains(keyId);
  }

  /** What it says, and what it changes of the envelope before. */
  List<String> lines() {
    Statement statement = envelope.statement();
    List<String> lines = new ArrayList<>();
    lines.add("cluster   " + statement.clusterName() + " (" + statement.cluster() + ")");
    lines.add("sequence  " + statement.sequence() + " of epoch " + statement.epoch());
    lines.add("sha256    " + dsse.digest());
    lines.add("issued    " + statement.issuedAt() + ", expires " + statement.expiresAt());
    lines.add(
        "intent    "
            + statement.intent().word()
            + before
                .map(last -> ", after sequence " + last.statement().sequence())
                .orElse(", the first one"));
    Map<String, VerifiedBundle> had = new TreeMap<>();
    before.ifPresent(last -> last.bundles().forEach(bundle -> had.put(bundle.name(), bundle)));
    for (VerifiedBundle bundle : envelope.bundles()) {
      Optional<VerifiedBundle> old = Optional.ofNullable(had.remove(bundle.name()));
      bundle(bundle, old, lines);
    }
    for (VerifiedBundle gone : had.values()) {
      lines.add("- bundle " + gone.name() + ", " + gone.manifest().objects().size() + " objects");
    }
    statement
        .deletions()
        .forEach(deletion -> lines.add("  deletes " + deletion.bundle() + ": " + deletion.ref()));
    lines.replaceAll(Cell::plain);
    return lines;
  }

  private static void bundle(
      VerifiedBundle bundle, Optional<VerifiedBundle> old, List<String> lines) {
    BundleEntry entry = bundle.entry();
    SourceInfo source = entry.source();
    boolean same = old.map(had -> had.entry().manifest().equals(entry.manifest())).orElse(false);
    lines.add(
        (same ? "  bundle " : old.isPresent() ? "~ bundle " : "+ bundle ")
            + bundle.name()
            + ": "
            + bundle.manifest().objects().size()
            + " objects, commit "
            + source.commit()
            + " of "
            + source.name()
            + (source.signer().isEmpty() ? "" : " signed by " + source.signer()));
    if (same) {
      return;
    }
    Map<ObjectRef, ManifestEntry> had = new HashMap<>();
    old.ifPresent(
        before -> before.manifest().objects().forEach(object -> had.put(object.ref(), object)));
    if (old.isPresent() && !old.get().manifest().policy().equals(bundle.manifest().policy())) {
      lines.add("    ~ its policy");
    }
    for (ManifestEntry object : bundle.manifest().objects()) {
      ManifestEntry was = had.remove(object.ref());
      if (was == null) {
        lines.add("    + " + object.ref());
      } else if (!was.digest().equals(object.digest())) {
        lines.add("    ~ " + object.ref());
      }
    }
    Set<ObjectRef> gone = had.keySet();
    gone.stream().map(ObjectRef::toString).sorted().forEach(ref -> lines.add("    - " + ref));
  }
}
