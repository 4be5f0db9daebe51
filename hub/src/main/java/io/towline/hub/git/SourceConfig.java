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
  }
}
