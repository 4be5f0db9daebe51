package io.towline.hub.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.towline.hub.git.Committers.CommitKey;
import io.towline.vocabulary.Reason;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What comes from a repository is read by parsers of ours: whatever the bytes, they give an answer
 * or the refusal of this step, and a changed commit is never taken for a signed one.
 */
class SignatureBytesTest {
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  private static final long SEED = 20260823;
  private static final int ROUNDS = 3_000;

  @TempDir Path directory;

  @FunctionalInterface
  private interface Verification {
    /** Returns what was signed, or throws. */
    byte[] of(byte[] raw);
  }

  @Test
  void takesNoMutatedCommitOfAnSshKeyAndThrowsNothingElse() {
    try (Committers people = new Committers(directory)) {
      people.commit(people.ssh("alice", "ecdsa", "-b", "256"));
      byte[] raw = people.raw("commit", "HEAD");
      byte[] payload = SignedBytes.ofCommit(raw).orElseThrow().payload();
      byte[] inner = Armor.ofSsh(SignedBytes.ofCommit(raw).orElseThrow().signature());
      String fingerprint =
          SshSignature.parse(SignedBytes.ofCommit(raw).orElseThrow().signature()).fingerprint();
      Verification ssh =
          bytes -> {
            SignedBytes signed = signed(SignedBytes.ofCommit(bytes));
            SshSignature signature = SshSignature.parse(signed.signature());
            if (!signature.fingerprint().equals(fingerprint)) {
              // Another key is none that anyone listed; its parser gets the bytes all the same.
              signature.verify(signed.payload());
              throw foreign();
            }
            signature.verify(signed.payload());
            return signed.payload();
          };

      Random random = new Random(SEED);
      for (int i = 0; i < ROUNDS; i++) {
        attempt(ssh, mutated(raw, random), payload, i);
        byte[] signature = SshForge.armor(mutated(inner, random));
        attempt(ssh, Committers.withSignature(payload, signature), payload, i);
      }
    }
  }

  @Test
  void takesNoMutatedCommitOfAnOpenPgpKeyAndThrowsNothingElse() {
    try (Committers people = new Committers(directory)) {
      CommitKey alice =
          people.gpg("alice", "ed25519", Instant.parse("2020-01-01T00:00:00Z"), "never");
      people.commit(alice);
      byte[] raw = people.raw("commit", "HEAD");
      byte[] payload = SignedBytes.ofCommit(raw).orElseThrow().payload();
      byte[] inner = Armor.ofPgp(SignedBytes.ofCommit(raw).orElseThrow().signature());
      OpenPgpKey key =
          OpenPgpKey.read(
              new Signer.OpenPgp(alice.fingerprint(), new Signer.Material.InFile(alice.file())));
      Verification openPgp =
          bytes -> {
            SignedBytes signed = signed(SignedBytes.ofCommit(bytes));
            OpenPgpSignature signature = OpenPgpSignature.parse(signed.signature());
            assertThat(signature.claimedKey()).isNotEmpty();
            PGPPublicKey maker = signature.maker(key).orElseThrow(SignatureBytesTest::foreign);
            key.requireGood(maker, NOW);
            signature.verify(maker, signed.payload(), NOW);
            return signed.payload();
          };

      Random random = new Random(SEED);
      for (int i = 0; i < ROUNDS; i++) {
        attempt(openPgp, mutated(raw, random), payload, i);
        byte[] signature = pgpArmor(mutated(inner, random));
        attempt(openPgp, Committers.withSignature(payload, signature), payload, i);
      }
    }
  }

  @Test
  void takesNoMutatedTagAndThrowsNothingElse() {
    try (Committers people = new Committers(directory)) {
      people.commit(null);
      people.tag("v1", people.ssh("alice", "ed25519"));
      byte[] raw = people.raw("tag", "v1");
      byte[] payload = SignedBytes.ofTag(raw).orElseThrow().payload();
      String fingerprint =
          SshSignature.parse(SignedBytes.ofTag(raw).orElseThrow().signature()).fingerprint();

      Random random = new Random(SEED);
      for (int i = 0; i < ROUNDS; i++) {
        attempt(
            bytes -> {
              SignedBytes signed = signed(SignedBytes.ofTag(bytes));
              if (!signed.isSsh()) {
                OpenPgpSignature.parse(signed.signature());
                throw foreign();
              }
              SshSignature signature = SshSignature.parse(signed.signature());
              signature.verify(signed.payload());
              if (!signature.fingerprint().equals(fingerprint)) {
                throw foreign();
              }
              return signed.payload();
            },
            mutated(raw, random),
            payload,
            i);
      }
    }
  }

