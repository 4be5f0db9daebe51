package io.towline.hub.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheBuilder;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorTest {
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir Path directory;
  private OriginRepository origin;

  @BeforeEach
  void makeOrigin() throws IOException {
    origin = new OriginRepository(directory.resolve("origin.git"));
  }

  @AfterEach
  void closeOrigin() {
    origin.close();
  }

  @Test
  void handsOnTheCommitOfABranchWithItsFiles() throws IOException {
    ObjectId commit =
        origin.commit("main", Map.of("towline.yaml", "kind: Fleet\n", "apps/a.yaml", "a: 1\n"));

    try (Mirror mirror = mirror(Map.of())) {
      assertThat(mirror.accepted()).isEmpty();
      Revision revision = mirror.fetch();

      assertThat(revision)
          .isEqualTo(
              new Revision(
                  "web",
                  origin.url(),
                  "refs/heads/main",
                  commit.name(),
                  OriginRepository.TIME,
                  Optional.empty()));
      FileTree tree = mirror.tree(revision);
      assertThat(tree.list(""))
          .extracting(FileTree.Entry::path)
          .containsExactly("apps/a.yaml", "towline.yaml");
      assertThat(tree.list("apps")).hasSize(1);
      assertThat(tree.list("app")).isEmpty();
      assertThat(tree.entry("apps")).isEmpty();
      FileTree.Entry entry = tree.entry("apps/a.yaml").orElseThrow();
      assertThat(entry.size()).isEqualTo(5);
      assertThat(new String(tree.read(entry, 5), UTF_8)).isEqualTo("a: 1\n");
      assertThat(refusal(() -> tree.read(entry, 4)).reason()).isEqualTo(Reason.LIMIT_EXCEEDED);
    }
  }

  @Test
  void takesInWhatIsNewAndKeepsTheIdsOfWhatIsNot() throws IOException {
    origin.commit("main", Map.of("same", "1", "changed", "1"));
    try (Mirror mirror = mirror(Map.of())) {
      Revision first = mirror.fetch();
      assertThat(mirror.fetch()).isEqualTo(first);

      ObjectId commit = origin.commit("main", Map.of("same", "1", "changed", "2", "new", "3"));
      Revision second = mirror.fetch();

      assertThat(second.commit()).isEqualTo(commit.name());
      assertThat(id(mirror, second, "same")).isEqualTo(id(mirror, first, "same"));
      assertThat(id(mirror, second, "changed")).isNotEqualTo(id(mirror, first, "changed"));
    }
  }

  @Test
  void readsTheLastGoodCommitBackAfterARestart() throws IOException {
    origin.commit("main", Map.of("a", "1"));
    Revision fetched;
    try (Mirror mirror = mirror(Map.of())) {
      fetched = mirror.fetch();
    }
    Files.createDirectories(directory.resolve("mirrors/web.git/refs/towline"));
    Files.writeString(directory.resolve("mirrors/web.git/refs/towline/accepted.lock"), "");
    origin.delete("refs/heads/main");

    try (Mirror mirror = mirror(Map.of())) {
      assertThat(mirror.accepted()).contains(fetched);
      assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.REVISION_NOT_FOUND);
      assertThat(mirror.accepted()).contains(fetched);
      assertThat(mirror.tree(fetched).list("")).hasSize(1);
    }
  }

  @Test
  void holdsABranchThatNoLongerContainsTheAcceptedCommit() throws IOException {
    origin.commit("main", Map.of("a", "1"));
    try (Mirror mirror = mirror(Map.of())) {
      Revision good = mirror.fetch();
      ObjectId rewritten = origin.rewrite("main", Map.of("a", "2"));

      GitException refusal = refusal(mirror::fetch);

      assertThat(refusal.reason()).isEqualTo(Reason.HISTORY_REWRITTEN);
      assertThat(refusal).hasMessageContaining(good.commit());
      assertThat(mirror.accepted()).contains(good);
      origin.point("refs/heads/main", ObjectId.fromString(good.commit()));
      assertThat(mirror.fetch()).isEqualTo(good);
      origin.point("refs/heads/main", rewritten);
    }
    try (Mirror mirror = mirror(Map.of("allow-rewrite", "true"))) {
      assertThat(mirror.fetch().ref()).isEqualTo("refs/heads/main");
      assertThat(mirror.fetch().commit())
          .isEqualTo(origin.repository().exactRef("refs/heads/main").getObjectId().name());
    }
  }

  @Test
  void holdsABranchThatIsSetBackToAnOlderCommit() throws IOException {
    ObjectId older = origin.commit("main", Map.of("a", "1"));
    origin.commit("main", Map.of("a", "2"));
    try (Mirror mirror = mirror(Map.of())) {
      mirror.fetch();
      origin.point("refs/heads/main", older);

      assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.HISTORY_REWRITTEN);
    }
  }

  @Test
  void followsAnAnnotatedTagToItsCommit() throws IOException {
    ObjectId commit = origin.commit("main", Map.of("a", "1"));
    origin.tag("v1", commit);
    origin.commit("main", Map.of("a", "2"));

    try (Mirror mirror = mirror(Map.of("tag", "v1"))) {
      assertThat(mirror.fetch().commit()).isEqualTo(commit.name());
      assertThat(mirror.fetch().ref()).isEqualTo("refs/tags/v1");
    }
  }

  @Test
  void usesOneCommitThatNoBranchEndsWith() throws IOException {
    ObjectId commit = origin.commit("main", Map.of("a", "1"));
    origin.commit("main", Map.of("a", "2"));

    try (Mirror mirror = mirror(Map.of("commit", commit.name()))) {
      Revision revision = mirror.fetch();
      assertThat(revision.commit()).isEqualTo(commit.name());
      assertThat(mirror.tree(revision).list("")).hasSize(1);
    }
    try (Mirror mirror = mirror(Map.of("commit", "1".repeat(40)))) {
      assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.REVISION_NOT_FOUND);
    }
  }

  @Test
  void doesNotHoldABranchAgainstAnotherThatWasFollowedBefore() throws IOException {
    origin.commit("main", Map.of("a", "1"));
    ObjectId other = origin.rewrite("other", Map.of("a", "2"));
    try (Mirror mirror = mirror(Map.of())) {
      mirror.fetch();
    }
    try (Mirror mirror = mirror(Map.of("branch", "other"))) {
      assertThat(mirror.accepted()).isEmpty();
      assertThat(mirror.fetch().commit()).isEqualTo(other.name());
    }
  }

  @Test
  void saysThatABranchOrARepositoryIsMissing() throws IOException {
    origin.commit("main", Map.of("a", "1"));
    try (Mirror mirror = mirror(Map.of("branch", "missing"))) {
      assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.REVISION_NOT_FOUND);
    }
    try (Mirror mirror = mirror(Map.of("url", "file://" + directory + "/nothing.git"))) {
      assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.SOURCE_UNREACHABLE);
    }
  }

  @Test
  void startsAtTheConfiguredPath() throws IOException {
    origin.commit("main", Map.of("deploy/fleet/a", "1", "deploy/b", "2"));

    try (Mirror mirror = mirror(Map.of("path", "deploy/fleet/"))) {
      assertThat(mirror.tree(mirror.fetch()).list(""))
          .extracting(FileTree.Entry::path)
          .containsExactly("a");
    }
    try (Mirror mirror = mirror(Map.of("path", "deploy/b"))) {
      Revision revision = mirror.fetch();
      assertThat(refusal(() -> mirror.tree(revision)).reason())
          .isEqualTo(Reason.REVISION_NOT_FOUND);
    }
  }

  @Test
  void reportsLinksSubmodulesAndOddNamesAsWhatTheyAre() throws IOException {
    DirCache index = DirCache.newInCore();
    DirCacheBuilder builder = index.builder();
    ObjectId blob = origin.blob("/etc/passwd".getBytes(UTF_8));
    OriginRepository.add(builder, "link", FileMode.SYMLINK, blob);
    OriginRepository.add(builder, "module", FileMode.GITLINK, ObjectId.fromString("1".repeat(40)));
    OriginRepository.add(builder, "run.sh", FileMode.EXECUTABLE_FILE, blob);
    OriginRepository.add(builder, "d/new\nline \u00e4 \\ *", FileMode.REGULAR_FILE, blob);
    ObjectId lfs =
        origin.blob("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".getBytes(UTF_8));
    OriginRepository.add(builder, "lfs", FileMode.REGULAR_FILE, lfs);
    origin.commit("main", origin.tree(index, builder), null);

    try (Mirror mirror = mirror(Map.of())) {
      FileTree tree = mirror.tree(mirror.fetch());
      Map<String, FileTree.Kind> kinds = new HashMap<>();
      tree.list("").forEach(entry -> kinds.put(entry.path(), entry.kind()));

      assertThat(kinds)
          .isEqualTo(
              Map.of(
                  "link", FileTree.Kind.SYMLINK,
                  "module", FileTree.Kind.SUBMODULE,
                  "run.sh", FileTree.Kind.EXECUTABLE,
                  "d/new\nline \u00e4 \\ *", FileTree.Kind.FILE,
                  "lfs", FileTree.Kind.FILE));
      assertThat(refusal(() -> tree.read(tree.entry("link").orElseThrow(), 100)).getMessage())
          .contains("links are not followed");
      assertThat(refusal(() -> tree.read(tree.entry("module").orElseThrow(), 100)).getMessage())
          .contains("links are not followed");
      assertThat(refusal(() -> tree.read(tree.entry("lfs").orElseThrow(), 100)).reason())
          .isEqualTo(Reason.RENDER_REFUSED);
      assertThat(tree.read(tree.entry("d/new\nline \u00e4 \\ *").orElseThrow(), 100)).hasSize(11);
    }
  }

  @Test
  void refusesObjectsThatNoGitWouldWrite() throws IOException {
    org.eclipse.jgit.lib.TreeFormatter tree = new org.eclipse.jgit.lib.TreeFormatter();
    ObjectId blob = origin.blob("x".getBytes(UTF_8));
    tree.append("..", FileMode.REGULAR_FILE, blob);
    ObjectId id;
    try (org.eclipse.jgit.lib.ObjectInserter inserter = origin.repository().newObjectInserter()) {
      id = inserter.insert(tree);
      inserter.flush();
    }
    origin.commit("main", id, null);

    try (Mirror mirror = mirror(Map.of())) {
      assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.SOURCE_UNREACHABLE);
      assertThat(mirror.accepted()).isEmpty();
    }
  }

  @Test
  void refusesMoreBytesAndLargerFilesThanItsLimits() throws IOException {
    byte[] noise = new byte[200_000];
    new Random(7).nextBytes(noise);
    DirCache index = DirCache.newInCore();
    DirCacheBuilder builder = index.builder();
    OriginRepository.add(builder, "large", FileMode.REGULAR_FILE, origin.blob(noise));
    origin.commit("main", origin.tree(index, builder), null);

    Source source = source(Map.of());
    try (Mirror mirror = open(source, Settings.git(Duration.ofMinutes(5), 100_000, 50_000_000))) {
      assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.LIMIT_EXCEEDED);
    }
    try (Mirror mirror = open(source, Settings.git(Duration.ofMinutes(5), 1L << 30, 100_000))) {
      assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.SOURCE_UNREACHABLE);
    }
    try (Mirror mirror = open(source, Settings.git())) {
      assertThat(mirror.fetch()).isNotNull();
    }
  }

  @Test
  void endsAFetchThatTakesTooLong() throws IOException {
    origin.commit("main", Map.of("a", "1"));
    InstantSource racing =
        new InstantSource() {
          private Instant now = Instant.EPOCH;

          @Override
          public synchronized Instant instant() {
            now = now.plusSeconds(600);
            return now;
          }
        };
    try (Mirror mirror =
        Mirror.open(
            directory.resolve("mirrors"), source(Map.of()), Settings.git(), new Sights(), racing)) {
      assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.LIMIT_EXCEEDED);
    }
  }

  @Test
  void staysWithFewPacksOverManyFetches() throws IOException {
    try (Mirror mirror = mirror(Map.of())) {
      for (int i = 0; i < Mirror.MAX_PACKS + 5; i++) {
        origin.commit("main", Map.of("a", "content " + i));
        mirror.fetch();
      }
      assertThat(mirror.tree(mirror.accepted().orElseThrow()).list("")).hasSize(1);
    }
    try (var packs = Files.list(directory.resolve("mirrors/web.git/objects/pack"))) {
      assertThat(packs.filter(path -> path.toString().endsWith(".pack")).count())
          .isLessThanOrEqualTo(Mirror.MAX_PACKS);
    }
  }

  @Test
  void staysSmallThoughAllThatItFetchesIsRefused() throws IOException {
    Map<String, String> head =
        Map.of(
            "commits.policy",
            "head",
            "signers.alice.fingerprint",
            "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
    try (Mirror mirror = mirror(head)) {
      for (int i = 0; i < Mirror.MAX_PACKS + 5; i++) {
        origin.commit("main", Map.of("a", "content " + i));
        assertThat(refusal(mirror::fetch).reason()).isEqualTo(Reason.COMMIT_UNSIGNED);
      }
      assertThat(mirror.accepted()).isEmpty();
    }
    Path objects = directory.resolve("mirrors/web.git/objects");
    try (var files = Files.walk(objects)) {
      assertThat(files.filter(Files::isRegularFile).count())
          .as("packs with their indexes, and nothing loose")
          .isLessThan(2L * Mirror.MAX_PACKS);
    }
  }

  private static String id(Mirror mirror, Revision revision, String path) {
    return mirror.tree(revision).entry(path).orElseThrow().contentId();
  }

  private static GitException refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return catchThrowableOfType(GitException.class, call);
  }

  private Mirror mirror(Map<String, String> values) {
    return open(source(values), Settings.git());
  }

  private Mirror open(Source source, GitConfig config) {
    return Mirror.open(directory.resolve("mirrors"), source, config, new Sights(), CLOCK);
  }

  private Source source(Map<String, String> values) {
    Map<String, String> all = new HashMap<>(Map.of("url", origin.url()));
    all.putAll(values);
    return Settings.source(new Settings.Repository(all));
  }
}
