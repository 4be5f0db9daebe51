package io.towline.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The cases of the conformance suite of The Update Framework for rotated keys, by their names: the
 * fifteen of roots, and the ten of what a root delegates, which here are envelopes. A step is
 * written {@code keys/threshold/signers}, keys by number; {@code !} marks the one that is refused.
 */
class KeyRotationTest {
  private static final List<TestKeys> KEYS =
      IntStream.range(0, 10).mapToObj(i -> TestKeys.ofSeed(200 + i)).toList();

  private record Step(List<TestKeys> keys, int threshold, List<TestKeys> signers, boolean refused) {
    static Step parse(String text) {
      boolean refused = text.endsWith("!");
      String[] parts = text.replace("!", "").split("/", -1);
      return new Step(keys(parts[0]), Integer.parseInt(parts[1]), keys(parts[2]), refused);
    }

    private static List<TestKeys> keys(String digits) {
      return digits.chars().mapToObj(digit -> KEYS.get(digit - '0')).toList();
    }

    KeyRole role() {
      return new KeyRole(keys.stream().map(TestKeys::id).toList(), threshold);
    }

    TestKeys[] signing() {
      return signers.toArray(TestKeys[]::new);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1-of-1 key rotation                                              | 1/1/1 2/1/21 2/1/2
          1-of-1 key rotation, unused signatures                           | 1/1/314 2/1/3214 2/1/324
          1-of-1 key rotation fail: not signed with old key                | 1/1/1 2/1/234!
          1-of-1 key rotation fail: not signed with new key                | 1/1/1 2/1/134!
          3-of-5, sign with different keycombos                            | 01234/3/024 01234/3/041 01234/3/013 01234/3/013
          3-of-5, one key rotated                                          | 01234/3/024 01345/3/041
          3-of-5, one key rotate fails: not signed with 3 new keys         | 01234/3/024 01345/3/024!
          3-of-5, one key rotate fails: not signed with 3 old keys         | 01234/3/024 01345/3/045!
          3-of-5, one key rotated, with intermediate step                  | 01234/3/024 01345/3/0245 01345/3/045
          3-of-5, all keys rotated, with intermediate step                 | 01234/3/024 56789/3/024567 56789/3/567
          1-of-3 threshold increase to 2-of-3                              | 123/1/1 123/2/12
          1-of-3 threshold bump to 2-of-3 fails: new threshold not reached | 123/1/1 123/2/2!
          2-of-3 threshold decrease to 1-of-3                              | 123/2/12 123/1/12 123/1/1
          2-of-3 threshold decr. to 1-of-3 fails: old threshold not reached | 123/2/12 123/1/1!
          1-of-2 threshold increase to 2-of-2                              | 1/1/1 12/2/12
          a key that was removed comes back                                | 1/1/1 2/1/12 1/1/12 1/1/1
          a key that was removed signs alone                               | 1/1/1 2/1/12 1/1/1!
          keys in a circle                                                 | 1/1/1 2/1/12 3/1/23 1/1/31 2/1/12
          """)
  void rootRotation(String name, String steps) {
    List<Step> all = Arrays.stream(steps.strip().split(" ")).map(Step::parse).toList();
    TrustedRoot trusted = TestFleet.trust(root(1, all.getFirst()), all.getFirst().signing());
    for (int i = 1; i < all.size(); i++) {
      Step step = all.get(i);
      byte[] next =
          TestKeys.envelope(RootDocument.PAYLOAD_TYPE, root(i + 1, step).bytes(), step.signing());
      TrustedRoot before = trusted;
      if (step.refused()) {
        assertThatThrownBy(() -> RootChain.next(before, next))
            .as(name)
            .isInstanceOfSatisfying(
                VerificationException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.ROOT_INVALID));
      } else {
        trusted = RootChain.next(before, next);
        assertThat(trusted.document().version()).isEqualTo(i + 1);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1-of-1 key rotation                                              | 2/1/2
          1-of-1 key rotation, unused signatures                           | 1/1/314
          1-of-1 key rotation fail: not signed with new key                | 2/1/134!
          3-of-5, one key signature wrong: not signed with 3 expected keys | 01345/3/024!
          2-of-5, one key signature mising: threshold not reached          | 01345/3/04!
          3-of-5, sign first combo                                         | 01234/3/024
          3-of-5, sign second combo                                        | 01234/3/041
          3-of-5, sign third combo                                         | 01234/3/013
          3-of-5, sign fourth combo                                        | 01234/3/123
          3-of-5, sign fifth combo                                         | 01234/3/234
          """)
  void envelopeRotation(String name, String text) {
    Step step = Step.parse(text.strip());
    RootDocument root =
        TestFleet.root(
            1,
            1,
            TestFleet.root().root(),
            List.of(new EnvelopeRole("all", List.of(EnvelopeRole.ALL_OTHERS), step.role(), 7)),
            with(step.keys(), TestFleet.ROOT_KEY));
    TrustedRoot trusted = TestFleet.trust(root, TestFleet.ROOT_KEY);
    Statement statement = TestFleet.statement(1, new TestFleet().manifest);
    byte[] dsse = TestFleet.sealed(statement.bytes(), step.signing());

    assertThat(Signers.of(Dsse.parse(dsse), root, TestFleet.CLUSTER).enough())
        .isEqualTo(!step.refused());
    if (step.refused()) {
      assertThatThrownBy(
              () -> TestFleet.verifier().verify(dsse, trusted, Floor.none(), TestFleet.NOW))
          .as(name)
          .isInstanceOfSatisfying(
              VerificationException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.SIGNATURE_INVALID));
    } else {
      assertThat(
              TestFleet.verifier().verify(dsse, trusted, Floor.none(), TestFleet.NOW).statement())
          .isEqualTo(statement);
    }
  }

  @Test
  void followsSixtyVersionsWhoseKeysAllChange() {
    Step first = new Step(List.of(KEYS.get(0)), 1, List.of(KEYS.get(0)), false);
    TrustedRoot pinned = TestFleet.trust(root(1, first), KEYS.get(0));
    List<byte[]> chain = new ArrayList<>();
    for (int version = 2; version <= 61; version++) {
      TestKeys old = KEYS.get((version - 2) % KEYS.size());
      TestKeys next = KEYS.get((version - 1) % KEYS.size());
      Step step = new Step(List.of(next), 1, List.of(old, next), false);
      chain.add(
          TestKeys.envelope(
              RootDocument.PAYLOAD_TYPE, root(version, step).bytes(), step.signing()));
    }

    List<TrustedRoot> followed = RootChain.follow(pinned, chain);

    assertThat(followed).hasSize(60);
    assertThat(followed.getLast().document().version()).isEqualTo(61);
  }

  private static RootDocument root(long version, Step step) {
    return TestFleet.root(
        version, 1, step.role(), TestFleet.root().envelope(), with(step.keys(), TestFleet.HUB_KEY));
  }

  private static TestKeys[] with(List<TestKeys> keys, TestKeys one) {
    List<TestKeys> all = new ArrayList<>(keys);
    all.add(one);
    return all.toArray(TestKeys[]::new);
  }
}
