package io.towline.agent.enroll;

import io.towline.envelope.AgentToken;
import io.towline.envelope.HubToken;
import io.towline.envelope.JoinToken;
import io.towline.envelope.OfflineToken;
import io.towline.envelope.PoolToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The start of an agent: who it is, whether it was that before, which start this is, and which join
 * token it was given.
 *
 * <p>The identity is kept in the state directory, so that a restart needs no token. It is stored by
 * {@link #keep}, after trust was founded, and therefore tells a first start from one whose trust
 * was lost.
 */
public final class Enrollment {
  private static final String IDENTITY = "identity";
  private static final String INCARNATION = "incarnation";

  /** A token is one word of at most 2,048 characters; a file may end it with a line end. */
  private static final long MAX_TOKEN_FILE_BYTES = 4_096;

  private final AgentConfig config;
  private final DurableFiles files;
  private final Optional<Identity> kept;
  private final Optional<Identity> identity;
  private final long incarnation;

  private Enrollment(
      AgentConfig config,
      DurableFiles files,
      Optional<Identity> kept,
      Optional<Identity> identity,
      long incarnation) {
    this.config = config;
    this.files = files;
    this.kept = kept;
    this.identity = identity;
    this.incarnation = incarnation;
  }

  /**
   * Finds out who the agent is, and counts this start.
   *
   * <p>A token that is given wins over the kept identity if it is for the same cluster: that is how
   * a hub moves. The incarnation is above every earlier one as long as the directory is kept, and
   * by the clock where it is not. An offline token makes an agent that never calls a hub, until it
   * is given a join token.
   *
   * @throws EnrollException if there is neither a token nor a kept identity, the token is damaged,
   *     it is for another cluster than the state directory, or it is a pool's and nothing names the
   *     cluster
   * @throws StateException if the state directory fails
   */
  public static Enrollment of(AgentConfig config, DurableFiles files, InstantSource clock) {
    Optional<Identity> kept = files.read(IDENTITY).map(Enrollment::parseKept);
    Optional<AgentToken> given = givenToken(config);
    if (kept.isEmpty() && given.isEmpty()) {
      throw new EnrollException(
          "no join token: set TOWLINE_JOIN_TOKEN or TOWLINE_JOIN_TOKEN_FILE to what towline cluster"
              + " add prints");
    }
    Optional<Identity> identity =
        given.isPresent() ? given(config, files, kept, given.get()) : kept;
    return new Enrollment(config, files, kept, identity, countStart(files, clock.millis()));
  }

  /** Who the agent is by its token; empty if the hub has to say. */
  private static Optional<Identity> given(
      AgentConfig config, DurableFiles files, Optional<Identity> kept, AgentToken token) {
    return switch (token) {
      case JoinToken one -> Optional.of(own(config, files, kept, new Identity(one)));
      case OfflineToken one -> Optional.of(own(config, files, kept, new Identity(one)));
      case PoolToken pool -> {
        if (kept.isPresent() && !kept.get().fleet().equals(pool.fleet())) {
          throw new EnrollException(
              "the token of the pool "
                  + pool.pool()
                  + " is of another fleet than the state directory "
                  + files.root()
                  + ": give this agent a directory of its own");
        }
        if (kept.isEmpty() && Proposal.of(config).name().isEmpty()) {
          throw new EnrollException(
              "the join token is the pool "
                  + pool.pool()
                  + "'s: set TOWLINE_CLUSTER_NAME to the name that this cluster shall have");
        }
        yield kept.map(known -> known.at(pool));
      }
    };
  }

  /** The cluster that a token names, if nothing else says otherwise. */
  private static Identity own(
      AgentConfig config, DurableFiles files, Optional<Identity> kept, Identity own) {
    if (kept.isPresent() && !own.sameCluster(kept.get())) {
      throw new EnrollException(
          "the join token is for cluster "
              + own.clusterName()
              + ", the state directory "
              + files.root()
              + " is that of "
              + kept.get().clusterName()
              + ": give this agent a directory of its own");
    }
    String name = Proposal.of(config).name();
    if (!name.isEmpty() && !name.equals(own.clusterName())) {
      throw new EnrollException(
          "the join token is for cluster "
              + own.clusterName()
              + ", TOWLINE_CLUSTER_NAME says "
              + name
              + ": leave it out, or give this agent the token of "
              + name);
    }
    return own;
  }

  /** How the cluster would like to be known, where its token is a pool's. */
  public Proposal proposal() {
    return Proposal.of(config);
  }

  private static Identity parseKept(byte[] bytes) {
    try {
      return Identity.parse(bytes);
    } catch (IllegalArgumentException e) {
      throw new EnrollException("the kept identity is of a version that this agent cannot read", e);
    }
  }

  /**
   * The join token as it is given at this moment: a file is read anew, so that a token can be
   * replaced while the agent runs. Empty if there is none, or an offline one.
   *
   * @throws EnrollException if it is damaged, or for another cluster than this one
   */
  public Optional<HubToken> token() {
    Optional<AgentToken> given = givenToken(config);
    Optional<Identity> named = given.flatMap(Identity::named);
    if (named.isPresent() && identity.isPresent() && !named.get().sameCluster(identity.get())) {
      throw new EnrollException(
          "the join token is for cluster "
              + named.get().clusterName()
              + ", this is the agent of "
              + identity.get().clusterName());
    }
    return given.filter(HubToken.class::isInstance).map(HubToken.class::cast);
  }

  /**
   * The token of a configuration as it is at this moment, whoever it is for. Empty if there is
   * none.
   *
   * @throws EnrollException if it is damaged or cannot be read
   */
  public static Optional<AgentToken> givenToken(AgentConfig config) {
    Optional<String> text =
        config.joinTokenFile().isPresent()
            ? Optional.of(read(config.joinTokenFile().get()))
            : config.joinToken();
    try {
      return text.filter(t -> !t.isBlank()).map(AgentToken::parse);
    } catch (IllegalArgumentException e) {
      throw new EnrollException(e.getMessage() == null ? "bad join token" : e.getMessage(), e);
    }
  }

  private static String read(Path file) {
    try {
      if (Files.size(file) > MAX_TOKEN_FILE_BYTES) {
        throw new EnrollException("the join token file " + file + " is too large for a token");
      }
      return Files.readString(file, StandardCharsets.US_ASCII);
    } catch (NoSuchFileException e) {
      // A mounted Secret may be deleted once the agent has joined.
      return "";
    } catch (IOException e) {
      throw new EnrollException("the join token file " + file + " cannot be read", e);
    }
  }

  private static long countStart(DurableFiles files, long clockMillis) {
    long before = 0;
    try {
      before = files.read(INCARNATION).map(bytes -> ByteBuffer.wrap(bytes).getLong()).orElse(0L);
    } catch (StateException e) {
      // The clock alone makes a damaged counter grow.
    }
    long next = Math.max(before + 1, clockMillis);
    files.write(INCARNATION, ByteBuffer.allocate(Long.BYTES).putLong(next).array());
    return next;
  }

  /** Who the agent is; empty if the hub has to say, since its token is a pool's. */
  public Optional<Identity> identity() {
    return identity;
  }

  /** Whether this directory was founded by an earlier start: then there must be trust as well. */
  public boolean knownBefore() {
    return kept.isPresent();
  }

  /** The number of this start: above that of every start before. */
  public long incarnation() {
    return incarnation;
  }

  /**
   * Stores the identity, if it is not the stored one. To be called once trust is founded.
   *
   * @throws StateException if the disk fails
   */
  public void keep(Identity who) {
    if (!kept.equals(Optional.of(who))) {
      files.write(IDENTITY, who.bytes());
    }
  }
}
