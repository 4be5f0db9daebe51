package io.towline.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.vocabulary.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two of three keys have to sign: envelopes of a role, and roots. */
class ThresholdTest {
  private static final TestKeys ONE = TestKeys.ofSeed(11);
  private static final TestKeys TWO = TestKeys.ofSeed(12);
  private static final TestKeys THREE = TestKeys.ofSeed(13);
  private static final TestKeys STRANGER = TestKeys.ofSeed(14);
  private static final KeyRole TWO_OF_THREE =
      new KeyRole(List.of(ONE.id(), TWO.id(), THREE.id()), 2);

  private final TestFleet fleet = new TestFleet();
  private final byte[] payload = TestFleet.statement(1, fleet.manifest).bytes();

  @Test
  void acceptsAnyTwoOfThreeWhateverStandsBesideThem() {
    Dsse.Signature broken = new Dsse.Signature(THREE.id(), "not base64!");

    assertThat(verify(sign(ONE), sign(THREE)).position().sequence()).isEqualTo(1);
    assertThat(verify(broken, sign(STRANGER), sign(TWO), sign(ONE)).position().sequence())
        .isEqualTo(1);
    assertThat(verify(named("", ONE), named(ONE.id(), TWO)).position().sequence()).isEqualTo(1);
  }

  @Test
  void countsKeysAndNotSignatures() {
    refuses(sign(ONE));
    refuses(sign(ONE), sign(ONE));
    refuses(sign(ONE), named(TWO.id(), ONE), named("", ONE));
    refuses(sign(ONE), sign(STRANGER), named(TWO.id(), STRANGER));
  }

  @Test
  void followsARootThatEnoughOfBothSignedAndNoOther() {
    TrustedRoot first = TestFleet.trust(root(1, TWO_OF_THREE), ONE, TWO);
    KeyRole onlyThree = new KeyRole(List.of(THREE.id()), 1);
    byte[] next = root(2, onlyThree).bytes();

    assertThat(RootChain.next(first, signedBy(next, ONE, THREE)).document().version()).isEqualTo(2);
    refusesRoot(first, signedBy(next, THREE));
    refusesRoot(first, signedBy(next, ONE, TWO));
    refusesRoot(first, signedBy(next, THREE, STRANGER));
    refusesRoot(first, signedBy(root(3, onlyThree).bytes(), ONE, TWO, THREE));
    refusesRoot(first, signedBy(root(1, onlyThree).bytes(), ONE, TWO, THREE));
  }

  private static void refusesRoot(TrustedRoot trusted, byte[] next) {
    assertThatThrownBy(() -> RootChain.next(trusted, next))
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.ROOT_INVALID));
  }

  private static byte[] signedBy(byte[] root, TestKeys... keys) {
    return TestKeys.envelope(RootDocument.PAYLOAD_TYPE, root, keys);
  }

  private void refuses(Dsse.Signature... signatures) {
    assertThatThrownBy(() -> verify(signatures))
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.SIGNATURE_INVALID));
  }

  private VerifiedStatement verify(Dsse.Signature... signatures) {
    byte[] dsse = new Dsse(Statement.PAYLOAD_TYPE, payload, List.of(signatures)).write();
    TrustedRoot root = TestFleet.trust(root(1, TWO_OF_THREE), ONE, TWO, THREE);
    return TestFleet.verifier().verify(dsse, root, Floor.none(), TestFleet.NOW);
  }

  private Dsse.Signature sign(TestKeys key) {
    return key.sign(Statement.PAYLOAD_TYPE, payload);
  }

  /** A signature under another key id than its key's. */
  private Dsse.Signature named(String keyId, TestKeys key) {
    return new Dsse.Signature(keyId, sign(key).base64());
  }

  private static RootDocument root(long version, KeyRole role) {
    return TestFleet.root(
        version,
        1,
        role,
        List.of(new EnvelopeRole("all", List.of(EnvelopeRole.ALL_OTHERS), TWO_OF_THREE, 7)),
        ONE,
        TWO,
        THREE);
  }
}
