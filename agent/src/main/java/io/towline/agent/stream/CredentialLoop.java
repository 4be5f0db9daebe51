package io.towline.agent.stream;

import io.towline.agent.enroll.AgentKey;
import io.towline.agent.enroll.Credential;
import io.towline.agent.enroll.Credentials;
import io.towline.agent.enroll.EnrollException;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.Proposal;
import io.towline.agent.enroll.StateException;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.IssuedCertificate;
import io.towline.envelope.Digest;
import io.towline.envelope.HubToken;
import io.towline.envelope.JoinToken;
import io.towline.envelope.PoolToken;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
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

  /** How often an agent asks that waits for a person, at least. */
  private static final Duration ACCEPTANCE = Duration.ofMinutes(1);

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
  private final Supplier<Optional<HubToken>> tokens;
  private final Proposal proposal;
  private final Supplier<AgentFacts> facts;
  private final Duration afterRefusal;
  private final Backoff backoff;
  private final Pause pause;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Listener listener;
  private final CompletableFuture<Identity> named = new CompletableFuture<>();
  private Optional<Identity> identity;
  private Optional<Credential> current = Optional.empty();
  private Instant due = Instant.MAX;
  private volatile boolean doubted;

  /**
   * @param identity empty if the hub has to say who the agent is, since its token is a pool's
   * @param tokens the join token as it is given at that moment
   * @param proposal how the cluster would like to be known, where the token is a pool's
   */
  public CredentialLoop(
      HubCalls calls,
      Optional<Identity> identity,
      Credentials credentials,
      Supplier<Optional<HubToken>> tokens,
      Proposal proposal,
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
    this.proposal = proposal;
    this.facts = facts;
    this.afterRefusal = config.longestBackoff();
    this.backoff = backoff;
    this.pause = pause;
    this.clock = clock;
    this.random = random;
    this.listener = listener;
    identity.ifPresent(named::complete);
  }

  /** Who the agent is; waits until the hub has said it, where its token is a pool's. */
  public Identity awaitIdentity() throws InterruptedException {
    try {
      return named.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("nothing fails here", e);
    }
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
      Optional<Credential> kept = credentials.current();
      if (kept.isPresent()) {
        take(identity.isPresent() ? identity.get() : nameIn(kept.get()), kept.get());
      }
    } catch (EnrollException | IllegalArgumentException e) {
      listener.refused(Reason.JOIN_TOKEN_MISPLACED, messageOf(e));
    } catch (StateException e) {
      listener.refused(e.reason(), messageOf(e));
    }
    while (true) {
      pause.sleep(step());
    }
  }

  /** It ended between storing its certificate and storing who it is. */
  private Identity nameIn(Credential kept) {
    HubToken token =
        tokens.get().orElseThrow(() -> new EnrollException("there is no join token any more"));
    return Identity.of(token, kept.certificate());
  }

  /** One look at what has to be done; gives how long to wait for the next one. */
  private Duration step() {
    try {
      Optional<HubToken> token = tokens.get().filter(this::isUnused);
      if (token.isPresent()) {
        return enrol(token.get());
      }
      if (current.isEmpty()) {
        listener.refused(
            Reason.JOIN_TOKEN_UNKNOWN, "the agent has no certificate and no join token of its own");
        return afterRefusal;
      }
    } catch (EnrollException e) {
      listener.refused(Reason.JOIN_TOKEN_MISPLACED, messageOf(e));
    }
    return renewWhenDue();
  }

  /** The token of a pool makes a new cluster: it is nothing for an agent that has a name. */
  private boolean isUnused(HubToken token) {
    return switch (token) {
      case JoinToken one -> current.isEmpty() || !current.get().token().equals(digestOf(one));
      case PoolToken unused -> identity.isEmpty();
    };
  }

  private static Digest digestOf(HubToken token) {
    return Digest.of(token.secret().getBytes(StandardCharsets.UTF_8));
  }

  private Duration enrol(HubToken token) {
    try {
      AgentKey key = credentials.next();
      IssuedCertificate issued = calls.enroll(token, key, proposal, facts.get());
      Credential made = credential(key, issued, digestOf(token));
      keep(identityIn(token, made), made);
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

  private static Identity identityIn(HubToken token, Credential made) throws HubException {
    try {
      return Identity.of(token, made.certificate());
    } catch (IllegalArgumentException e) {
      throw new HubException(HubException.Kind.PROTOCOL, messageOf(e));
    }
  }

  private Duration renewWhenDue() {
    if (current.isEmpty() || identity.isEmpty()) {
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
      keep(identity.get(), credential(key, calls.renew(key, facts.get()), held.token()));
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
      return e.reason().get() == Reason.ACCEPTANCE_PENDING ? untilAccepted() : afterRefusal;
    }
    return e.kind() == HubException.Kind.UNAVAILABLE ? backoff.next() : afterRefusal;
  }

  /** Half of it to all of it: hundreds may wait, and all began in one minute. */
  private Duration untilAccepted() {
    return ACCEPTANCE.minus(
        Duration.ofMillis((long) (ACCEPTANCE.toMillis() * random.nextDouble() / 2)));
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
    identity = Optional.of(where);
    named.complete(where);
    current = Optional.of(credential);
    double share = EARLIEST + (LATEST - EARLIEST) * random.nextDouble();
    due = credential.received().plusMillis((long) (credential.life().toMillis() * share));
    calls.use(where, credential);
  }

  private static String messageOf(Exception e) {
    return Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
  }
}
