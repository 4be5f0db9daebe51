package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.agent.enroll.EnrollException;
import io.towline.agent.stream.Delivered;
import io.towline.agent.stream.ExportFolder;
import io.towline.agent.stream.Exported;
import io.towline.agent.stream.FakeAuthority;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.FakeHub;
import io.towline.agent.stream.FolderLoop;
import io.towline.agent.stream.NewestEnvelope;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.ExportLayout;
import io.towline.envelope.Limits;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Envelopes that are carried to an agent in a folder. */
class FolderDeliveryTest {
  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();
  private final BundleManifest web = fleet.bundle("web", 3, i -> "one");
  private Path state;
  private Exported export;

  @BeforeEach
  void name() {
    state = directory.resolve("state");
    export = new Exported(fleet, directory.resolve("export"));
  }

  @Test
  void takesWhatLiesThereAndKeepsItOverARestartWithoutTheFolder() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    try (FolderAgent agent = agent()) {
      VerifiedEnvelope accepted = agent.intakeSaid.nextAccepted();
      assertThat(accepted.statement().sequence()).isEqualTo(5);
      assertThat(agent.trust.floor().sequence()).isEqualTo(5);
      assertThat(agent.bodies.read(object(1))).isEqualTo(fleet.body(object(1)));
      assertThat(agent.folderSaid).containsExactly("found");
    }
    try (FolderAgent agent = new FolderAgent(state, fleet, directory.resolve("gone"), true)) {
      assertThat(agent.restored).isEmpty();
      assertThat(agent.intakeSaid.nextAccepted().statement().sequence()).isEqualTo(5);
      assertThat(agent.folderSaid).containsExactly("empty");
    }
  }

  @Test
  void isSilentAboutWhatItHoldsAlreadyAfterARestart() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    try (FolderAgent agent = agent()) {
      agent.intakeSaid.nextAccepted();
    }
    try (FolderAgent agent = new FolderAgent(state, fleet, export.folder(), true)) {
      assertThat(agent.intakeSaid.next())
          .isInstanceOfSatisfying(
              IntakeRecorder.Said.Accepted.class,
              said -> assertThat(said.origin()).isEqualTo(EnvelopeIntake.Origin.DISK));
      export.write(fleet.draft(6, web).seal(), web);
      agent.look();
      assertThat(agent.intakeSaid.nextAccepted().statement().sequence()).isEqualTo(6);
    }
  }

  @Test
  void takesACopyWhenItIsWholeAndSaysOnceWhatIsMissingUntilThen() throws Exception {
    try (FolderAgent agent = agent()) {
      agent.look();
      assertThat(agent.folderSaid).containsExactly("empty");
      export.statement(fleet.draft(5, web).seal());
      agent.look();
      assertThat(agent.intakeSaid.nextRefused().reason()).isEqualTo(Reason.ROOT_INVALID);
      byte[] root = fleet.signedRoot(fleet.root(1, 1, fleet.rootKey, fleet.hubKey), fleet.rootKey);
      export.root(1, Arrays.copyOf(root, root.length / 2));
      agent.look();
      assertThat(agent.intakeSaid.nextRefused().reason()).isEqualTo(Reason.ROOT_INVALID);
      export.root(1, root);
      agent.look();
      assertMissing(agent, "0 of " + web.bytes().length);
      export.body(web.digest()).body(object(0)).body(object(1));
      byte[] last = fleet.body(object(2));
      export.file(ExportLayout.object(object(2)), Arrays.copyOf(last, last.length - 1));
      agent.look();
      assertMissing(agent, last.length - 1 + " of " + last.length);
      agent.look();
      agent.look();
      assertThat(agent.trust.floor().sequence()).isZero();
      assertThat(agent.intakeSaid.isSilent()).isTrue();
      export.body(object(2));
      agent.look();
      assertThat(agent.intakeSaid.nextAccepted().statement().sequence()).isEqualTo(5);
    }
  }

  @Test
  void refusesABodyThatIsAnotherOrLonger() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    byte[] changed = fleet.body(object(1)).clone();
    changed[changed.length / 2] ^= 1;
    export.file(ExportLayout.object(object(1)), changed);
    try (FolderAgent agent = agent()) {
      assertRefused(agent, Reason.OBJECT_DIGEST_MISMATCH);
      byte[] longer = Arrays.copyOf(fleet.body(object(1)), changed.length + 1);
      export.file(ExportLayout.object(object(1)), longer);
      agent.look();
      assertRefused(agent, Reason.OBJECT_DIGEST_MISMATCH);
      assertThat(agent.intake.held()).isEmpty();
    }
  }

  @Test
  void refusesAStatementThatIsCutTooLargeOrOfSomebodyElse() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    byte[] whole = Files.readAllBytes(statement());
    export.file(ExportLayout.STATEMENT, Arrays.copyOf(whole, whole.length / 2));
    try (FolderAgent agent = agent()) {
      assertRefused(agent, Reason.ENVELOPE_MALFORMED);
      export.file(ExportLayout.STATEMENT, new byte[Limits.ENVELOPE_BYTES * 2]);
      agent.look();
      assertRefused(agent, Reason.ENVELOPE_MALFORMED);
      FakeFleet.Draft draft = fleet.draft(5, web);
      draft.forCluster = UUID.randomUUID();
      export.statement(draft.seal());
      agent.look();
      assertRefused(agent, Reason.WRONG_CLUSTER);
      draft = fleet.draft(5, web);
      draft.key = FakeFleet.newKey();
      export.statement(draft.seal());
      agent.look();
      assertRefused(agent, Reason.SIGNATURE_INVALID);
    }
  }

  @Test
  void refusesAnOlderExportAndKeepsWhatItHolds() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    try (FolderAgent agent = agent()) {
      agent.intakeSaid.nextAccepted();
      BundleManifest older = fleet.bundle("web", 3, i -> "older");
      export.write(fleet.draft(4, older).seal(), older);
      agent.look();
      assertRefused(agent, Reason.SEQUENCE_ROLLBACK);
      assertThat(agent.intake.held().orElseThrow().getSequence()).isEqualTo(5);
      export.write(fleet.draft(5, older).seal(), older);
      agent.look();
      assertRefused(agent, Reason.EQUIVOCATION);
    }
  }

  @Test
  void followsTheRootsOfAnExportOneByOne() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    KeyPair next = FakeFleet.newKey();
    try (FolderAgent agent = agent()) {
      agent.intakeSaid.nextAccepted();
      FakeFleet.Draft draft = fleet.draft(6, web);
      draft.rootVersion = 3;
      draft.key = next;
      export.statement(draft.seal());
      byte[] second = fleet.root(2, 1, fleet.rootKey, fleet.hubKey).bytes();
      export.root(2, FakeFleet.sign("application/json", second, fleet.rootKey));
      agent.look();
      assertRefused(agent, Reason.ROOT_INVALID);
      export.root(2, fleet.signedRoot(fleet.root(2, 1, fleet.rootKey, next), next));
      agent.look();
      assertRefused(agent, Reason.ROOT_INVALID);
      export.root(
          2, fleet.signedRoot(fleet.root(2, 1, fleet.rootKey, fleet.hubKey), fleet.rootKey));
      agent.look();
      assertRefused(agent, Reason.SIGNATURE_INVALID);
      export.root(3, fleet.signedRoot(fleet.root(3, 1, fleet.rootKey, next), fleet.rootKey));
      agent.look();
      IntakeRecorder.Said said = agent.intakeSaid.next();
      assertThat(said).as(said.toString()).isInstanceOf(IntakeRecorder.Said.Accepted.class);
      assertThat(agent.trust.rootVersion()).isEqualTo(3);
    }
  }

  @Test
  void goesOnEnforcingAfterExpiryAndSaysSo() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    try (FolderAgent agent = agent()) {
      agent.intakeSaid.nextAccepted();
      agent.now.set(FakeFleet.NOW.plus(Duration.ofDays(2)));
      export.write(fleet.draft(6, web).seal(), web);
      agent.look();
      // The clock may be looked at before the envelope is, or after it.
      assertThat(List.of(agent.intakeSaid.next(), agent.intakeSaid.next()))
          .contains(new IntakeRecorder.Said.Expiry(true))
          .anySatisfy(
              said ->
                  assertThat(said)
                      .isInstanceOfSatisfying(
                          IntakeRecorder.Said.Refused.class,
                          refused ->
                              assertThat(refused.reason()).isEqualTo(Reason.ENVELOPE_EXPIRED)));
      assertThat(agent.intake.held().orElseThrow().getSequence()).isEqualTo(5);
      // A clock that is set back makes good what was refused for its sake, though no file changed.
      agent.now.set(FakeFleet.NOW.plus(Duration.ofMinutes(20)));
      agent.look();
      IntakeRecorder.Said said = agent.intakeSaid.next();
      while (said instanceof IntakeRecorder.Said.Expiry) {
        said = agent.intakeSaid.next();
      }
      assertThat(said).isInstanceOf(IntakeRecorder.Said.Accepted.class);
    }
  }

  @Test
  void takesABodyThatItsDiskLostFromTheFolderAgain() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    try (FolderAgent agent = agent()) {
      agent.intakeSaid.nextAccepted();
      Files.write(state.resolve("bodies/" + object(1).hex() + ".gz"), new byte[3]);
      assertThatThrownBy(() -> agent.bodies.read(object(1))).isInstanceOf(IOException.class);
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (!agent.bodies.has(object(1)) && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      assertThat(agent.bodies.read(object(1))).isEqualTo(fleet.body(object(1)));
    }
  }

  @Test
  void ignoresWhateverElseLiesThere() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    export
        .file("objects/" + "f".repeat(64), new byte[10_000])
        .file("objects/..evil", new byte[1])
        .file("root/x.root.dsse.json", new byte[1])
        .file("README", new byte[1]);
    try (FolderAgent agent = agent()) {
      assertThat(agent.intakeSaid.nextAccepted().statement().sequence()).isEqualTo(5);
    }
  }

  @Test
  void followsNoLinkThatLeadsOutOfTheFolder() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    Path outside = directory.resolve("outside");
    Path body = export.folder().resolve(ExportLayout.object(object(1)));
    Files.move(body, outside);
    Files.createSymbolicLink(body, outside);
    try (FolderAgent agent = agent()) {
      IntakeRecorder.Said.Refused refused = agent.intakeSaid.nextRefused();
      assertThat(refused.reason()).isEqualTo(Reason.OBJECT_MISSING);
      assertThat(refused.message()).contains("is a link that leads out");
    }
  }

  @Test
  void followsNoDirectoryThatLeadsOutOfTheFolder() throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    Path outside = directory.resolve("outside");
    Path objects = export.folder().resolve(ExportLayout.OBJECTS);
    Files.move(objects, outside);
    Files.createSymbolicLink(objects, outside);
    try (FolderAgent agent = agent()) {
      assertThat(agent.folderSaid.take()).contains("objects is a link that leads out");
      assertThat(agent.intakeSaid.isSilent()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {ExportLayout.STATEMENT, "root/1.root.dsse.json", "objects/"})
  void opensNoPipe(String name) throws Exception {
    export.write(fleet.draft(5, web).seal(), web);
    Path pipe = export.folder().resolve(name.endsWith("/") ? ExportLayout.object(object(1)) : name);
    Files.delete(pipe);
    Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
    assertThat(made.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(made.exitValue()).isZero();
    try (FolderAgent agent = agent()) {
      String said =
          name.equals(ExportLayout.STATEMENT)
              ? agent.folderSaid.take()
              : agent.intakeSaid.nextRefused().message();
      assertThat(said).contains("is no file");
    }
  }

  /** Kubernetes changes a volume by one link in it: {@code ..data}. */
  @Test
  void readsAVolumeThatKubernetesMadeOfLinks() throws Exception {
    Path volume = export.folder();
    BundleManifest two = fleet.bundle("web", 3, i -> "two");
    new Exported(fleet, volume.resolve("..2026_11_23_09_00_00.1"))
        .write(fleet.draft(5, web).seal(), web);
    new Exported(fleet, volume.resolve("..2026_11_23_10_00_00.2"))
        .write(fleet.draft(6, two).seal(), two);
    Files.createSymbolicLink(volume.resolve("..data"), Path.of("..2026_11_23_09_00_00.1"));
    for (String top : new String[] {ExportLayout.STATEMENT, "objects", "root"}) {
      Files.createSymbolicLink(volume.resolve(top), Path.of("..data/" + top));
    }
    try (FolderAgent agent = agent()) {
      assertThat(agent.intakeSaid.nextAccepted().statement().sequence()).isEqualTo(5);
      Path next = volume.resolve("..data_tmp");
      Files.createSymbolicLink(next, Path.of("..2026_11_23_10_00_00.2"));
      Files.move(next, volume.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
      agent.look();
      assertThat(agent.intakeSaid.nextAccepted().statement().sequence()).isEqualTo(6);
    }
  }

  @Test
  void theHigherSequenceWinsWhoeverBringsIt() throws Exception {
    FakeAuthority tls = new FakeAuthority();
    try (FakeHub hub = new FakeHub(fleet, tls, 0)) {
      hub.publish(fleet.draft(5, web).seal());
      export.write(fleet.draft(7, web).seal(), web);
      try (AgentUnderTest agent =
          new AgentUnderTest(state, fleet.token(hub.address(), tls.pin()))) {
        assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(5);
        ExportFolder folder = new ExportFolder(export.folder());
        SignedEnvelope carried = fleet.draft(7, web).seal();
        agent.inbox.put(new Delivered(folder, carried));
        assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(7);
        hub.publish(fleet.draft(6, web).seal());
        assertThat(agent.nextRefused().reason()).isEqualTo(Reason.SEQUENCE_ROLLBACK);
        hub.publish(fleet.draft(8, web).seal());
        assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(8);
        agent.inbox.put(new Delivered(folder, carried));
        assertThat(agent.nextRefused().reason()).isEqualTo(Reason.SEQUENCE_ROLLBACK);
      }
    }
  }

  @Test
  void aFolderGoesOnWhereTheHubLeftOffInTheMiddleOfAFetch() throws Exception {
    FakeAuthority tls = new FakeAuthority();
    FakeHub hub = new FakeHub(fleet, tls, 0);
    hub.cutAfter.set(0);
    hub.publish(fleet.draft(5, web).seal());
    try (AgentUnderTest agent = new AgentUnderTest(state, fleet.token(hub.address(), tls.pin()))) {
      assertThat(Objects.requireNonNull(hub.fetches.poll(60, TimeUnit.SECONDS)).getWantsCount())
          .isPositive();
      hub.close();
      export.write(fleet.draft(5, web).seal(), web);
      agent.inbox.put(new Delivered(new ExportFolder(export.folder()), fleet.draft(5, web).seal()));
      assertThat(agent.nextAccepted().statement().sequence()).isEqualTo(5);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0.099S", "PT1H0.001S", "PT0S"})
  void refusesAnIntervalThatIsTooShortOrTooLong(Duration interval) {
    assertThatThrownBy(
            () ->
                new FolderLoop(
                    new ExportFolder(directory),
                    new NewestEnvelope(),
                    interval,
                    wait -> {},
                    () -> FakeFleet.NOW,
                    new FolderLoop.Listener() {
                      @Override
                      public void empty() {}

                      @Override
                      public void unreadable(String why) {}

                      @Override
                      public void found() {}
                    }))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("towline.offline.interval");
  }

  private FolderAgent agent() {
    return new FolderAgent(state, fleet, export.folder());
  }

  private Digest object(int index) {
    return web.objects().get(index).digest();
  }

  private Path statement() {
    return export.folder().resolve(ExportLayout.STATEMENT);
  }

  private static void assertMissing(FolderAgent agent, String bytes) throws InterruptedException {
    IntakeRecorder.Said.Refused refused = agent.intakeSaid.nextRefused();
    assertThat(refused.reason()).isEqualTo(Reason.OBJECT_MISSING);
    assertThat(refused.message()).contains(bytes);
  }

  private static void assertRefused(FolderAgent agent, Reason reason) throws InterruptedException {
    IntakeRecorder.Said.Refused refused = agent.intakeSaid.nextRefused();
    assertThat(refused.reason()).as(refused.message()).isEqualTo(reason);
  }
}
