package io.towline.hub.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.towline.vocabulary.Reason;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a repository holds is taken apart or refused, and no other bytes than the signed ones are
 * taken for those that a key signed. {@link SignatureBytesTest} does so with what Git itself signs.
 */
class SignedBytesFuzzTest {
  private static final byte[] PAYLOAD =
      "tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nmessage\n"
          .formatted("0".repeat(40))
          .getBytes(UTF_8);
  private static final KeyPair KEY = key();
  private static final byte[] BLOB = SshForge.deviceBlob(KEY, "ssh:");
  private static final byte[] SIGNATURE = signature();
  private static final String FINGERPRINT = SshForge.fingerprint(BLOB);

  static Stream<byte[]> commits() {
    byte[] signed = Committers.withSignature(PAYLOAD, SIGNATURE);
    return Stream.of(
        PAYLOAD,
        signed,
        Committers.withSignature(signed, SIGNATURE),
        SshForge.join(PAYLOAD, SIGNATURE),
        Committers.withSignature(PAYLOAD, SignatureBytesTest.pgpArmor(new byte[20])));
  }

  @MethodSource("commits")
  @FuzzTest
  void onlyTheSignedPayloadIsTakenForSigned(byte[] bytes) {
    for (Function<byte[], Optional<SignedBytes>> parser :
        List.<Function<byte[], Optional<SignedBytes>>>of(
            SignedBytes::ofCommit, SignedBytes::ofTag)) {
      try {
        Optional<SignedBytes> found = parser.apply(bytes);
        if (found.isEmpty()) {
          continue;
        }
        assertThat(found.get().payload().length + found.get().signature().length)
            .isLessThanOrEqualTo(bytes.length);
        if (found.get().isSsh()) {
          SshSignature signature = SshSignature.parse(found.get().signature());
          signature.verify(found.get().payload());
          if (signature.fingerprint().equals(FINGERPRINT)) {
            assertThat(found.get().payload()).isEqualTo(PAYLOAD);
          }
        } else {
          assertThat(OpenPgpSignature.parse(found.get().signature()).claimedKey()).isNotEmpty();
        }
      } catch (GitException e) {
        assertThat(e.reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
      }
    }
  }

  static Stream<byte[]> packets() {
    return Stream.of(
        BLOB,
        SshForge.strings("git".getBytes(UTF_8), BLOB),
        new byte[] {(byte) 0xc2, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 4, 0, 1, 10},
        new byte[] {(byte) 0x88, 12, 4, 0, 27, 10, 0, 6, -1, -1, -1, -1, -1, -1});
  }

  /** The input as what an armor holds: as an SSH key, an SSH signature and an OpenPGP signature. */
  @MethodSource("packets")
  @FuzzTest
  void noLengthWithinASignatureIsBelieved(byte[] bytes) {
    refusedOrFine(() -> SshKey.parse(bytes).verify(PAYLOAD, bytes));
    refusedOrFine(() -> SshSignature.parse(SshForge.armor(bytes)).verify(PAYLOAD));
    refusedOrFine(() -> OpenPgpSignature.parse(SignatureBytesTest.pgpArmor(bytes)).claimedKey());
  }

  static Stream<byte[]> addresses() {
    return Stream.of(
            "https://git.example/fleet.git",
            "ssh://git@git.example:22/fleet",
            "git@git.example:fleet.git",
            "https://me:secret@git.example/fleet",
            "file:///etc/../etc",
            "https:/me:secret@git.example/fleet",
            "--upload-pack=x")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("addresses")
  @FuzzTest
  void anAddressIsSafeOrRefused(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    try {
      GitUrl url = GitUrl.of(text, false);
      assertThat(url.scheme()).isIn(GitUrl.Scheme.HTTPS, GitUrl.Scheme.SSH);
      assertThat(url.host()).isNotEmpty().doesNotStartWith("-");
      assertThat(url.shown().replaceFirst("(://[^/]*/).*", "$1")).doesNotContain("@");
      assertThat(GitUrl.of(url.text(), false)).isEqualTo(url);
    } catch (IllegalArgumentException e) {
      assertThat(e).message().hasSizeLessThan(120);
    }
  }

  private static void refusedOrFine(Runnable parser) {
    try {
      parser.run();
    } catch (GitException e) {
      assertThat(e.reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
    }
  }

  private static KeyPair key() {
    try {
      return SshForge.p256();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] signature() {
    try {
      return SshForge.armored(BLOB, SshForge.deviceSignature(KEY, "ssh:", 1, PAYLOAD));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
