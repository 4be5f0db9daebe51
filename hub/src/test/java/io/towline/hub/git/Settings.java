package io.towline.hub.git;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Configuration as tests write it. */
final class Settings {
  private Settings() {}

  static GitConfig git() {
    return git(Duration.ofMinutes(5), 1L << 30, 50_000_000);
  }

  static GitConfig git(Duration timeout, long maxFetchBytes, long maxObjectBytes) {
    return new GitConfig() {
      @Override
      public boolean allowInsecure() {
        return true;
      }

      @Override
      public Duration fetchTimeout() {
        return timeout;
      }

      @Override
      public long maxFetchBytes() {
        return maxFetchBytes;
      }

      @Override
      public long maxObjectBytes() {
        return maxObjectBytes;
      }
    };
  }

  static Source source(Repository repository) {
    return sources(Map.of("web", repository), true).getFirst();
  }

  static List<Source> sources(
      Map<String, ? extends SourceConfig.Repository> repositories, boolean allowInsecure) {
    return Source.of(() -> Map.copyOf(repositories), allowInsecure);
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
  }
}
