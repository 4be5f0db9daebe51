package io.towline.hub.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.towline.hub.git.Committers.CommitKey;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which histories are taken under the policy strict, and which rewritten ones under any. */
class StrictHistoryTest {
  @TempDir Path directory;
  private final Sights sights = new Sights();
  private Committers people;
  private CommitKey alice;
  private String trusted;
  private Instant now = Instant.parse("2026-06-01T00:00:00Z");

  @BeforeEach
  void gather() {
    people = new Committers(directory);
    alice = people.ssh("alice", "ed25519");
    people.commit(null);
    trusted = people.commit(null);
  }

  @AfterEach
  void part() {
    people.close();
  }

  @Test
  void takesAHistoryOfWhichEveryCommitSinceTheTrustedOneIsSigned() {
    people.commit(alice);
    people.commit(alice);
    String tip = people.commit(alice);

    try (Mirror mirror = open(strict())) {
      Revision revision = mirror.fetch();
      assertThat(revision.commit()).isEqualTo(tip);
      assertThat(revision.signer().orElseThrow().name()).isEqualTo("alice");
      assertThat(mirror.accepted()).contains(revision);
    }
    assertThat(sights.all).hasSize(3);
  }

  @Test
  void takesTheTrustedCommitItselfWithoutASigner() {
    try (Mirror mirror = open(strict())) {
      assertThat(mirror.fetch().signer()).isEmpty();
    }
  }

  @Test
  void namesTheFirstUnsignedCommitThoughTheNewestIsSigned() {
    people.commit(alice);
    String bad = people.commit(null);
    people.commit(null);
    people.commit(alice);

    try (Mirror mirror = open(strict())) {
      GitException refusal = refusal(mirror);
      assertThat(refusal.reason()).isEqualTo(Reason.COMMIT_UNSIGNED);
      assertThat(refusal.commit()).contains(bad);
      assertThat(mirror.accepted()).isEmpty();

      people.commit(alice);
      assertThat(refusal(mirror).commit()).contains(bad);
    }
    try (Mirror mirror = open(strict(bad))) {
      assertThat(refusal(mirror).reason()).isEqualTo(Reason.COMMIT_UNSIGNED);
    }
  }

  @Test
  void looksAtEveryParentOfASignedMerge() {
    people.git("branch", "side");
    people.commit(alice);
    people.git("checkout", "--quiet", "side");
    String bad = people.commit(null);
    people.commit(alice);
    people.git("checkout", "--quiet", "main");
    people.merge("side", alice);

    try (Mirror mirror = open(strict())) {
      GitException refusal = refusal(mirror);
      assertThat(refusal.reason()).isEqualTo(Reason.COMMIT_UNSIGNED);
      assertThat(refusal.commit()).contains(bad);
    }
    try (Mirror mirror = open(policy("head"))) {
      assertThat(mirror.fetch().signer()).isPresent();
    }
  }

  @Test
  void refusesAnUnsignedMergeOfSignedBranches() {
    people.git("branch", "side");
    people.commit(alice);
    people.git("checkout", "--quiet", "side");
    people.commit(alice);
    people.git("checkout", "--quiet", "main");
    String merge = people.merge("side", null);

    try (Mirror mirror = open(strict())) {
      assertThat(refusal(mirror).commit()).contains(merge);
    }
  }

  @Test
  void looksAtABranchThatLeftBeforeTheTrustedCommit() {
    people.git("checkout", "--quiet", "-b", "old", trusted + "~1");
    String bad = people.commit(null);
    people.git("checkout", "--quiet", "main");
    people.merge("old", alice);

    try (Mirror mirror = open(strict())) {
      assertThat(refusal(mirror).commit()).contains(bad);
    }
  }

  @Test
  void asksNothingOfWhatTheTrustedCommitContainsWhateverItsClockSaid() {
    people.at(Instant.parse("2030-01-01T00:00:00Z"));
    for (int i = 0; i < 10; i++) {
      people.commit(null);
    }
    trusted = people.at(Instant.parse("2001-01-01T00:00:00Z")).commit(null);
    people.at(Instant.parse("1999-01-01T00:00:00Z")).commit(alice);
    String tip = people.at(Instant.parse("2026-01-01T00:00:00Z")).commit(alice);

    try (Mirror mirror = open(strict())) {
      assertThat(mirror.fetch().commit()).isEqualTo(tip);
    }
  }

  @Test
  void refusesAHistoryWithoutTheTrustedCommit() {
    people.git("checkout", "--quiet", "--orphan", "other");
    people.commit(alice);
    Map<String, String> settings = strict();
    settings.put("branch", "other");

    try (Mirror mirror = open(settings)) {
      GitException refusal = refusal(mirror);
      assertThat(refusal.reason()).isEqualTo(Reason.REVISION_NOT_FOUND);
      assertThat(refusal).hasMessageContaining("towline.sources.web.commits.trusted-commit");
    }
  }

