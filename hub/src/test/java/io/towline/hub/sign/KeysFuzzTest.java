package io.towline.hub.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.towline.envelope.SigningKey;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.security.SecureRandom;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys as people bring them. */
class KeysFuzzTest {
  static Stream<byte[]> archives() {
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put("root-1.pem", "key".getBytes(UTF_8));
    files.put("ca.pem", new byte[0]);
    return Stream.of(KeyArchive.pack(files), new byte[] {0, 0, 0, 1, 0, 2, '.', '.', 0, 0, 0, 0});
  }

  /** What is within the seal: its passphrase would cost the search half a second an input. */
  @MethodSource("archives")
  @FuzzTest
  void anArchiveHoldsFilesOfPlainNamesOrIsRefused(byte[] bytes) {
    try {
      SortedMap<String, byte[]> files = KeyArchive.unpack(bytes);
      assertThat(files.keySet()).allMatch(name -> name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,127}"));
      SortedMap<String, byte[]> again = KeyArchive.unpack(KeyArchive.pack(files));
      assertThat(again.keySet()).isEqualTo(files.keySet());
      again.forEach((name, content) -> assertThat(content).isEqualTo(files.get(name)));
    } catch (SignException e) {
      assertThat(e.reason()).isEqualTo(Reason.INTERNAL);
    }
  }

  static Stream<byte[]> publicKeys() {
    byte[] point =
        new Ed25519PrivateKeyParameters(new SecureRandom()).generatePublicKey().getEncoded();
    String pem = PublicKeyFile.pem(SigningKey.of(point));
    return Stream.of(pem, pem.replace("\n", "\r\n"), "-----BEGIN PUBLIC KEY-----")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("publicKeys")
  @FuzzTest
  void aPublicKeyIsAnEd25519KeyOrIsRefused(byte[] bytes) {
    try {
      SigningKey key = PublicKeyFile.parse(new String(bytes, UTF_8), "key.pem");
      assertThat(PublicKeyFile.parse(PublicKeyFile.pem(key), "key.pem")).isEqualTo(key);
    } catch (SignException e) {
      assertThat(e).hasMessageStartingWith("key.pem is not a");
    } catch (VerificationException e) {
      assertThat(e.reason()).isEqualTo(Reason.ROOT_INVALID);
    }
  }
}
