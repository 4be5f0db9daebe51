package io.towline.hub.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.towline.vocabulary.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.api.OpenPGPApi;
import org.bouncycastle.openpgp.api.OpenPGPKey;
import org.bouncycastle.openpgp.api.bc.BcOpenPGPApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys and signatures of version 6, which the GnuPG of most machines does not make yet. */
class OpenPgpVersionSixTest {
  private static final int VERSION = 6;

  /** The library signs by the real time, within the life that it gives its keys. */
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir Path directory;
  private final OpenPGPApi api = new BcOpenPGPApi();

  @Test
  void takesACommitThatASubkeyOfAListedKeySigned() throws Exception {
    OpenPGPKey alice = key();
    OpenPGPKey mallory = key();
    try (Committers people = new Committers(directory)) {
      people.commit(null);
      byte[] commit = people.raw("commit", "HEAD");
      people.force(Committers.withSignature(commit, signature(mallory, commit)));
      try (Mirror mirror = open(people, alice)) {
        GitException refusal = catchThrowableOfType(GitException.class, mirror::fetch);
        assertThat(refusal.reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);

        people.force(Committers.withSignature(commit, signature(alice, "other".getBytes(UTF_8))));
        refusal = catchThrowableOfType(GitException.class, mirror::fetch);
        assertThat(refusal.reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);

        people.force(Committers.withSignature(commit, signature(alice, commit)));
        assertThat(mirror.fetch().signer())
            .contains(new CommitSigner("alice", fingerprint(alice).toUpperCase(Locale.ROOT)));
      }
    }
  }

  private OpenPGPKey key() throws PGPException {
    return api.generateKey(VERSION, Date.from(CLOCK.instant().minus(Duration.ofDays(1))))
        .ed25519x25519Key("Alice <alice@fleet.example>")
        .build();
  }

  private byte[] signature(OpenPGPKey key, byte[] payload) throws IOException, PGPException {
    byte[] packet =
        api.createDetachedSignature()
            .addSigningKey(key)
            .sign(new ByteArrayInputStream(payload))
            .getFirst()
            .getSignature()
            .getEncoded();
    return SignatureBytesTest.pgpArmor(packet);
  }

  private static String fingerprint(OpenPGPKey key) {
    return HexFormat.of().formatHex(key.getFingerprint());
  }

  private Mirror open(Committers people, OpenPGPKey alice) throws IOException {
    Map<String, String> settings = new HashMap<>();
    settings.put("url", people.url());
    settings.put("allow-rewrite", "true");
    settings.put("commits.policy", "head");
    settings.put("signers.alice.fingerprint", fingerprint(alice));
    settings.put("signers.alice.key", alice.toCertificate().toAsciiArmoredString());
    return Mirror.open(
        directory.resolve("mirrors"),
        Settings.source(new Settings.Repository(settings)),
        Settings.git(),
        new Sights(),
        CLOCK);
  }
}