  @Test
  void isNotMisledByReplacedCommitsAndGrafts() throws IOException {
    String bad = people.commit(null);
    String tip = people.commit(alice);
    people.git("checkout", "--quiet", "-b", "good", trusted);
    String good = people.commit(alice);
    people.git("replace", bad, good);
    people.git("checkout", "--quiet", "main");

    try (Mirror mirror = open(strict())) {
      assertThat(refusal(mirror).commit()).contains(bad);
    }
    Path mirrored = directory.resolve("mirrors/web.git");
    Files.createDirectories(mirrored.resolve("info"));
    Files.writeString(mirrored.resolve("info/grafts"), tip + " " + trusted + "\n");
    Files.createDirectories(mirrored.resolve("refs/replace"));
    Files.writeString(mirrored.resolve("refs/replace/" + bad), tip + "\n");
    try (Mirror mirror = open(strict())) {
      assertThat(refusal(mirror).commit()).contains(bad);
    }
  }

  @Test
  void refusesAMirrorThatWasCutShort() throws IOException {
    people.commit(null);
    String tip = people.commit(alice);
    try (Mirror mirror = open(policy("head"))) {
      mirror.fetch();
    }
    Files.writeString(directory.resolve("mirrors/web.git/shallow"), tip + "\n");

    try (Mirror mirror = open(strict())) {
      assertThat(refusal(mirror).reason()).isEqualTo(Reason.SOURCE_UNREACHABLE);
    }
  }

  @Test
  void asksForATagsSignatureAndForThoseOfItsCommits() {
    String bad = people.commit(null);
    people.tag("v1", alice);
    Map<String, String> settings = strict();
    settings.put("tag", "v1");
    try (Mirror mirror = open(settings)) {
      assertThat(refusal(mirror).commit()).contains(bad);
    }

    people.git("reset", "--quiet", "--hard", trusted);
    people.commit(alice);
    people.tag("v2", null);
    settings.put("tag", "v2");
    try (Mirror mirror = open(settings)) {
      assertThat(refusal(mirror).reason()).isEqualTo(Reason.COMMIT_UNSIGNED);
    }
    people.tag("v3", alice);
    settings.put("tag", "v3");
    try (Mirror mirror = open(settings)) {
      assertThat(mirror.fetch().signer()).isPresent();
    }
  }

  @Test
  void remembersWhatItSawOfARangeThatIsRefusedAtItsEnd() {
    Map<String, String> settings = strict();
    settings.put("signers.alice.not-after", "2026-07-01T00:00:00Z");
    String first = people.commit(alice);
    people.commit(null);
    try (Mirror mirror = open(settings)) {
      assertThat(refusal(mirror).reason()).isEqualTo(Reason.COMMIT_UNSIGNED);
    }
    now = Instant.parse("2026-08-01T00:00:00Z");
    people.git("reset", "--quiet", "--hard", first);

    try (Mirror mirror = open(settings)) {
      assertThat(mirror.fetch().commit()).isEqualTo(first);
    }
  }

  @Test
  void takesARewrittenHistoryOverOnlyByTheCommitThatWasApproved() {
    String good = people.commit(alice);
    try (Mirror mirror = open(strict())) {
      mirror.fetch();
      people.git("reset", "--quiet", "--hard", trusted);
      String rewritten = people.commit(alice);

      GitException held = refusal(mirror);
      assertThat(held.reason()).isEqualTo(Reason.HISTORY_REWRITTEN);
      assertThat(held.commit()).contains(rewritten);
      assertThat(held)
          .hasMessageContaining(good)
          .hasMessageEndingWith("towline source approve web " + rewritten);

      String moved = people.commit(alice);
      assertThat(
              catchThrowableOfType(GitException.class, () -> mirror.fetchApproved(rewritten))
                  .commit())
          .contains(moved);
      assertThat(
              catchThrowableOfType(GitException.class, () -> mirror.fetchApproved(good)).commit())
          .contains(moved);
      assertThat(mirror.accepted().orElseThrow().commit()).isEqualTo(good);

      assertThat(mirror.fetchApproved(moved).commit()).isEqualTo(moved);
      assertThat(mirror.fetchApproved(moved).commit()).isEqualTo(moved);
      assertThat(mirror.fetch().commit()).isEqualTo(moved);
    }
  }

  @Test
  void doesNotTakeAnApprovedCommitThatIsNotSigned() {
    people.commit(alice);
    try (Mirror mirror = open(policy("head"))) {
      Revision good = mirror.fetch();
      people.git("reset", "--quiet", "--hard", trusted);
      String unsigned = people.commit(null);

      GitException refusal =
          catchThrowableOfType(GitException.class, () -> mirror.fetchApproved(unsigned));

      assertThat(refusal.reason()).isEqualTo(Reason.COMMIT_UNSIGNED);
      assertThat(mirror.accepted()).contains(good);
    }
  }

  private Map<String, String> strict() {
    return strict(trusted);
  }

  private Map<String, String> strict(String since) {
    Map<String, String> settings = policy("strict");
    settings.put("commits.trusted-commit", since);
    return settings;
  }

  private Map<String, String> policy(String policy) {
    Map<String, String> settings = new HashMap<>();
    settings.put("url", people.url());
    settings.put("commits.policy", policy);
    settings.put("signers.alice.fingerprint", alice.fingerprint());
    return settings;
  }

  private static GitException refusal(Mirror mirror) {
    return catchThrowableOfType(GitException.class, mirror::fetch);
  }

  private Mirror open(Map<String, String> settings) {
    return Mirror.open(
        directory.resolve("mirrors"),
        Settings.source(new Settings.Repository(settings)),
        Settings.git(),
        sights,
        () -> now);
  }
}
