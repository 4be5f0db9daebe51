package io.towline.hub.git;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The repositories that the hub watches: {@code towline.sources.<name>.*}. */
@ConfigMapping(prefix = "towline.sources")
public interface SourceConfig {
  /** By the name that people and reports use. */
  @WithParentName
  Map<String, Repository> repositories();

  /** One repository. */
  interface Repository {
    /**
     * Where it is: {@code https://}, {@code ssh://} or {@code user@host:path}; {@code http://} and
     * {@code file://} only with {@code towline.git.allow-insecure}. Without a password in it.
     */
    String url();

    /** The branch to follow; {@code main} if neither it nor a tag or commit is given. */
    Optional<String> branch();

    /** The tag to follow, instead of a branch. */
    Optional<String> tag();

    /** The one commit to use, as 40 hexadecimal digits, instead of a branch. */
    Optional<String> commit();

    /**
     * The directory of the repository that is the source's root; the repository's own if absent.
     */
    Optional<String> path();

    /** How often to look for a new commit; a webhook makes it sooner. */
    @WithDefault("60s")
    Duration interval();

    /**
     * Whether Cluster files in it give clusters their labels, and so decide what they run. If no
     * source says, the first by name may.
     */
    Optional<Boolean> declaresClusters();

    /** For https; {@code git} if only a password is given. */
    Optional<String> username();

    /** Password or token for https; a file is better. */
    Optional<String> password();

    /** File that holds the password or token; read at each fetch, so that it can be renewed. */
    Optional<Path> passwordFile();

    /** Private key for ssh, without a passphrase. */
    Optional<Path> sshKeyFile();

    /** The host keys that are trusted for ssh, in OpenSSH's form; none is learned by itself. */
    Optional<Path> knownHostsFile();

    /** Certificates to trust for https instead of the platform's, as PEM. */
    Optional<Path> caFile();

    /** What webhooks of this source are signed with; without it they are refused. */
    Optional<String> webhookSecret();

    /**
     * Whether a branch that no longer contains the last accepted commit is followed all the same.
     * Off, since it lets whoever may push roll everything back.
     */
    @WithDefault("false")
    boolean allowRewrite();

    /** Which commits have to be signed. */
    Commits commits();

    /** Whose signatures count, by a name of your choice that people are shown. */
    Map<String, SignerKey> signers();
  }

  /** Which commits of a source have to be signed. */
  interface Commits {
    /**
     * {@code none}: signatures are not looked at. {@code head}: the commit that the branch ends
     * with has to be signed, or the tag itself where a tag is followed. {@code strict}: as head,
     * and every commit since the trusted one, over all parents of merges.
     */
    @WithDefault("none")
    String policy();

    /**
     * For {@code strict}: the commit, in full, since which all have to be signed. It and its
     * ancestors are not asked for a signature.
     */
    Optional<String> trustedCommit();
  }

  /** A key whose signatures count. */
  interface SignerKey {
    /**
     * In full: {@code SHA256:...} of a key of OpenSSH, or the 40 or 64 hexadecimal digits of an
     * OpenPGP primary key.
     */
    String fingerprint();

    /** {@code ssh} or {@code openpgp}; the fingerprint says it as well. */
    Optional<String> format();

    /** For OpenPGP: the armored public key itself. */
    Optional<String> key();

    /** For OpenPGP: an absolute path of the armored public key; read again when it is needed. */
    Optional<Path> keyFile();

    /** Commits that the hub sees first before this time are refused; as 2026-01-31T00:00:00Z. */
    Optional<String> notBefore();

    /**
     * Commits that the hub sees first at or after this time are refused; those that it saw before
     * stay good. To undo these too, remove the signer.
     */
    Optional<String> notAfter();
  }
}
