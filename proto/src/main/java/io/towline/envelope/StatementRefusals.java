package io.towline.envelope;

import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What is refused of an envelope before a body is looked at: one method for each reason, in the
 * order in which {@link EnvelopeVerifier} asks.
 */
final class StatementRefusals {
  private StatementRefusals() {}

  /** TUF 5.3.10: only the newest root's expiry counts. */
  static void expiredRoot(RootDocument root, Instant time) {
    if (!time.isBefore(root.expiresAt())) {
      throw new VerificationException(
          Reason.ROOT_EXPIRED,
          "root version " + root.version() + " expired at " + root.expiresAt());
    }
  }

  /** A role that names the cluster ends the search (TUF's terminating delegation). */
  static EnvelopeRole missingScope(RootDocument root, UUID cluster) {
    return root.roleFor(cluster)
        .orElseThrow(
            () ->
                new VerificationException(
                    Reason.SCOPE_MISSING,
                    "root version " + root.version() + " has no envelope role for this cluster"));
  }

  /** DSSE protocol: the type is authenticated, and what it says decides how the payload is read. */
  static void otherPayloadType(Dsse envelope) {
    if (!envelope.payloadType().equals(Statement.PAYLOAD_TYPE)) {
      throw new VerificationException(
          Reason.PAYLOAD_TYPE_WRONG, "the payload type is not " + Statement.PAYLOAD_TYPE);
    }
  }

  /** DSSE protocol: a threshold of distinct keys. */
  static void tooFewSigners(Dsse envelope, RootDocument root, EnvelopeRole role) {
    int signed = Threshold.signers(envelope, root.keysOf(role.keys())).size();
    if (signed < role.keys().threshold()) {
      throw new VerificationException(
          Reason.SIGNATURE_INVALID,
          signed
              + " of the "
              + role.keys().threshold()
              + " signatures that role "
              + role.name()
              + " of root version "
              + root.version()
              + " asks for");
    }
  }

  static void otherFleet(Statement statement, UUID fleet) {
    if (!statement.fleet().equals(fleet)) {
      throw new VerificationException(
          Reason.WRONG_FLEET, "the envelope is for fleet " + statement.fleet());
    }
  }

  static void otherCluster(Statement statement, UUID cluster) {
    if (!statement.cluster().equals(cluster)) {
      throw new VerificationException(
          Reason.WRONG_CLUSTER, "the envelope is for cluster " + statement.cluster());
    }
  }

  /** A newer root may have taken a key away; an older one was followed to get here. */
  static void unknownRootVersion(Statement statement, RootDocument root) {
    if (statement.rootVersion() > root.version()) {
      throw new VerificationException(
          Reason.ROOT_VERSION_MISMATCH,
          "signed under root version "
              + statement.rootVersion()
              + ", the newest one here is "
              + root.version());
    }
  }

  static void otherEpoch(Statement statement, RootDocument root, Floor floor) {
    if (statement.epoch() != root.epoch()) {
      throw new VerificationException(
          Reason.EPOCH_MISMATCH,
          "the envelope is of epoch " + statement.epoch() + ", the root of " + root.epoch());
    }
    if (statement.epoch() < floor.epoch()) {
      throw new VerificationException(
          Reason.EPOCH_MISMATCH,
          "epoch " + statement.epoch() + " is over, " + floor.epoch() + " was accepted");
    }
  }

  /** A new epoch starts its sequences anew. */
  static void rollback(Position position, Floor floor) {
    if (position.epoch() == floor.epoch() && position.sequence() < floor.sequence()) {
      throw new VerificationException(
          Reason.SEQUENCE_ROLLBACK,
          "sequence " + position.sequence() + " is below " + floor.sequence());
    }
  }

  static void equivocation(Position position, Floor floor) {
    Optional<Digest> held = floor.payload();
    if (position.epoch() == floor.epoch()
        && position.sequence() == floor.sequence()
        && held.isPresent()
        && !position.payload().equals(held.get())) {
      throw new VerificationException(
          Reason.EQUIVOCATION,
          "sequence " + position.sequence() + " was accepted with another content");
    }
  }

  /** An agent may skip sequences, so only what is said of the one that it holds can be compared. */
  static void brokenChain(Statement statement, Floor floor) {
    boolean broken =
        statement.epoch() == floor.epoch()
            && statement
                .previous()
                .filter(previous -> previous.sequence() == floor.sequence())
                .filter(previous -> !floor.payload().equals(Optional.of(previous.payload())))
                .isPresent();
    if (broken) {
      throw new VerificationException(
          Reason.CHAIN_BROKEN,
          "the envelope follows another sequence " + floor.sequence() + " than the one held");
    }
  }

  static void notYetValid(Statement statement, Instant latest) {
    if (statement.issuedAt().isAfter(latest)) {
      throw new VerificationException(
          Reason.ENVELOPE_NOT_YET_VALID, "the envelope is issued at " + statement.issuedAt());
    }
  }

  static void livesTooLong(Statement statement, EnvelopeRole role) {
    Duration life = Duration.between(statement.issuedAt(), statement.expiresAt());
    if (life.compareTo(role.maxLifetime()) > 0) {
      throw new VerificationException(
          Reason.LIFETIME_TOO_LONG,
          "the envelope lives longer than " + role.maxLifetimeDays() + " days");
    }
  }

  static void expired(Statement statement, Instant time) {
    if (!time.isBefore(statement.expiresAt())) {
      throw new VerificationException(
          Reason.ENVELOPE_EXPIRED, "the envelope expired at " + statement.expiresAt());
    }
  }

  /** The statement's own bytes are bounded before they are read. */
  static void tooMuch(Statement statement) {
    if (statement.bundles().size() > Limits.BUNDLES
        || statement.deletions().size() > Limits.DELETIONS) {
      throw new VerificationException(
          Reason.LIMIT_EXCEEDED,
          "the statement has more than "
              + Limits.BUNDLES
              + " bundles or "
              + Limits.DELETIONS
              + " deletions");
    }
    for (BundleEntry entry : statement.bundles()) {
      if (entry.manifestSize() > Limits.STATEMENT_BYTES) {
        throw new VerificationException(
            Reason.LIMIT_EXCEEDED,
            "the manifest of bundle "
                + entry.name()
                + " is larger than "
                + Limits.STATEMENT_BYTES
                + " bytes");
      }
    }
  }
}
