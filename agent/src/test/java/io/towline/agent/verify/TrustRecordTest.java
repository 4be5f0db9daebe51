package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.envelope.Digest;
import io.towline.envelope.Floor;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an agent never goes below again, and how two notes of it become one. */
class TrustRecordTest {
  private static final UUID FLEET = new UUID(1, 2);
  private static final UUID CLUSTER = new UUID(3, 4);
  private static final Instant EARLY = Instant.parse("2026-11-23T08:00:00Z");
  private static final Instant LATE = Instant.parse("2026-11-23T09:00:00Z");
  private static final TrustRecord FOUNDED = TrustRecord.founded(FLEET, CLUSTER);

  @ParameterizedTest
  @CsvSource({"1, 5, 1, 4", "2, 1, 1, 9", "1, 1, 0, 0"})
  void takesTheHigherPlaceWhoeverHasIt(
      long epoch, long sequence, long lowerEpoch, long lowerSequence) {
    TrustRecord higher = FOUNDED.withFloor(floor(epoch, sequence, EARLY));
    TrustRecord lower = FOUNDED.withFloor(floor(lowerEpoch, lowerSequence, EARLY));

    assertThat(higher.highest(lower)).isEqualTo(higher);
    assertThat(lower.highest(higher)).isEqualTo(higher);
  }

  @Test
  void takesTheLaterTimeAndTheNewerRootThoughTheOtherHasTheHigherPlace() {
    TrustRecord higher = FOUNDED.withFloor(floor(1, 9, EARLY)).withRoot(1, digest("root 1"));
    TrustRecord later = FOUNDED.withFloor(floor(1, 8, LATE)).withRoot(2, digest("root 2"));
    Floor both = new Floor(1, 9, higher.floor().payload(), LATE);
    TrustRecord expected = FOUNDED.withFloor(both).withRoot(2, digest("root 2"));

    assertThat(higher.highest(later)).isEqualTo(expected);
    assertThat(later.highest(higher)).isEqualTo(expected);
    assertThat(expected.highest(expected)).isEqualTo(expected);
  }

  @Test
  void twoThatContradictEachOtherAreLost() {
    TrustRecord one = FOUNDED.withFloor(floor(1, 9, EARLY)).withRoot(1, digest("root 1"));
    Floor samePlace = new Floor(1, 9, Optional.of(digest("another")), EARLY);

    for (TrustRecord other :
        List.of(
            one.withFloor(samePlace),
            one.withRoot(1, digest("another root 1")),
            new TrustRecord(CLUSTER, CLUSTER, 1, one.rootPayload(), one.floor()),
            new TrustRecord(FLEET, FLEET, 1, one.rootPayload(), one.floor()))) {
      assertLost(() -> one.highest(other));
      assertLost(() -> other.highest(one));
    }
  }

  @Test
  void isReadAsItWasWritten() {
    TrustRecord full = FOUNDED.withFloor(floor(2, 9, LATE)).withRoot(3, digest("root"));

    assertThat(TrustRecord.parse(full.text())).isEqualTo(full);
    assertThat(TrustRecord.parse(FOUNDED.text())).isEqualTo(FOUNDED);
    assertThat(full.text().lines())
        .startsWith("towline-trust 1", "fleet " + FLEET, "cluster " + CLUSTER, "root-version 3");
  }

  @Test
  void isLostWithoutAnyOfItsLines() {
    List<String> lines = FOUNDED.text().lines().toList();
    for (int left = 0; left < lines.size() - 1; left++) {
      StringBuilder rest = new StringBuilder();
      for (int i = 0; i < lines.size() - 1; i++) {
        rest.append(i == left ? "" : lines.get(i) + "\n");
      }
      String without = rest.toString();

      assertLost(() -> TrustRecord.parse(summed(without)));
      assertLost(() -> TrustRecord.parse(without));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "root-version 0, root-version -1",
    "root-version 0, root-version 1",
    "root-version 0, root-version x",
    "epoch 0, epoch -1",
    "sequence 0, sequence -1",
    "root-payload -, root-payload 12",
    "time 1970-01-01T00:00:00Z, time today",
    "fleet 0, fleet x"
  })
  void isLostIfItSaysWhatNoneCanSay(String line, String other) {
    String body = FOUNDED.text().substring(0, FOUNDED.text().lastIndexOf("sha256 "));
    assertThat(body).contains(line);

    assertLost(() -> TrustRecord.parse(summed(body.replace(line, other))));
  }

  @Test
  void isLostIfItIsLongerThanAnyoneWrites() {
    String body = FOUNDED.text().substring(0, FOUNDED.text().lastIndexOf("sha256 "));
    int room = 4_096 - summed(body + "x \n").length();
    String longest = summed(body + "x " + "y".repeat(room) + "\n");

    assertThat(TrustRecord.parse(longest)).isEqualTo(FOUNDED);
    assertLost(() -> TrustRecord.parse(summed(body + "x " + "y".repeat(room + 1) + "\n")));
  }

  @Test
  void aRootHasAVersionAndADigestOrThereIsNone() {
    for (ThrowingCallable wrong :
        List.<ThrowingCallable>of(
            () -> FOUNDED.withRoot(0, digest("root")),
            () -> FOUNDED.withRoot(-1, digest("root")),
            () -> new TrustRecord(FLEET, CLUSTER, 1, Optional.empty(), Floor.none()))) {
      assertThatThrownBy(wrong).isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static String summed(String body) {
    return body + "sha256 " + digest(body).hex() + "\n";
  }

  private static Floor floor(long epoch, long sequence, Instant time) {
    return new Floor(epoch, sequence, Optional.of(digest(epoch + "/" + sequence)), time);
  }

  private static Digest digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertLost(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.TRUST_STATE_LOST));
  }
}
