package io.towline.hub.git;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A repository to watch, as configured and found sound.
 *
 * @param path the directory that is the source's root; empty: the repository's own
 * @param interval between two looks
 * @param declaresClusters whether its Cluster files count
 * @param webhookSecret what its webhooks are signed with
 * @param allowRewrite whether a branch that lost the last accepted commit is followed
 * @param commits which commits have to be signed
 */
public record Source(
    String name,
    GitUrl url,
    Wanted wanted,
    String path,
    Duration interval,
    boolean declaresClusters,
    Access access,
    Optional<Secret> webhookSecret,
    boolean allowRewrite,
    CommitPolicy commits) {
  /** Asking more often helps nobody: a webhook is the way. */
  public static final Duration MIN_INTERVAL = Duration.ofSeconds(1);

  private static final Duration MAX_INTERVAL = Duration.ofDays(1);
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final String DEFAULT_BRANCH = "main";
  private static final String DEFAULT_USER = "git";

  /**
   * Reads all configured sources.
   *
   * @return in the order of their names
   * @throws IllegalArgumentException that names the property that is wrong, without its value
   */
  public static List<Source> of(SourceConfig config, GitConfig git) {
    AllowedUrls allowed = AllowedUrls.of(git);
    Map<String, SourceConfig.Repository> sorted = new TreeMap<>(config.repositories());
    boolean someSay =
        sorted.values().stream().anyMatch(source -> source.declaresClusters().isPresent());
    List<Source> sources = new ArrayList<>();
    sorted.forEach(
        (name, repository) -> {
          boolean declares =
              someSay ? repository.declaresClusters().orElse(false) : sources.isEmpty();
          sources.add(of(name, repository, declares, allowed));
        });
    return List.copyOf(sources);
  }

  private static Source of(
      String name,
      SourceConfig.Repository repository,
      boolean declaresClusters,
      AllowedUrls allowed) {
    String prefix = "towline.sources." + name;
    if (!NAME.matcher(name).matches()) {
      throw wrong(prefix, "a name has 1 to 63 lower-case letters, digits and -");
    }
    GitUrl url;
    try {
      url = allowed.read(repository.url());
    } catch (IllegalArgumentException e) {
      throw wrong(prefix + ".url", e.getMessage());
    }
    Duration interval = repository.interval();
    if (interval.compareTo(MIN_INTERVAL) < 0 || interval.compareTo(MAX_INTERVAL) > 0) {
      throw wrong(prefix + ".interval", "an interval is from 1 second to 1 day");
    }
    String path = repository.path().map(Source::withoutSlashes).orElse("");
    if (!path.isEmpty() && !TreePath.isPlain(path)) {
      throw wrong(prefix + ".path", "a path is relative and without . and ..");
    }
    return new Source(
        name,
        url,
        wanted(prefix, repository),
        path,
        interval,
        declaresClusters,
        access(prefix, url, repository),
        repository.webhookSecret().filter(secret -> !secret.isEmpty()).map(Secret.Given::new),
        repository.allowRewrite(),
        CommitPolicyReader.read(prefix, repository));
  }

  private static String withoutSlashes(String path) {
    String start = path.startsWith("./") ? path.substring(2) : path;
    return start.endsWith("/") ? start.substring(0, start.length() - 1) : start;
  }

  private static Wanted wanted(String prefix, SourceConfig.Repository repository) {
    long given =
        List.of(repository.branch(), repository.tag(), repository.commit()).stream()
            .filter(Optional::isPresent)
            .count();
    if (given > 1) {
      throw wrong(prefix, "only one of branch, tag and commit may be given");
    }
    try {
      if (repository.tag().isPresent()) {
        return new Wanted.Tag(repository.tag().get());
      }
      if (repository.commit().isPresent()) {
        return new Wanted.Commit(repository.commit().get());
      }
      return new Wanted.Branch(repository.branch().orElse(DEFAULT_BRANCH));
    } catch (IllegalArgumentException e) {
      throw wrong(prefix, e.getMessage());
    }
  }

  private static Access access(String prefix, GitUrl url, SourceConfig.Repository repository) {
    Optional<Path> key = repository.sshKeyFile();
    if (url.scheme() == GitUrl.Scheme.SSH) {
      if (repository.password().isPresent() || repository.passwordFile().isPresent()) {
        throw wrong(prefix + ".password", "ssh goes by a key, not by a password");
      }
      return new Access.SshKey(
          key.orElseThrow(() -> wrong(prefix + ".ssh-key-file", "ssh needs a key")),
          repository
              .knownHostsFile()
              .orElseThrow(
                  () ->
                      wrong(
                          prefix + ".known-hosts-file",
                          "ssh needs the host's key: none is trusted at first sight")));
    }
    if (key.isPresent()) {
      throw wrong(prefix + ".ssh-key-file", "a key is for ssh only");
    }
    if (repository.password().isPresent() && repository.passwordFile().isPresent()) {
      throw wrong(prefix + ".password", "give either the password or its file");
    }
    Optional<Secret> secret =
        repository
            .password()
            .<Secret>map(Secret.Given::new)
            .or(() -> repository.passwordFile().map(Secret.InFile::new));
    return secret.isPresent()
        ? new Access.Password(
            repository.username().orElse(DEFAULT_USER), secret.get(), repository.caFile())
        : new Access.Anonymous(repository.caFile());
  }

  private static IllegalArgumentException wrong(String property, @Nullable String why) {
    return new IllegalArgumentException(property + ": " + why);
  }
}
