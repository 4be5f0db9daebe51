package io.towline.hub.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.BundleEntry;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Contacts.Facts;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.TargetState;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a hub that cannot open anything knows of who can. */
class SealedJourneyTest {
  private static final Path FIXTURES = Path.of("../proto/src/test/resources/sealed");
  private static final String A = "age1rjy6clh0gv3xq60qkrsvwkke3f4k0egdqqpyvz4gq8qewl4wtussh94yyu";
  private static final String C = "age1z4kwezlxgqehva0d0s0ffry4p2xgxt6u98pwfhtfjlkhuzh2va0shuwa07";

  @TempDir Path directory;
  private GitFolder git;
  private JourneyFixture hub;
  private KnownCluster alpha;

  @BeforeEach
  void open() throws Exception {
    git = new GitFolder(directory.resolve("origin"));
    git.write(
        "apps/shop/towline.yaml",
        "apiVersion: towline.io/v1alpha1",
        "kind: Bundle",
        "name: shop",
        "targets: [{name: all, clusters: {}}]");
    seal("secret-json.body.json");
    git.commit("begin");
    hub = new JourneyFixture(directory.resolve("data"), Map.of("fleet", git.url()));
    alpha = hub.store.cluster("alpha");
  }

  @AfterEach
  void close() {
    hub.close();
    git.close();
  }

  @Test
  void aSealedFileIsDeliveredToAClusterThatCanOpenItOrHasNotSaidWhatItOpens() throws Exception {
    KnownCluster beta = hub.store.cluster("beta");
    says(beta, C, A);

    hub.reconcile();

    for (KnownCluster cluster : List.of(alpha, beta)) {
      assertThat(hub.statement(cluster).bundles())
          .extracting(BundleEntry::name)
          .containsExactly("shop");
    }
  }

  @Test
  void aClusterThatCouldNotOpenAFileIsToldSoBeforeItIsDelivered() throws Exception {
    hub.reconcile();
    says(alpha, A);
    seal("secret-for-another.body.json");
    git.commit("seal for others");

    hub.reconcile();

    TargetState target = hub.target(alpha, "shop");
    assertThat(hub.sequence(alpha)).isEqualTo(1);
    assertThat(target.judged().status()).isEqualTo(Status.FAILED);
    assertThat(target.held().orElseThrow().reason()).isEqualTo(Reason.SEALED_FOR_OTHERS);
    assertThat(target.held().orElseThrow().message()).contains("Secret", "shop/database", A);
    assertThat(Reason.SEALED_FOR_OTHERS.nextStep()).contains("sops updatekeys");
  }

  @Test
  void deliversItAsSoonAsTheClusterSaysThatItCanOpenIt() throws Exception {
    says(alpha, C);
    hub.reconcile();
    assertThat(hub.sequence(alpha)).isZero();
    hub.store.forgetChanges();

    says(alpha, A, C);
    assertThat(hub.store.announced).contains(Changes.Topic.CLUSTERS);
    hub.pass();

    assertThat(hub.sequence(alpha)).isEqualTo(1);
    hub.store.forgetChanges();
    says(alpha, A, C);
    assertThat(hub.store.announced).doesNotContain(Changes.Topic.CLUSTERS);
  }

  private void says(KnownCluster cluster, String... recipients) {
    hub.store.contacts.heard(
        cluster,
        hub.store.instant(),
        Optional.of(new Facts("1", "v1.35.4", "uid", Optional.empty(), List.of(recipients))),
        Optional.empty());
  }

  private void seal(String fixture) throws Exception {
    git.write("apps/shop/secret.json", Files.readString(FIXTURES.resolve(fixture)));
  }
}
