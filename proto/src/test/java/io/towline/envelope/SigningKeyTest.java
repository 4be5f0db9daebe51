package io.towline.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.vocabulary.Reason;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {

  /** The points of small order under either sign, then spellings of a y of p and above. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
      })
  void refusesWeakKeysAndSecondSpellings(String key) {
    assertThatThrownBy(() -> SigningKey.of(HexFormat.of().parseHex(key)))
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.ROOT_INVALID));
  }

  /** Half of all y belong to no point: every key is either a platform's key, or refused. */
  @Test
  void refusesWhatIsNoPointOfTheCurve() {
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 64; i++) {
      byte[] bytes = new byte[SigningKey.BYTES];
      random.nextBytes(bytes);
      try {
        assertThat(SigningKey.of(bytes).bytes()).isEqualTo(bytes);
      } catch (VerificationException e) {
        assertThat(e.reason()).isEqualTo(Reason.ROOT_INVALID);
        refused++;
      }
    }
    assertThat(refused).isBetween(16, 48);
  }

  @Test
  void saysNoToSignaturesThatAreNoneWhateverTheyAre() {
    TestKeys keys = TestKeys.ofSeed(3);
    byte[] message = {1, 2, 3};
    byte[] signature = keys.signRaw(message);
    assertThat(keys.key().verifies(message, signature)).isTrue();

    byte[] beyondTheOrder = signature.clone();
    beyondTheOrder[SigningKey.SIGNATURE_BYTES - 1] |= (byte) 0xf0;
    assertThat(keys.key().verifies(message, beyondTheOrder)).isFalse();
    assertThat(keys.key().verifies(message, new byte[SigningKey.SIGNATURE_BYTES])).isFalse();
    assertThat(keys.key().verifies(message, new byte[0])).isFalse();
    assertThat(keys.key().verifies(message, java.util.Arrays.copyOf(signature, 63))).isFalse();
    assertThat(keys.key().verifies(message, java.util.Arrays.copyOf(signature, 65))).isFalse();
  }
}
