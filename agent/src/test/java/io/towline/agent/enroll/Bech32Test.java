package io.towline.agent.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Bech32Test {
  @Test
  void readsBackBytesOfEveryLength() {
    for (int length = 0; length < 42; length++) {
      byte[] bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) (37 * i + length);
      }
      assertThat(Bech32.decode("age", Bech32.encode("age", bytes))).isEqualTo(bytes);
    }
  }

  /** The first is one of BIP 173's own vectors. */
  @Test
  void readsAndWritesWhatBip173Does() {
    assertThat(Bech32.decode("a", "A12UEL5L")).isEmpty();
    assertThat(Bech32.encode("a", new byte[0])).isEqualTo("a12uel5l");
    assertThat(Bech32.decode("a", "a1qqqd87cq")).containsExactly(0);
  }

  @ParameterizedTest
  @CsvSource({
    "a12uel5, does not begin with a1",
    "b12uel5l, does not begin with a1",
    "a12uel5q, has a wrong checksum",
    "a12uEl5l, mixes cases",
    "a12uel5b, holds a character that cannot be there",
    // One group alone, and two of which the bits that fill no byte are set.
    "a1q3g6mn3, ends with bits that belong to nothing",
    "a1lmyple6, ends with bits that belong to nothing",
    "a1qpamnt9j, ends with bits that belong to nothing"
  })
  void saysWhatIsWrongWithAText(String text, String wrong) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Bech32.decode("a", text))
        .withMessage(wrong);
  }
}
