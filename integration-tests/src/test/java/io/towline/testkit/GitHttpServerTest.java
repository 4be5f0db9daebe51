package io.towline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GitHttpServerTest {

  @TempDir private Path scratch;

  @Test
  void aRepositoryCanBeClonedAndFollowed() {
    GitRepository repository = repository();
    try (GitHttpServer server = GitHttpServer.start(repository)) {
      git("clone", "--quiet", server.url(), "clone");
      assertThat(cloned("app/towline.yaml")).isEqualTo("name: app\n");

      String second = repository.write("app/more.yaml", "a: b\n").commit("add more");
      GitRepository.run(scratch.resolve("clone"), List.of("git", "pull", "--quiet"));

      assertThat(cloned("app/more.yaml")).isEqualTo("a: b\n");
      assertThat(headOfClone()).isEqualTo(second);
      assertThat(server.requests()).isPositive();
    }
  }

  @Test
  void aRewrittenHistoryIsServedAsItIsNow() {
    GitRepository repository = repository();
    String first = repository.head();
    repository.write("app/towline.yaml", "name: other\n").commit("change");
    try (GitHttpServer server = GitHttpServer.start(repository)) {
      git("clone", "--quiet", server.url(), "clone");

      String rewritten = repository.write("app/towline.yaml", "name: third\n").rewriteLast("no");
      GitRepository.run(scratch.resolve("clone"), List.of("git", "fetch", "--quiet"));
      assertThat(remoteHeadOfClone()).isEqualTo(rewritten);

      repository.resetTo(first);
      GitRepository.run(scratch.resolve("clone"), List.of("git", "fetch", "--quiet"));
      assertThat(remoteHeadOfClone()).isEqualTo(first);
    }
  }

  @Test
  void aLoginIsAskedForWhereOneIsSet() {
    GitRepository repository = repository();
    GitHttpServer.Login login = new GitHttpServer.Login("reader", "correct-horse");
    try (GitHttpServer server = GitHttpServer.start(repository, login)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> git("clone", "--quiet", server.url(), "refused"))
          .withMessageContaining("could not read Username");
      assertThatIllegalStateException()
          .isThrownBy(() -> git("clone", withLogin(server, "reader:wrong"), "refused"))
          .withMessageContaining("Authentication failed");

      git("clone", "--quiet", withLogin(server, "reader:correct-horse"), "clone");
      assertThat(cloned("app/towline.yaml")).isEqualTo("name: app\n");
    }
  }

  @Test
  void aServerThatWasAwayComesBackAtTheSameAddress() {
    GitRepository repository = repository();
    try (GitHttpServer server = GitHttpServer.start(repository)) {
      String url = server.url();
      server.stop();
      assertThatIllegalStateException()
          .isThrownBy(() -> git("clone", "--quiet", url, "refused"))
          .withMessageContaining("Failed to connect");

      server.start();
      git("clone", "--quiet", url, "clone");
      assertThat(headOfClone()).isEqualTo(repository.head());
    }
  }

  private GitRepository repository() {
    GitRepository repository = GitRepository.create(scratch.resolve("fleet"));
    repository.write("app/towline.yaml", "name: app\n").commit("begin");
    return repository;
  }

  private static String withLogin(GitHttpServer server, String login) {
    return server.url().replace("http://", "http://" + login + "@");
  }

  private void git(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    GitRepository.run(scratch, command);
  }

  private String cloned(String path) {
    try {
      return Files.readString(scratch.resolve("clone").resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String headOfClone() {
    return revision("HEAD");
  }

  private String remoteHeadOfClone() {
    return revision("origin/main");
  }

  private String revision(String name) {
    return GitRepository.run(scratch.resolve("clone"), List.of("git", "rev-parse", name)).strip();
  }
}
