package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.LocalDisk;
import io.towline.agent.stream.BodySink;
import io.towline.agent.stream.Deliverer;
import io.towline.agent.stream.FakeFleet;
import io.towline.agent.stream.HubException;
import io.towline.agent.stream.Wanted;
import io.towline.envelope.Digest;
import io.towline.envelope.Limits;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the root that the join token pins to the newest one, step by step. */
class RootsTest {
  @TempDir Path directory;
  private final FakeFleet fleet = new FakeFleet();
  private final Identity identity =
      new Identity(fleet.token("127.0.0.1:1", Digest.of(new byte[1])));
  private final Chain chain = new Chain();
  private DurableFiles files;
  private TrustStore trust;

  @BeforeEach
  void open() {
    files = DurableFiles.open(new LocalDisk(), directory);
    trust = load(false);
  }

  @AfterEach
  void close() {
    files.close();
  }

  @Test
  void followsAChainInAsManyAnswersAsItTakesAndKeepsTheLastAlone() throws Exception {
    chain.upTo(5);
    chain.answers = 2;

    assertThat(new Roots(trust).upTo(chain, 5).document().version()).isEqualTo(5);

    assertThat(chain.asked).containsExactly(0L, 2L, 4L);
    assertThat(trust.rootVersion()).isEqualTo(5);
    try (var all = Files.list(directory)) {
      assertThat(all.map(file -> file.getFileName().toString()).filter(n -> n.startsWith("root-")))
          .containsExactly("root-5");
    }
    assertThat(load(true).root().orElseThrow().document().version()).isEqualTo(5);
  }

  @Test
  void asksForNothingThatIsNotOffered() throws Exception {
    chain.upTo(3);
    new Roots(trust).upTo(chain, 3);
    chain.asked.clear();

    assertThat(new Roots(trust).upTo(chain, 3).document().version()).isEqualTo(3);
    assertThat(new Roots(trust).upTo(chain, 2).document().version()).isEqualTo(3);
    assertThat(chain.asked).isEmpty();
    assertThat(new Roots(trust).upTo(chain, 9).document().version()).as("an offer").isEqualTo(3);
  }

  @Test
  void keepsEveryRootUpToTheOneThatDoesNotFollow() {
    chain.upTo(3);
    chain.roots.add(chain.roots.get(1));

    assertInvalid(() -> new Roots(trust).upTo(chain, 4));

    assertThat(trust.rootVersion()).isEqualTo(3);
  }

  @Test
  void followsAsManyStepsAsARootMayBeAwayAndNotOneMore() throws Exception {
    chain.upTo(Limits.ROOT_STEPS + 1);
    assertInvalid(() -> new Roots(trust).upTo(chain, Limits.ROOT_STEPS + 1));
    assertThat(trust.rootVersion()).as("what it got to").isEqualTo(Limits.ROOT_STEPS);

    assertThat(new Roots(trust).upTo(chain, Limits.ROOT_STEPS + 1).document().version())
        .as("the next time it goes on from there")
        .isEqualTo(Limits.ROOT_STEPS + 1);
  }

  @Test
  void hasNoRootWhereNoneIsGiven() {
    assertInvalid(() -> new Roots(trust).upTo(chain, 1));
  }

  @Test
  void findsTheNewestRootAgainIfItsFileIsDamagedAndGoesBackBehindItForNobody() throws Exception {
    chain.upTo(3);
    new Roots(trust).upTo(chain, 3);
    Files.write(directory.resolve("root-3"), new byte[1]);
    TrustStore again = load(true);
    assertThat(again.root()).isEmpty();
    assertThat(again.rootVersion()).isEqualTo(3);

    List<byte[]> all = List.copyOf(chain.roots);
    chain.roots.removeLast();
    assertInvalid(() -> new Roots(again).upTo(chain, 3));
    byte[] another =
        fleet.signedRoot(fleet.root(3, 2, fleet.rootKey, FakeFleet.newKey()), fleet.rootKey);
    chain.roots.add(another);
    assertInvalid(() -> new Roots(again).upTo(chain, 3));
    chain.roots.clear();
    chain.roots.addAll(all);

    assertThat(new Roots(again).upTo(chain, 3).document().version()).isEqualTo(3);
    assertThat(load(true).root()).isPresent();
  }

  private TrustStore load(boolean knownBefore) {
    return TrustStore.load(files, identity, knownBefore, new TrustMirror.Reading.Absent());
  }

  private static void assertInvalid(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.ROOT_INVALID));
  }

  /** Gives roots, and nothing else. */
  private final class Chain implements Deliverer {
    final List<byte[]> roots = new ArrayList<>();
    final List<Long> asked = new ArrayList<>();
    int answers = Integer.MAX_VALUE;

    void upTo(int version) {
      for (int next = roots.size() + 1; next <= version; next++) {
        roots.add(
            fleet.signedRoot(fleet.root(next, 1, fleet.rootKey, fleet.hubKey), fleet.rootKey));
      }
    }

    @Override
    public long newestRoot() {
      return roots.size();
    }

    @Override
    public List<byte[]> roots(long afterVersion) {
      asked.add(afterVersion);
      return roots.stream().skip(afterVersion).limit(answers).toList();
    }

    @Override
    public Outcome fetch(List<Wanted> wanted, BodySink sink, BooleanSupplier superseded)
        throws HubException {
      throw new HubException(HubException.Kind.NOT_FOUND, "it has roots alone");
    }
  }
}
