package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import io.towline.hub.store.Enrollments;
import io.towline.hub.store.Enrollments.Attempt;
import io.towline.hub.store.Enrollments.Claim;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Pool;
import io.towline.hub.store.Pools;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Gives agents their certificates and knows them again by these. What a certificate says comes from
 * the hub's own record of the cluster, never from the request. Thread-safe; every method throws
 * {@link io.towline.hub.store.StoreException} when the database is away.
 */
public final class Enrolling {
  private static final int MAX_SECRET_CHARACTERS = 128;
  private static final int URI_NAME = 6;

  private final Enrollments enrollments;
  private final Pools pools;
  private final Fleet fleet;
  private final Authorities authorities;
  private final AgentsSettings settings;
  private final SecureRandom random;
  private final InstantSource time;
  private final AttemptLimit limit;
  private final Consumer<Reason> refused;

  /**
   * @param nanoTime as {@link System#nanoTime}
   * @param refused counts who is not let in
   */
  public Enrolling(
      Enrollments enrollments,
      Pools pools,
      Fleet fleet,
      Authorities authorities,
      AgentsSettings settings,
      SecureRandom random,
      InstantSource time,
      LongSupplier nanoTime,
      Consumer<Reason> refused) {
    this.enrollments = enrollments;
    this.pools = pools;
    this.fleet = fleet;
    this.authorities = authorities;
    this.settings = settings;
    this.random = random;
    this.time = time;
    this.limit = new AttemptLimit(settings.limits().enrollmentsPerSecond(), nanoTime);
    this.refused = refused;
  }

  private <T> T counted(Supplier<T> step) {
    try {
      return step.get();
    } catch (EnrollException e) {
      refused.accept(e.reason());
      throw e;
    }
  }

  /** Whether strangers may try once more at this moment; counts the attempt if so. */
  public boolean admits() {
    return limit.admits();
  }

  /**
   * Buys a certificate with the secret of a join token. The look-up is by the secret's hash: how
   * long it takes says something about hashes, which says nothing about secrets.
   *
   * @param named the cluster that the caller believes the token to be of
   * @param kubeSystemUid of the caller's cluster; empty if it does not know
   * @throws EnrollException if the token is not good for this key, or the request is not
   *     well-formed
   */
  public Issued enroll(String secret, String named, byte[] request, String kubeSystemUid) {
    return counted(() -> claim(secret, named, request, kubeSystemUid));
  }

  private Issued claim(String secret, String named, byte[] request, String kubeSystemUid) {
    if (secret.isEmpty() || secret.length() > MAX_SECRET_CHARACTERS) {
      throw new EnrollException(Reason.JOIN_TOKEN_UNKNOWN);
    }
    CertificateRequest read = CertificateRequest.parse(request);
    Instant now = time.instant();
    Authority authority = authorities.issuing();
    Claim claim =
        enrollments.claim(
            new Attempt(
                Digest.of(secret.getBytes(StandardCharsets.UTF_8)),
                clusterId(named),
                read.digest(),
                kubeSystemUid,
                coming(authority, now)));
    return issued(claim, authority, read, now);
  }

  /**
   * Makes a cluster of a key that shows the secret of a pool's token, and certifies it.
   *
   * @param proposal how it would like to be known
   * @param kubeSystemUid of the caller's cluster; empty if it does not know
   * @throws EnrollException if the pool lets nobody in so, the cluster waits to be accepted, or the
   *     proposal or the request is not well-formed
   */
  public Issued enroll(
      String secret, Pool.Proposal proposal, byte[] request, String kubeSystemUid) {
    return counted(() -> claim(secret, proposal, request, kubeSystemUid));
  }

  private Issued claim(
      String secret, Pool.Proposal proposal, byte[] request, String kubeSystemUid) {
    if (secret.isEmpty() || secret.length() > MAX_SECRET_CHARACTERS) {
      throw new EnrollException(Reason.JOIN_TOKEN_UNKNOWN);
    }
    try {
      Registration.check(proposal.name(), proposal.labels());
    } catch (RegistrationException e) {
      throw new EnrollException(Reason.PROPOSAL_REFUSED, String.valueOf(e.getMessage()));
    }
    CertificateRequest read = CertificateRequest.parse(request);
    Instant now = time.instant();
    Authority authority = authorities.issuing();
    Claim claim =
        pools.claim(
            new Pools.Attempt(
                Digest.of(secret.getBytes(StandardCharsets.UTF_8)),
                read.digest(),
                proposal,
                kubeSystemUid,
                coming(authority, now)));
    return issued(claim, authority, read, now);
  }

  private Issued issued(Claim claim, Authority authority, CertificateRequest read, Instant now) {
    return switch (claim) {
      case Claim.Granted granted -> issue(authority, granted.cluster(), read, now, granted.again());
      case Claim.Waiting waiting ->
          throw new EnrollException(
              Reason.ACCEPTANCE_PENDING,
              waiting.cluster().name() + " waits for a person to accept it.");
      case Claim.Refused refusal -> throw new EnrollException(refusal.reason(), refusal.message());
    };
  }

  private Enrollments.Coming coming(Authority authority, Instant now) {
    return new Enrollments.Coming(authority.pin(), now.plus(settings.certificateLife()));
  }

