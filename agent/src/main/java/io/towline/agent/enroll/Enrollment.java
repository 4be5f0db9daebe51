package io.towline.agent.enroll;

import io.towline.envelope.JoinToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;

/**
 * The start of an agent: who it is, whether it was that before, and which start this is.
 *
 * <p>The identity is kept in the state directory, so that a restart needs no token. It is stored by
 * {@link #keep()}, after trust was founded, and therefore tells a first start from one whose trust
 * was lost.
 */
public final class Enrollment {
  private static final String IDENTITY = "identity";
  private static final String INCARNATION = "incarnation";

  /** A token is one word of at most 2,048 characters; a file may end it with a line end. */
  private static final long MAX_TOKEN_FILE_BYTES = 4_096;

  private final DurableFiles files;
  private final Identity identity;
  private final boolean knownBefore;
  private final boolean changed;
  private final long incarnation;

  private Enrollment(
      DurableFiles files,
      Identity identity,
      boolean knownBefore,
      boolean changed,
      long incarnation) {
    this.files = files;
    this.identity = identity;
    this.knownBefore = knownBefore;
    this.changed = changed;
    this.incarnation = incarnation;
  }

  /**
   * Finds out who the agent is, and counts this start.
   *
   * <p>A token that is given wins over the kept identity if it is for the same cluster: that is how
   * a hub moves or a secret is renewed. The incarnation is above every earlier one as long as the
   * directory is kept, and by the clock where it is not.
   *
   * @throws EnrollException if there is neither a token nor a kept identity, the token is damaged,
   *     or it is for another cluster than the state directory
   * @throws StateException if the state directory fails
   */
  public static Enrollment of(AgentConfig config, DurableFiles files, InstantSource clock) {
    Optional<Identity> kept = files.read(IDENTITY).map(Enrollment::parseKept);
    Optional<Identity> given = givenToken(config).map(Enrollment::parseGiven);
    if (kept.isPresent() && given.isPresent() && !given.get().sameCluster(kept.get())) {
      throw new EnrollException(
          "the join token is for cluster "
              + given.get().clusterName()
              + ", the state directory "
              + files.root()
              + " is that of "
              + kept.get().clusterName()
              + ": give this agent a directory of its own");
    }
    Identity identity =
        given
            .or(() -> kept)
            .orElseThrow(
                () ->
                    new EnrollException(
                        "no join token: set TOWLINE_JOIN_TOKEN or TOWLINE_JOIN_TOKEN_FILE to what"
                            + " towline cluster add prints"));
    boolean changed = kept.isEmpty() || (given.isPresent() && !same(given.get(), kept.get()));
    return new Enrollment(
        files, identity, kept.isPresent(), changed, countStart(files, clock.millis()));
  }

  private static boolean same(Identity one, Identity other) {
    return Arrays.equals(one.bytes(), other.bytes());
  }

  private static Identity parseKept(byte[] bytes) {
    try {
      return new Identity(JoinToken.parse(new String(bytes, StandardCharsets.US_ASCII)));
    } catch (IllegalArgumentException e) {
      throw new EnrollException("the kept identity is of a version that this agent cannot read", e);
    }
  }

  private static Identity parseGiven(String text) {
    try {
      return new Identity(JoinToken.parse(text));
    } catch (IllegalArgumentException e) {
      throw new EnrollException(e.getMessage() == null ? "bad join token" : e.getMessage(), e);
    }
  }

  private static Optional<String> givenToken(AgentConfig config) {
    if (config.joinTokenFile().isPresent()) {
      return Optional.of(read(config.joinTokenFile().get())).filter(t -> !t.isBlank());
    }
    return config.joinToken().filter(t -> !t.isBlank());
  }

  private static String read(Path file) {
    try {
      if (Files.size(file) > MAX_TOKEN_FILE_BYTES) {
        throw new EnrollException("the join token file " + file + " is too large for a token");
      }
      return Files.readString(file, StandardCharsets.US_ASCII);
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

  /** Who the agent is. */
  public Identity identity() {
    return identity;
  }

  /** Whether this directory was founded by an earlier start: then there must be trust as well. */
  public boolean knownBefore() {
    return knownBefore;
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
  public void keep() {
    if (changed) {
      files.write(IDENTITY, identity.bytes());
    }
  }
}
