package io.towline.hub.enroll;

import io.towline.envelope.Digest;
import io.towline.envelope.JoinToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * The authorities of the agents' port: {@code keys/agents-authority-N.key} and {@code .crt} below
 * the data directory, readable by the hub's user alone and nowhere else. The first is made at the
 * first start.
 *
 * <p>Which one does what follows from when they were made and from nothing else. A new one is told
 * to agents at once, with every certificate they get, and begins to vouch after {@link #OVERLAP};
 * the older one is believed for as long again. Every agent that may still renew its certificate by
 * then has heard of the new one: certificates live a day and are renewed for three days after it.
 * Thread-safe.
 */
public final class Authorities {
  /** Longer than an agent can be away without needing a new join token. */
  public static final Duration OVERLAP = Duration.ofDays(7);

  /** An authority is replaced when this much of its life is over. */
  private static final Duration REPLACED_AFTER = Authority.LIFE.multipliedBy(2).dividedBy(3);

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final Path directory;
  private final SecureRandom random;
  private final InstantSource time;
  private volatile List<Authority> all;

  private Authorities(
      Path directory, SecureRandom random, InstantSource time, List<Authority> all) {
    this.directory = directory;
    this.random = random;
    this.time = time;
    this.all = List.copyOf(all);
  }

  /**
   * Reads the authorities, and makes the first one where there is none.
   *
   * @throws IOException if they cannot be read or written, or only half of one is there
   */
  public static Authorities open(Path dataDirectory, SecureRandom random, InstantSource time)
      throws IOException {
    Path keys =
        Files.createDirectories(
            dataDirectory.resolve("keys"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    List<Authority> all = new ArrayList<>();
    while (Files.exists(file(keys, all.size() + 1, "crt"))) {
      all.add(read(keys, all.size() + 1));
    }
    Authorities authorities = new Authorities(keys, random, time, all);
    if (all.isEmpty()) {
      authorities.replace();
    }
    return authorities;
  }

  /** The one that vouches now. */
  Authority issuing() {
    List<Authority> made = replaceWhenDue();
    Instant now = time.instant();
    Authority issuing = made.getFirst();
    for (Authority one : made) {
      if (!one.made().plus(OVERLAP).isAfter(now)) {
        issuing = one;
      }
    }
    return issuing;
  }

  /** Those that are believed now, oldest first. */
  List<Authority> believed() {
    List<Authority> made = replaceWhenDue();
    Instant now = time.instant();
    List<Authority> believed = new ArrayList<>();
    for (int i = 0; i < made.size(); i++) {
      boolean last = i == made.size() - 1;
      if (last || made.get(i + 1).made().plus(OVERLAP.multipliedBy(2)).isAfter(now)) {
        believed.add(made.get(i));
      }
    }
    return believed;
  }

  /**
   * What agents and join tokens pin: SHA-256 of the SubjectPublicKeyInfo of those that may vouch.
   */
  public List<Digest> pins() {
    List<Digest> pins = believed().stream().map(Authority::pin).toList();
    return pins.subList(Math.max(0, pins.size() - JoinToken.MAX_AUTHORITIES), pins.size());
  }

  /**
   * An authority that is believed, for people.
   *
   * @param pin SHA-256 of its SubjectPublicKeyInfo
   * @param first whether it was the first one of this hub
   * @param signs whether it makes the certificates at this moment
   * @param signsFrom when it began to, or will
   * @param believedUntil when its certificates end; empty: not before another replaces it
   */
  public record State(
      Digest pin,
      boolean first,
      Instant made,
      boolean signs,
      Instant signsFrom,
      Optional<Instant> believedUntil,
      Instant expires) {}

  /** Those that are believed now, oldest first. */
  public List<State> states() {
    List<Authority> made = replaceWhenDue();
    Authority issuing = issuing();
    List<State> states = new ArrayList<>();
    for (Authority one : believed()) {
      int at = made.indexOf(one);
      boolean last = at == made.size() - 1;
      states.add(
          new State(
              one.pin(),
              at == 0,
              one.made(),
              one.equals(issuing),
              at == 0 ? one.made() : one.made().plus(OVERLAP),
              last
                  ? Optional.empty()
                  : Optional.of(made.get(at + 1).made().plus(OVERLAP.multipliedBy(2))),
              one.certificate().getNotAfter().toInstant()));
    }
    return states;
  }

  /**
   * Makes a new authority, which replaces the newest one in {@link #OVERLAP}.
   *
   * @throws IllegalStateException if a replacement is under way already
   */
  public synchronized void replace() {
    Instant now = time.instant();
    boolean underWay =
        all.size() > 1 && all.getLast().made().plus(OVERLAP.multipliedBy(2)).isAfter(now);
    if (underWay) {
      throw new IllegalStateException(
          "The authority that was made at "
              + all.getLast().made()
              + " is taking over; until "
              + all.getLast().made().plus(OVERLAP.multipliedBy(2))
              + " agents may still hold certificates of the one before it.");
    }
    Authority made = Authority.make(random, now);
    int number = all.size() + 1;
    try {
      // The certificate is written last: without it the key has vouched for nothing.
      write(file(directory, number, "key"), pem("PRIVATE KEY", made.key().getEncoded()));
      write(file(directory, number, "crt"), pem("CERTIFICATE", encoded(made.certificate())));
    } catch (IOException e) {
      throw new UncheckedIOException("The agents' authority cannot be written", e);
    }
    List<Authority> more = new ArrayList<>(all);
    more.add(made);
    all = List.copyOf(more);
  }

  private List<Authority> replaceWhenDue() {
    List<Authority> made = all;
    if (!made.getLast().made().plus(REPLACED_AFTER).isAfter(time.instant())) {
      synchronized (this) {
        if (!all.getLast().made().plus(REPLACED_AFTER).isAfter(time.instant())) {
          replace();
        }
      }
    }
    return all;
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("A certificate that was just made has no encoding", e);
    }
  }

  private static Authority read(Path keys, int number) throws IOException {
    Path key = file(keys, number, "key");
    Path certificate = file(keys, number, "crt");
    if (!Files.exists(key)) {
      throw new IOException(certificate + " is there without its key " + key);
    }
    try (InputStream in = Files.newInputStream(certificate);
        PemReader pem = new PemReader(Files.newBufferedReader(key, StandardCharsets.US_ASCII))) {
      X509Certificate read =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      PemObject object = pem.readPemObject();
      if (object == null) {
        throw new IOException("No key in " + key);
      }
      PrivateKey secret =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(object.getContent()));
      return new Authority(read, secret);
    } catch (GeneralSecurityException e) {
      throw new IOException("The agents' authority cannot be used: " + certificate, e);
    }
  }

  private static Path file(Path keys, int number, String kind) {
    return keys.resolve("agents-authority-" + number + "." + kind);
  }

  private static byte[] pem(String type, byte[] content) throws IOException {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, content));
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Whole or not at all, and never readable by others, not even for a moment. */
  private static void write(Path file, byte[] content) throws IOException {
    Path part =
        Files.createTempFile(
            file.toAbsolutePath().getParent(),
            file.getFileName().toString(),
            ".part",
            PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    Files.write(part, content);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
