package io.towline.hub.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryTreeTest {
  @TempDir Path directory;

  @Test
  void listsFilesAndLinksButNotGitsOwn() throws IOException {
    write("root/apps/a.yaml", "a: 1\n");
    write("root/apps-b.yaml", "b");
    write("root/.git/config", "secret");
    write("root/module/.git", "gitdir: elsewhere");
    write("outside/passwd", "secret");
    Files.createSymbolicLink(
        directory.resolve("root/link.yaml"), directory.resolve("outside/passwd"));
    Files.createSymbolicLink(directory.resolve("root/linked"), directory.resolve("outside"));
    DirectoryTree tree = new DirectoryTree(directory.resolve("root"));

    assertThat(tree.list(""))
        .extracting(entry -> entry.path() + " " + entry.kind())
        .containsExactly(
            "apps-b.yaml FILE", "apps/a.yaml FILE", "link.yaml SYMLINK", "linked SYMLINK");
    assertThat(tree.list("linked")).isEmpty();
    assertThat(tree.list("../outside")).isEmpty();
    assertThat(tree.entry("linked/passwd")).isEmpty();
    assertThat(tree.entry("../outside/passwd")).isEmpty();
    assertThat(tree.entry("apps")).isEmpty();
    assertThat(tree.entry(".git")).isEmpty();
  }

  @Test
  void readsNothingThroughALink() throws IOException {
    write("outside/passwd", "secret");
    Files.createDirectories(directory.resolve("root"));
    Files.createSymbolicLink(directory.resolve("root/link"), directory.resolve("outside/passwd"));
    Files.createSymbolicLink(directory.resolve("root/linked"), directory.resolve("outside"));
    DirectoryTree tree = new DirectoryTree(directory.resolve("root"));

    assertThatExceptionOfType(GitException.class)
        .isThrownBy(() -> tree.read(tree.entry("link").orElseThrow(), 100));
    for (String path : new String[] {"link", "linked/passwd", "../outside/passwd"}) {
      FileTree.Entry forged = new FileTree.Entry(path, FileTree.Kind.FILE, "", 6);
      assertThatExceptionOfType(GitException.class).isThrownBy(() -> tree.read(forged, 100));
    }
  }

  @Test
  void readsNoMoreThanItsLimitAndNoticesAChange() throws IOException {
    write("root/a", "12345");
    DirectoryTree tree = new DirectoryTree(directory.resolve("root"));
    FileTree.Entry before = tree.entry("a").orElseThrow();

    assertThat(tree.read(before, 5)).hasSize(5);
    assertThatExceptionOfType(GitException.class)
        .isThrownBy(() -> tree.read(before, 4))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.LIMIT_EXCEEDED));
    write("root/a", "54321");
    assertThat(tree.entry("a").orElseThrow().contentId()).isNotEqualTo(before.contentId());
  }

  @Test
  void refusesADirectoryThatIsNone() {
    assertThatExceptionOfType(GitException.class)
        .isThrownBy(() -> new DirectoryTree(directory.resolve("missing")));
  }

  private void write(String path, String content) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
