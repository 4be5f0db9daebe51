package io.towline.hub.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.hub.git.CommitSigner;
import io.towline.hub.git.FirstSights.Sight;
import io.towline.hub.git.Revision;
import io.towline.hub.store.Sources.Configured;
import io.towline.hub.store.TargetState.Held;
import io.towline.vocabulary.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitSignaturesTest {
  private static final CommitSigner ALICE = new CommitSigner("alice", "SHA256:a");
  private static final Configured FLEET =
      new Configured("fleet", "https://git.example/fleet", "refs/heads/main", "none");

  @TempDir Path directory;
  private StoreFixture store;

  @BeforeEach
  void open() {
    store = new StoreFixture(directory);
    store.sources.configure(List.of(FLEET));
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void keepsWhatWasSeenFirst() {
    assertThat(store.signatures.fingerprint("fleet", "c1")).isEmpty();
    store.signatures.remember(List.of(sight("c1", ALICE), sight("c2", ALICE)));
    store.advance(Duration.ofDays(1));
    store.signatures.remember(List.of(sight("c1", new CommitSigner("bob", "SHA256:b"))));

    assertThat(store.signatures.fingerprint("fleet", "c1")).contains("SHA256:a");
    assertThat(store.signatures.fingerprint("other", "c1")).isEmpty();
    assertThat(store.count("commit_signature")).isEqualTo(2);
  }

  @Test
  void outlivesAnotherBranchOfItsSourceAndGoesWithTheSource() {
    store.signatures.remember(List.of(sight("c1", ALICE)));
    store.sources.configure(
        List.of(new Configured("fleet", FLEET.url(), "refs/heads/other", "head")));
    assertThat(store.signatures.fingerprint("fleet", "c1")).isPresent();

    store.sources.configure(List.of());
    assertThat(store.count("commit_signature")).isZero();
  }

  @Test
  void showsWhoSignedAndWhatIsRefused() {
    SourceQueries queries = new SourceQueries(store.database);
    Revision revision =
        new Revision("fleet", FLEET.url(), FLEET.ref(), "c1", store.instant(), Optional.of(ALICE));
    store.sources.succeeded(revision);
    store.sources.configure(List.of(new Configured("fleet", FLEET.url(), FLEET.ref(), "strict")));
    store.sources.failed("fleet", new Held(Reason.COMMIT_UNSIGNED, "no"), Optional.of("c2"));

    SourceView refused = queries.find("fleet").orElseThrow();
    assertThat(refused.commit()).contains("c1");
    assertThat(refused.commitsPolicy()).isEqualTo("strict");
    assertThat(refused.signer()).isEqualTo("alice SHA256:a");
    assertThat(refused.refusedCommit()).isEqualTo("c2");

    store.sources.succeeded(revision);
    assertThat(queries.find("fleet").orElseThrow().refusedCommit()).isEmpty();
  }

  private Sight sight(String commit, CommitSigner signer) {
    return new Sight("fleet", commit, signer, store.instant());
  }
}
