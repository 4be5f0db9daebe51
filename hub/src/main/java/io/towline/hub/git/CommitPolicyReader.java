package io.towline.hub.git;

import io.towline.hub.git.SourceConfig.Commits;
import io.towline.hub.git.SourceConfig.SignerKey;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads who may sign the commits of a source. Pure but for the keys' files. */
final class CommitPolicyReader {
  /** More people than these do not sign for one repository. */
  static final int MAX_SIGNERS = 500;

  private static final String SSH_PREFIX = "SHA256:";
  private static final int SHA256_BYTES = 32;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.@-]{0,62}");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern PGP_V4 = Pattern.compile("[0-9A-F]{40}");
  private static final Pattern PGP_V6 = Pattern.compile("[0-9A-F]{64}");

  private final String prefix;

  private CommitPolicyReader(String prefix) {
    this.prefix = prefix;
  }

  /**
   * @param prefix of the source's properties, as {@code towline.sources.fleet}
   * @throws IllegalArgumentException that begins with the property that is wrong
   */
  static CommitPolicy read(String prefix, SourceConfig.Repository repository) {
    return new CommitPolicyReader(prefix).read(repository.commits(), repository.signers());
  }

  private CommitPolicy read(Commits commits, Map<String, SignerKey> keys) {
    String policy = commits.policy();
    if (!List.of("none", "head", "strict").contains(policy)) {
      throw wrong("commits.policy", "it is none, head or strict");
    }
    if (commits.trustedCommit().isPresent() && !policy.equals("strict")) {
      throw wrong("commits.trusted-commit", "it has a meaning under the policy strict only");
    }
    if (policy.equals("none")) {
      if (!keys.isEmpty()) {
        throw wrong(
            "commits.policy",
            "signers are listed and nothing asks for their signatures: say head or strict");
      }
      return new CommitPolicy.None();
    }
    if (keys.isEmpty()) {
      throw wrong(
          "signers",
          "without any, " + policy + " refuses every commit: list whose signatures count");
    }
    List<Signer> signers = signers(keys);
    if (policy.equals("head")) {
      return new CommitPolicy.Head(signers);
    }
    String trusted =
        commits
            .trustedCommit()
            .orElseThrow(
                () ->
                    wrong(
                        "commits.trusted-commit",
                        "strict needs the commit since which all have to be signed"));
    if (!COMMIT.matcher(trusted).matches()) {
      throw wrong("commits.trusted-commit", "a commit is 40 lower-case hexadecimal digits");
    }
    return new CommitPolicy.Strict(signers, trusted);
  }

  private List<Signer> signers(Map<String, SignerKey> keys) {
    if (keys.size() > MAX_SIGNERS) {
      throw wrong("signers", "there are more than " + MAX_SIGNERS);
    }
    List<Signer> signers = new ArrayList<>();
    Set<String> fingerprints = new HashSet<>();
    new TreeMap<>(keys)
        .forEach(
            (name, key) -> {
              Signer signer = signer(name, key);
              if (!fingerprints.add(signer.key().fingerprint())) {
                throw wrong("signers." + name + ".fingerprint", "another signer has this key");
              }
              signers.add(signer);
            });
    return signers;
  }

  private Signer signer(String name, SignerKey configured) {
    String at = "signers." + name;
    if (!NAME.matcher(name).matches()) {
      throw wrong(at, "a name has 1 to 63 letters, digits and the characters _ . @ -");
    }
    Optional<Instant> notBefore = instant(at + ".not-before", configured.notBefore());
    Optional<Instant> notAfter = instant(at + ".not-after", configured.notAfter());
    if (notBefore.isPresent()
        && notAfter.isPresent()
        && !notBefore.get().isBefore(notAfter.get())) {
      throw wrong(at + ".not-after", "it is not after not-before");
    }
    return new Signer(name, key(at, configured), notBefore, notAfter);
  }

  private Signer.Key key(String at, SignerKey configured) {
    String fingerprint = configured.fingerprint();
    boolean ssh = fingerprint.startsWith(SSH_PREFIX);
    configured
        .format()
        .ifPresent(
            format -> {
              if (!format.equals(ssh ? "ssh" : "openpgp")) {
                throw wrong(at + ".format", "the fingerprint is of another kind than " + format);
              }
            });
    return ssh ? ssh(at, configured, fingerprint) : openPgp(at, configured, fingerprint);
  }

  private Signer.Key ssh(String at, SignerKey configured, String fingerprint) {
    String encoded = fingerprint.substring(SSH_PREFIX.length());
    try {
      byte[] hash = Base64.getDecoder().decode(encoded);
      if (hash.length != SHA256_BYTES
          || !Base64.getEncoder().withoutPadding().encodeToString(hash).equals(encoded)) {
        throw notAFingerprint(at);
      }
    } catch (IllegalArgumentException e) {
      throw notAFingerprint(at);
    }
    if (configured.key().isPresent() || configured.keyFile().isPresent()) {
      throw wrong(at + ".key", "a signature of OpenSSH carries its key: the fingerprint is enough");
    }
    return new Signer.Ssh(fingerprint);
  }

  private Signer.Key openPgp(String at, SignerKey configured, String given) {
    String fingerprint = given.replace(" ", "").toUpperCase(Locale.ROOT);
    if (!PGP_V4.matcher(fingerprint).matches() && !PGP_V6.matcher(fingerprint).matches()) {
      throw notAFingerprint(at);
    }
    if (configured.key().isPresent() && configured.keyFile().isPresent()) {
      throw wrong(at + ".key", "give either the key or its file");
    }
    Optional<Signer.Material> inline = configured.key().map(Signer.Material.Given::new);
    Optional<Path> file = configured.keyFile();
    String property = inline.isPresent() ? ".key" : ".key-file";
    Signer.Material material =
        inline
            .or(() -> file.map(Signer.Material.InFile::new))
            .orElseThrow(
                () ->
                    wrong(
                        at + property,
                        "OpenPGP needs the public key: gpg --export --armor " + fingerprint));
    if (file.isPresent() && !file.get().isAbsolute()) {
      // A relative one would be found below whatever directory the hub was started in.
      throw wrong(at + property, "the path is not absolute");
    }
    Signer.OpenPgp key = new Signer.OpenPgp(fingerprint, material);
    try {
      OpenPgpKey.read(key);
    } catch (GitException e) {
      throw wrong(at + property, String.valueOf(e.getMessage()));
    }
    return key;
  }

  private Optional<Instant> instant(String property, Optional<String> text) {
    try {
      return text.map(Instant::parse);
    } catch (DateTimeParseException e) {
      throw wrong(property, "a time is written as 2026-01-31T00:00:00Z");
    }
  }

  private IllegalArgumentException notAFingerprint(String at) {
    return wrong(
        at + ".fingerprint",
        "it is a full one: SHA256:... as ssh-keygen -l prints it, or 40 or 64 hexadecimal digits as"
            + " gpg --fingerprint does");
  }

  private IllegalArgumentException wrong(String property, String why) {
    return new IllegalArgumentException(prefix + "." + property + ": " + why);
  }
}
