package io.towline.hub.sign;

import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.Limits;
import io.towline.envelope.RootDocument;
import io.towline.envelope.Statement;
import io.towline.envelope.TrustedRoot;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.util.List;

/**
 * Signs statements under one root. It refuses what agents would refuse, so that a mistake shows on
 * the hub and not in every cluster. Thread-safe.
 */
public final class EnvelopeSigner {
  private final HubKeys keys;
  private final RootDocument root;
  private final Duration life;

  /**
   * A signer under the newest root.
   *
   * @throws SignException if the envelope key stands in no role of that root
   */
  public EnvelopeSigner(HubKeys keys, TrustedRoot root, SignConfig config) {
    this.keys = keys;
    this.root = root.document();
    this.life = config.envelopeLife();
    String id = keys.envelopeKey().id();
    List<EnvelopeRole> roles =
        this.root.envelope().stream().filter(role -> role.keys().keyIds().contains(id)).toList();
    if (roles.isEmpty()) {
      throw new SignException(
          Reason.SIGNATURE_INVALID,
          "root version " + this.root.version() + " does not trust the hub's envelope key");
    }
    if (life.compareTo(Duration.ofSeconds(1)) < 0
        || roles.stream().noneMatch(role -> life.compareTo(role.maxLifetime()) <= 0)) {
      throw new SignException(
          Reason.LIFETIME_TOO_LONG,
          "towline.sign.envelope-life is not between one second and what the root allows");
    }
  }

  /** How long the envelopes that the caller makes are to live. */
  public Duration envelopeLife() {
    return life;
  }

  /** The root that envelopes are signed under: its fleet, version and epoch go into them. */
  public RootDocument root() {
    return root;
  }

  /**
   * Signs one statement.
   *
   * @throws SignException if the statement does not belong under this root, is too large, or if the
   *     signature made does not verify
   */
  public SignedEnvelope sign(Statement statement) {
    refuseForeign(statement);
    byte[] payload = statement.bytes();
    if (payload.length > Limits.STATEMENT_BYTES) {
      throw new SignException(
          Reason.LIMIT_EXCEEDED,
          "the statement of cluster " + statement.clusterName() + " is too large");
    }
    byte[] message = Dsse.pae(Statement.PAYLOAD_TYPE, payload);
    Dsse.Signature signature = keys.signEnvelope(message);
    // By the platform's own implementation, which is the one that agents verify with.
    boolean verifies =
        signature.bytes().filter(bytes -> keys.envelopeKey().verifies(message, bytes)).isPresent();
    if (!verifies) {
      throw new SignException(Reason.SIGNATURE_INVALID, "the signature just made does not verify");
    }
    Dsse dsse = new Dsse(Statement.PAYLOAD_TYPE, payload, List.of(signature));
    return new SignedEnvelope(statement, dsse.write(), dsse.digest());
  }

  private void refuseForeign(Statement statement) {
    if (!statement.fleet().equals(root.fleet())) {
      throw new SignException(Reason.WRONG_FLEET, "the statement is of another fleet");
    }
    if (statement.rootVersion() != root.version()) {
      throw new SignException(
          Reason.ROOT_VERSION_MISMATCH, "the statement is not of root version " + root.version());
    }
    if (statement.epoch() != root.epoch()) {
      throw new SignException(
          Reason.EPOCH_MISMATCH, "the statement is not of epoch " + root.epoch());
    }
    EnvelopeRole role =
        root.roleFor(statement.cluster())
            .orElseThrow(
                () ->
                    new SignException(
                        Reason.SCOPE_MISSING,
                        "no envelope role covers cluster " + statement.clusterName()));
    if (!role.keys().keyIds().contains(keys.envelopeKey().id()) || role.keys().threshold() > 1) {
      throw new SignException(
          Reason.SIGNATURE_INVALID,
          "the hub's key alone does not sign for cluster " + statement.clusterName());
    }
    Duration asked = Duration.between(statement.issuedAt(), statement.expiresAt());
    if (asked.compareTo(role.maxLifetime()) > 0) {
      throw new SignException(
          Reason.LIFETIME_TOO_LONG,
          "envelopes of role " + role.name() + " live at most " + role.maxLifetimeDays() + " days");
    }
  }
}