  @Test
  void believesNoLengthInASignature() {
    // Of an OpenPGP packet that claims four gigabytes, of version 6 with such subpackets, and of
    // SSH.
    for (String hex :
        new String[] {
          "c2ffffffffff0400010a",
          "c20a0600010affffffff0000",
          "c20c06001b0a00000006ffffffffff",
          "880c04001b0a0006ffffffffff0000"
        }) {
      assertBroken(pgpArmor(HexFormat.of().parseHex(hex)), false);
    }
    assertBroken(
        SshForge.armor(HexFormat.of().parseHex("53534853494700000001ffffffff7373682d")), true);
    assertBroken(SshForge.armor(new byte[Armor.MAX_BYTES]), true);
    assertBroken(new byte[0], true);
    assertBroken(new byte[0], false);
  }

  @Test
  void readsOneArmoredBlockAndNothingBesideIt() {
    byte[] one = SshForge.armor(new byte[] {1, 2, 3});

    assertThat(Armor.ofSsh(one)).containsExactly(1, 2, 3);
    assertThat(Armor.ofSsh(new String(one, UTF_8).replace("\n", "\r\n").getBytes(UTF_8)))
        .containsExactly(1, 2, 3);
    for (byte[] wrong :
        new byte[][] {
          SshForge.join(one, one),
          SshForge.join("x\n".getBytes(UTF_8), one),
          SshForge.join(one, "x".getBytes(UTF_8)),
          Arrays.copyOf(one, one.length - 10)
        }) {
      assertBroken(wrong, true);
    }
  }

  private static void assertBroken(byte[] armored, boolean ssh) {
    assertThatExceptionOfType(GitException.class)
        .isThrownBy(
            () -> {
              if (ssh) {
                SshSignature.parse(armored);
              } else {
                OpenPgpSignature.parse(armored);
              }
            })
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID));
  }

  private static void attempt(Verification verification, byte[] raw, byte[] payload, int round) {
    byte[] signed;
    try {
      signed = verification.of(raw);
    } catch (GitException e) {
      assertThat(e.reason())
          .as("seed %d, round %d", SEED, round)
          .isIn(Reason.COMMIT_UNSIGNED, Reason.COMMIT_SIGNATURE_INVALID, Reason.KEY_NOT_TRUSTED);
      return;
    }
    assertThat(signed).as("seed %d, round %d", SEED, round).isEqualTo(payload);
  }

  private static byte[] mutated(byte[] bytes, Random random) {
    byte[] copy = bytes.clone();
    for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
      int at = random.nextInt(copy.length);
      switch (random.nextInt(5)) {
        case 0 -> copy[at] = (byte) random.nextInt(256);
        case 1 -> copy[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> copy = Arrays.copyOf(copy, at + 1);
        case 3 -> {
          byte[] part = Arrays.copyOfRange(copy, at, Math.min(copy.length, at + 20));
          copy =
              SshForge.join(
                  Arrays.copyOf(copy, at), part, Arrays.copyOfRange(copy, at, copy.length));
        }
        default -> copy[at] = (byte) 0xff;
      }
    }
    return copy;
  }

  static byte[] pgpArmor(byte[] bytes) {
    return ("-----BEGIN PGP SIGNATURE-----\n\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
            + "\n-----END PGP SIGNATURE-----\n")
        .getBytes(UTF_8);
  }

  private static SignedBytes signed(Optional<SignedBytes> found) {
    return found.orElseThrow(() -> new GitException(Reason.COMMIT_UNSIGNED, "has no signature"));
  }

  private static GitException foreign() {
    return new GitException(Reason.KEY_NOT_TRUSTED, "is signed by another key");
  }
}
