package io.towline.agent.stream;

import io.towline.agent.enroll.AgentKey;
import io.towline.agent.enroll.Credential;
import io.towline.agent.enroll.Credentials;
import io.towline.agent.enroll.EnrollException;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.StateException;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.IssuedCertificate;
import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Keeps the agent in possession of a certificate: enrols with a join token that it has not used
 * yet, and renews at two thirds of a certificate's life, spread so that a fleet that was installed
 * in one minute does not renew in one. What is refused is tried again, rarely: a token may be
 * replaced by a person at any time. Runs on one thread of its own and ends with its interruption.
 */
public final class CredentialLoop {
  /** Of a certificate's life: the earliest and the latest begin of its renewal. */
  private static final double EARLIEST = 0.60;

  private static final double LATEST = 2.0 / 3.0;

  /** How often the clock and the token's file are looked at. */
  private static final Duration CHECK = Duration.ofMinutes(1);

  /** Told what comes of it, on the loop's thread. */
  public interface Listener {
    /** The agent has a certificate, a first or a next one. */
    void certified(Credential credential);

    /** The hub refused, or the state directory or the token is at fault; it is tried again. */
    void refused(Reason reason, String message);
  }

  private final HubCalls calls;
  private final Credentials credentials;
  private final Supplier<Optional<JoinToken>> tokens;
  private final Supplier<AgentFacts> facts;
  private final Duration afterRefusal;
  private final Backoff backoff;
  private final Pause pause;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Listener listener;
  private Identity identity;
  private Optional<Credential> current = Optional.empty();
  private Instant due = Instant.MAX;
  private volatile boolean doubted;

  /**
   * @param tokens the join token as it is given at that moment
   */
  public CredentialLoop(
      HubCalls calls,
      Identity identity,
      Credentials credentials,
      Supplier<Optional<JoinToken>> tokens,
      Supplier<AgentFacts> facts,
      StreamConfig config,
      Backoff backoff,
      Pause pause,
      InstantSource clock,
      RandomGenerator random,
      Listener listener) {
    this.calls = calls;
    this.identity = identity;
    this.credentials = credentials;
    this.tokens = tokens;
    this.facts = facts;
    this.afterRefusal = config.longestBackoff();
    this.backoff = backoff;
    this.pause = pause;
    this.clock = clock;
    this.random = random;
    this.listener = listener;
  }

  /**
   * Something else was told that the certificate does not count: it is renewed at the next look.
   */
  public void doubt() {
    doubted = true;
  }

  /** Enrols and renews until the thread is interrupted. */
  public void run() throws InterruptedException {
    try {
      credentials.current().ifPresent(kept -> take(identity, kept));
    } catch (StateException e) {
      listener.refused(e.reason(), messageOf(e));
    }
    while (true) {
      pause.sleep(step());
    }
  }

  /** One look at what has to be done; gives how long to wait for the next one. */
  private Duration step() {
    try {
      Optional<JoinToken> token = tokens.get().filter(this::isUnused);
      if (token.isPresent()) {
        return enrol(token.get());
      }
      if (current.isEmpty()) {
        listener.refused(
            Reason.JOIN_TOKEN_UNKNOWN, "the agent has no certificate and no join token");
        return afterRefusal;
      }
    } catch (EnrollException e) {
      listener.refused(Reason.JOIN_TOKEN_MISPLACED, messageOf(e));
    }
    return renewWhenDue();
  }

  private boolean isUnused(JoinToken token) {
    return current.isEmpty() || !current.get().token().equals(digestOf(token));
  }

  private static Digest digestOf(JoinToken token) {
    return Digest.of(token.secret().getBytes(StandardCharsets.UTF_8));
  }

  private Duration enrol(JoinToken token) {
    try {
      AgentKey key = credentials.next();
      IssuedCertificate issued = calls.enroll(token, key, facts.get());
      keep(new Identity(token), credential(key, issued, digestOf(token)));
      return CHECK;
    } catch (HubException e) {
      Duration wait = waitAfter(e);
      // A token that is refused takes nothing from the certificate that is there.
      Duration other = current.isPresent() ? renewWhenDue() : wait;
      return other.compareTo(wait) < 0 ? other : wait;
    } catch (StateException e) {
      listener.refused(e.reason(), messageOf(e));
      return afterRefusal;
    }
  }

  private Duration renewWhenDue() {
    if (current.isEmpty()) {
      return afterRefusal;
    }
    Credential held = current.get();
    Instant now = clock.instant();
    boolean clockWentBack = now.isBefore(held.received().minus(CHECK));
    if (!doubted && !clockWentBack && now.isBefore(due)) {
      Duration left = Duration.between(now, due);
      return left.compareTo(CHECK) < 0 ? left : CHECK;
    }
    doubted = false;
    try {
      AgentKey key = credentials.next();
      keep(identity, credential(key, calls.renew(key, facts.get()), held.token()));
      return CHECK;
    } catch (HubException e) {
      return waitAfter(e);
    } catch (StateException e) {
      listener.refused(e.reason(), messageOf(e));
      return afterRefusal;
    }
  }

  private Duration waitAfter(HubException e) {
    if (e.reason().isPresent()) {
      listener.refused(e.reason().get(), messageOf(e));
      return afterRefusal;
    }
    return e.kind() == HubException.Kind.UNAVAILABLE ? backoff.next() : afterRefusal;
  }

  private Credential credential(AgentKey key, IssuedCertificate issued, Digest token)
      throws HubException {
    try {
      return Credential.of(
          key,
          issued.getCertificate().toByteArray(),
          issued.getAuthoritySha256List().stream().map(Digest::parse).toList(),
          clock.instant(),
          token);
    } catch (IllegalArgumentException e) {
      throw new HubException(
          HubException.Kind.PROTOCOL, "the hub's answer is no certificate for this key");
    }
  }

  /** On disk first: what the hub has heard of must survive the process. */
  private void keep(Identity where, Credential credential) {
    credentials.keep(credential);
    take(where, credential);
    backoff.reset();
    listener.certified(credential);
  }

  private void take(Identity where, Credential credential) {
    identity = where;
    current = Optional.of(credential);
    double share = EARLIEST + (LATEST - EARLIEST) * random.nextDouble();
    due = credential.received().plusMillis((long) (credential.life().toMillis() * share));
    calls.use(where, credential);
  }

  private static String messageOf(Exception e) {
    return Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
  }
}