  private static UUID clusterId(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new EnrollException(Reason.JOIN_TOKEN_MISPLACED, "No token is of that cluster.");
    }
  }

  /**
   * A certificate for the next key of an agent; the key that it called with stays good until the
   * next one is used. Idempotent.
   *
   * @param kubeSystemUid of the caller's cluster; empty if it does not know
   * @throws EnrollException if the key was revoked meanwhile, the agent is not where it enrolled,
   *     or the request is not well-formed
   */
  public Issued renew(Caller caller, byte[] request, String kubeSystemUid) {
    requireSameCluster(caller, kubeSystemUid);
    return counted(() -> renewed(caller, request));
  }

  private Issued renewed(Caller caller, byte[] request) {
    CertificateRequest read = CertificateRequest.parse(request);
    Instant now = time.instant();
    Authority authority = authorities.issuing();
    boolean good =
        enrollments.renew(caller.cluster(), caller.key(), read.digest(), coming(authority, now));
    if (!good) {
      throw new EnrollException(Reason.CERTIFICATE_REVOKED);
    }
    return issue(authority, caller.cluster(), read, now, false);
  }

  /**
   * Refuses an agent that has the key of a cluster and runs in another one.
   *
   * @param kubeSystemUid as the agent says; empty if it does not know
   * @throws EnrollException {@link Reason#CLUSTER_MISMATCH}
   */
  public void requireSameCluster(Caller caller, String kubeSystemUid) {
    Optional<Claim.Refused> wrong = enrollments.misplaced(caller.cluster(), kubeSystemUid);
    if (wrong.isPresent()) {
      refused.accept(wrong.get().reason());
      throw new EnrollException(wrong.get().reason(), wrong.get().message());
    }
  }

  private Issued issue(
      Authority authority,
      KnownCluster cluster,
      CertificateRequest request,
      Instant now,
      boolean again) {
    X509Certificate certificate =
        authority.forAgent(
            request.key(),
            cluster.name(),
            AgentUri.ofCluster(fleetId(), cluster.id()),
            random,
            now,
            settings.certificateLife());
    return new Issued(cluster, certificate, authorities.pins(), again);
  }

  private UUID fleetId() {
    return fleet
        .identity()
        .orElseThrow(() -> new IllegalStateException("The fleet is not founded"))
        .id();
  }

  /**
   * Whom a certificate stands for. It came through a handshake, so its sender has the key and one
   * of the authorities made it; whether it still counts is judged here, for every call.
   *
   * @param forRenewal whether one that expired a while ago is good enough
   * @throws EnrollException if it does not count any more
   */
  public Caller recognise(X509Certificate certificate, boolean forRenewal) {
    return counted(() -> judged(certificate, forRenewal));
  }

  private Caller judged(X509Certificate certificate, boolean forRenewal) {
    UUID named =
        names(certificate)
            .flatMap(uri -> AgentUri.clusterOf(fleetId(), uri))
            .orElseThrow(() -> new EnrollException(Reason.CERTIFICATE_REVOKED));
    Digest key = Digest.of(certificate.getPublicKey().getEncoded());
    Optional<KnownCluster> owner =
        enrollments.owner(key).filter(cluster -> cluster.id().equals(named));
    if (owner.isEmpty()) {
      throw new EnrollException(
          enrollments.isRemoved(named) ? Reason.CLUSTER_REMOVED : Reason.CERTIFICATE_REVOKED);
    }
    Instant end = certificate.getNotAfter().toInstant();
    Instant good = forRenewal ? end.plus(settings.renewalGrace()) : end;
    if (time.instant().isAfter(good)) {
      throw new EnrollException(
          Reason.CERTIFICATE_EXPIRED, "The certificate of " + owner.get().name() + " expired.");
    }
    return new Caller(owner.get(), key);
  }

  /** Those of the callers whose keys do not count any more. */
  public List<Caller> revoked(Collection<Caller> callers) {
    if (callers.isEmpty()) {
      return List.of();
    }
    var good = enrollments.good(callers.stream().map(Caller::key).toList());
    return callers.stream().filter(caller -> !good.contains(caller.key())).toList();
  }

  private static Optional<String> names(X509Certificate certificate) {
    try {
      var names = certificate.getSubjectAlternativeNames();
      return names == null || names.size() != 1
          ? Optional.empty()
          : names.stream()
              .filter(name -> Integer.valueOf(URI_NAME).equals(name.getFirst()))
              .map(name -> String.valueOf(name.get(1)))
              .findFirst();
    } catch (CertificateParsingException e) {
      return Optional.empty();
    }
  }

  /** What the agents' port shows. */
  public X509ExtendedKeyManager serverCertificate() {
    return new HubCertificate(authorities, this::fleetId, host(), random, time);
  }

  private String host() {
    String address = settings.advertisedAddress().strip();
    int bracket = address.lastIndexOf(']');
    if (bracket > 0) {
      return address.substring(1, bracket);
    }
    int colon = address.indexOf(':');
    return colon < 0 ? address : address.substring(0, colon);
  }

  /** Who gets through the handshake. */
  public X509ExtendedTrustManager clientCertificates() {
    return new AgentCertificates(authorities);
  }
}
