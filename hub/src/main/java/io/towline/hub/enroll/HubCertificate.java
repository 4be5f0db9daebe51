package io.towline.hub.enroll;

import java.net.Socket;
import java.security.KeyPair;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;

/**
 * The certificate that the agents' port shows, for a key that lives as long as the process and lies
 * nowhere. It is made anew when two thirds of its life are over or another authority vouches, at
 * the next handshake; connections that are open stay. Thread-safe.
 */
final class HubCertificate extends X509ExtendedKeyManager {
  private static final Duration LIFE = Duration.ofDays(30);
  private static final Duration RENEWED_AFTER = LIFE.multipliedBy(2).dividedBy(3);
  private static final String ALIAS = "hub";
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

  private final Authorities authorities;
  private final Supplier<UUID> fleet;
  private final String host;
  private final SecureRandom random;
  private final InstantSource time;
  private final KeyPair key;
  private volatile @Nullable Shown shown;

  /**
   * @param fleet asked for at the first handshake
   * @param host the name or address by which agents dial this hub
   */
  HubCertificate(
      Authorities authorities,
      Supplier<UUID> fleet,
      String host,
      SecureRandom random,
      InstantSource time) {
    this.authorities = authorities;
    this.fleet = fleet;
    this.host = host;
    this.random = random;
    this.time = time;
    this.key = Authority.newKey(random);
  }

  private record Shown(Authority authority, X509Certificate certificate, Instant made) {}

  private static GeneralName nameOf(String host) {
    int kind = ADDRESS.matcher(host).matches() ? GeneralName.iPAddress : GeneralName.dNSName;
    return new GeneralName(kind, host);
  }

  private Shown current() {
    Authority issuing = authorities.issuing();
    Instant now = time.instant();
    Shown current = shown;
    if (current == null
        || !current.authority().equals(issuing)
        || !current.made().plus(RENEWED_AFTER).isAfter(now)) {
      List<GeneralName> names =
          List.of(
              new GeneralName(GeneralName.uniformResourceIdentifier, AgentUri.ofHub(fleet.get())),
              nameOf(host));
      current =
          new Shown(issuing, issuing.forServer(key.getPublic(), names, random, now, LIFE), now);
      shown = current;
    }
    return current;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return key.getPrivate().getAlgorithm().equals(keyType) ? ALIAS : null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return chooseEngineServerAlias(keyType, issuers, null);
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    Shown current = current();
    return new X509Certificate[] {current.certificate(), current.authority().certificate()};
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return key.getPrivate();
  }

  @Override
  public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
