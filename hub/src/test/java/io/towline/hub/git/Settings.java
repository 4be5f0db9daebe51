package io.towline.hub.git;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Configuration as tests write it. */
final class Settings {
  private Settings() {}

  static GitConfig git() {
    return git(Duration.ofMinutes(5), 1L << 30, 50_000_000);
  }

  static GitConfig git(Duration timeout, long maxFetchBytes, long maxObjectBytes) {
    return new Git(true, List.of(), timeout, maxFetchBytes, maxObjectBytes);
  }

  static GitConfig git(boolean allowInsecure, String... allowedUrls) {
    return new Git(
        allowInsecure, List.of(allowedUrls), Duration.ofMinutes(5), 1L << 30, 50_000_000);
  }

  private record Git(
      boolean allowInsecure,
      List<String> allowed,
      Duration fetchTimeout,
      long maxFetchBytes,
      long maxObjectBytes)
      implements GitConfig {
    @Override
    public Optional<List<String>> allowedUrls() {
      return allowed.isEmpty() ? Optional.empty() : Optional.of(allowed);
    }
  }

  static Source source(Repository repository) {
    return sources(Map.of("web", repository), true).getFirst();
  }

  static List<Source> sources(
      Map<String, ? extends SourceConfig.Repository> repositories, boolean allowInsecure) {
    return Source.of(() -> Map.copyOf(repositories), git(allowInsecure));
  }

  /** One repository; a value that is not given is absent. */
  record Repository(Map<String, String> values) implements SourceConfig.Repository {
    private Optional<String> get(String key) {
      return Optional.ofNullable(values.get(key));
    }

    @Override
    public String url() {
      return get("url").orElse("");
    }

    @Override
    public Optional<String> branch() {
      return get("branch");
    }

    @Override
    public Optional<String> tag() {
      return get("tag");
    }

    @Override
    public Optional<String> commit() {
      return get("commit");
    }

    @Override
    public Optional<String> path() {
      return get("path");
    }

    @Override
    public Duration interval() {
      return Duration.parse(get("interval").orElse("PT60S"));
    }

    @Override
    public Optional<Boolean> declaresClusters() {
      return get("declares-clusters").map(Boolean::valueOf);
    }

    @Override
    public Optional<String> username() {
      return get("username");
    }

    @Override
    public Optional<String> password() {
      return get("password");
    }

    @Override
    public Optional<Path> passwordFile() {
      return get("password-file").map(Path::of);
    }

    @Override
    public Optional<Path> sshKeyFile() {
      return get("ssh-key-file").map(Path::of);
    }

    @Override
    public Optional<Path> knownHostsFile() {
      return get("known-hosts-file").map(Path::of);
    }

    @Override
    public Optional<Path> caFile() {
      return get("ca-file").map(Path::of);
    }

    @Override
    public Optional<String> webhookSecret() {
      return get("webhook-secret");
    }

    @Override
    public boolean allowRewrite() {
      return get("allow-rewrite").map(Boolean::valueOf).orElse(false);
    }

    @Override
    public SourceConfig.Commits commits() {
      return new SourceConfig.Commits() {
        @Override
        public String policy() {
          return get("commits.policy").orElse("none");
        }

        @Override
        public Optional<String> trustedCommit() {
          return get("commits.trusted-commit");
        }
      };
    }

    @Override
    public Map<String, SourceConfig.SignerKey> signers() {
      Map<String, SourceConfig.SignerKey> signers = new TreeMap<>();
      for (String key : values.keySet()) {
        if (key.startsWith("signers.")) {
          String prefix = key.substring(0, key.lastIndexOf('.') + 1);
          signers.put(
              prefix.substring("signers.".length(), prefix.length() - 1), new Key(this, prefix));
        }
      }
      return signers;
    }
  }

  /** One signer of a repository. */
  record Key(Repository repository, String prefix) implements SourceConfig.SignerKey {
    private Optional<String> get(String key) {
      return repository.get(prefix + key);
    }

    @Override
    public String fingerprint() {
      return get("fingerprint").orElse("");
    }

    @Override
    public Optional<String> format() {
      return get("format");
    }

    @Override
    public Optional<String> key() {
      return get("key");
    }

    @Override
    public Optional<Path> keyFile() {
      return get("key-file").map(Path::of);
    }

    @Override
    public Optional<String> notBefore() {
      return get("not-before");
    }

    @Override
    public Optional<String> notAfter() {
      return get("not-after");
    }
  }
}
