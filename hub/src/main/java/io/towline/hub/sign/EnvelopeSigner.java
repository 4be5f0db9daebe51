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
import java.util.UUID;

/**
 * Signs statements under one root. It refuses what agents would refuse, so that a mistake shows on
 * the hub and not in every cluster. Thread-safe.
 */
public final class EnvelopeSigner {
  private final HubKeys keys;
  private final RootDocument root;
  private final Duration life;

  /**
   * A signer under the newest root. The root need not trust the hub's key everywhere, or at all:
   * where it does not, or asks for more, the hub's envelopes wait for the signatures of others.
   *
   * @throws SignException if {@code towline.sign.envelope-life} is less than a second
   */
  public EnvelopeSigner(HubKeys keys, TrustedRoot root, SignConfig config) {
    this.keys = keys;
    this.root = root.document();
    this.life = config.envelopeLife();
    if (life.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new SignException(
          Reason.LIFETIME_TOO_LONG, "towline.sign.envelope-life is less than one second");
    }
  }

  /** How long the envelopes live that the hub signs alone. */
  public Duration envelopeLife() {
    return life;
  }

  /**
   * How long the next envelope of a cluster is to live: as configured where the hub signs alone,
   * and as long as the role allows where a person has to come by. Never longer than the role
   * allows.
   *
   * @param carried whether a person carries it to the cluster
   */
  public Duration envelopeLife(UUID cluster, boolean carried) {
    return root.roleFor(cluster)
        .map(
            role ->
                isAlone(role) && !carried && life.compareTo(role.maxLifetime()) < 0
                    ? life
                    : role.maxLifetime())
        .orElse(life);
  }

  /** Whether some role names the hub's key. */
  public boolean isTrusted() {
    return root.envelope().stream().anyMatch(this::isNamed);
  }

  /** For which clusters the hub's key is enough. */
  public SoleKey soleKey() {
    return new SoleKey(
        keys.envelopeKey().id(), root.envelope().stream().filter(this::isAlone).toList());
  }

  private boolean isAlone(EnvelopeRole role) {
    return isNamed(role) && role.keys().threshold() == 1;
  }

  private boolean isNamed(EnvelopeRole role) {
    return role.keys().keyIds().contains(keys.envelopeKey().id());
  }

  /** The root that envelopes are signed under: its fleet, version and epoch go into them. */
  public RootDocument root() {
    return root;
  }

  /**
   * Signs one statement, as far as the hub's key is asked to.
   *
   * @throws SignException if the statement does not belong under this root, is too large, or if the
   *     signature made does not verify
   */
  public SignedEnvelope sign(Statement statement) {
    EnvelopeRole role = refuseForeign(statement);
    byte[] payload = statement.bytes();
    if (payload.length > Limits.STATEMENT_BYTES) {
      throw new SignException(
          Reason.LIMIT_EXCEEDED,
          "the statement of cluster " + statement.clusterName() + " is too large");
    }
    List<Dsse.Signature> signatures = isNamed(role) ? List.of(signature(payload)) : List.of();
    Dsse dsse = new Dsse(Statement.PAYLOAD_TYPE, payload, signatures);
    return new SignedEnvelope(statement, dsse, role.keys().threshold() - signatures.size());
  }

  private Dsse.Signature signature(byte[] payload) {
    byte[] message = Dsse.pae(Statement.PAYLOAD_TYPE, payload);
    Dsse.Signature signature = keys.signEnvelope(message);
    // By the platform's own implementation, which is the one that agents verify with.
    boolean verifies =
        signature.bytes().filter(bytes -> keys.envelopeKey().verifies(message, bytes)).isPresent();
    if (!verifies) {
      throw new SignException(Reason.SIGNATURE_INVALID, "the signature just made does not verify");
    }
    return signature;
  }

  private EnvelopeRole refuseForeign(Statement statement) {
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
    Duration asked = Duration.between(statement.issuedAt(), statement.expiresAt());
    if (asked.compareTo(role.maxLifetime()) > 0) {
      throw new SignException(
          Reason.LIFETIME_TOO_LONG,
          "envelopes of role " + role.name() + " live at most " + role.maxLifetimeDays() + " days");
    }
    return role;
  }
}
