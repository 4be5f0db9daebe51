package io.towline.hub.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.towline.hub.git.Committers.CommitKey;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose commits are taken under the policy head, with commits as people's own tools make them. */
class SignedCommitsTest {
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  private static final Instant LONG_AGO = Instant.parse("2020-03-01T00:00:00Z");

  @TempDir Path directory;
  private final Sights sights = new Sights();
  private Committers people;
  private Instant now = NOW;

  @BeforeEach
  void gather() {
    people = new Committers(directory);
  }

  @AfterEach
  void part() {
    people.close();
  }

  @ParameterizedTest
  @CsvSource({
    "ed25519,",
    "ecdsa, 256",
    "ecdsa, 384",
    "ecdsa, 521",
    "rsa, 2048",
  })
  void takesACommitThatASignersSshKeySigned(String type, String bits) {
    CommitKey alice =
        bits == null ? people.ssh("alice", type) : people.ssh("alice", type, "-b", bits);
    String commit = people.commit(alice);

    Revision revision = fetch(head(alice));

    assertThat(revision.commit()).isEqualTo(commit);
    assertThat(revision.signer()).contains(new CommitSigner("alice", alice.fingerprint()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "rsa2048", "nistp256", "nistp384"})
  void takesACommitThatASignersOpenPgpKeySigned(String algorithm) {
    CommitKey alice = people.gpg("alice", algorithm, LONG_AGO, "never");
    String commit = people.commit(alice);

    Revision revision = fetch(head(alice));

    assertThat(revision.commit()).isEqualTo(commit);
    assertThat(revision.signer()).contains(new CommitSigner("alice", alice.fingerprint()));
  }

  @Test
  void takesACommitOfASigningSubkeyUntilThatIsRevoked() {
    CommitKey alice = people.gpg("alice", "ed25519", LONG_AGO, "never");
    people.run(
        people.gpg(LONG_AGO, "--quick-add-key", alice.fingerprint(), "ed25519", "sign", "never"),
        new byte[0]);
    people.export(alice);
    people.commit(alice);
    byte[] signature = SignedBytes.ofCommit(people.raw("commit", "HEAD")).orElseThrow().signature();
    assertThat(OpenPgpSignature.parse(signature).claimedKey())
        .as("the subkey signs, not the primary key")
        .hasSize(40)
        .isNotEqualTo(alice.fingerprint());

    assertThat(fetch(head(alice)).signer())
        .contains(new CommitSigner("alice", alice.fingerprint()));

    people.commit(alice);
    people.run(
        people.gpg(null, "--command-fd", "0", "--edit-key", alice.fingerprint()),
        "key 1\nrevkey\ny\n0\n\ny\nsave\n".getBytes(UTF_8));
    people.export(alice);
    GitException refusal = refused(head(alice));
    assertThat(refusal.reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);
    assertThat(refusal).hasMessageContaining("subkey that its owner revoked");
  }

  @Test
  void refusesACommitWithoutASignatureAndKeepsTheLastGoodOne() {
    CommitKey alice = people.ssh("alice", "ed25519");
    String good = people.commit(alice);
    try (Mirror mirror = open(head(alice))) {
      mirror.fetch();
      String bad = people.by("Mallory\u001b[31m", "mallory@elsewhere.example").commit(null);

      GitException refusal = catchThrowableOfType(GitException.class, mirror::fetch);

      assertThat(refusal.reason()).isEqualTo(Reason.COMMIT_UNSIGNED);
      assertThat(refusal.commit()).contains(bad);
      assertThat(refusal)
          .hasMessage(
              "commit %s of source web, as of \"Mallory31m <mallory@elsewhere.example>\", has no"
                  + " signature",
              bad);
      assertThat(mirror.accepted().orElseThrow().commit()).isEqualTo(good);

      String next = people.by("Alice", "alice@fleet.example").commit(alice);
      assertThat(mirror.fetch().commit()).isEqualTo(next);
    }
  }

  @Test
  void refusesAForeignKeyByItsFingerprint() {
    CommitKey alice = people.ssh("alice", "ed25519");
    CommitKey mallory = people.ssh("mallory", "ed25519");
    people.commit(mallory);

    GitException refusal = refused(head(alice));

    assertThat(refusal.reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);
    assertThat(refusal).hasMessageContaining(mallory.fingerprint());
  }

  @Test
  void refusesAForeignOpenPgpKeyThatCallsItselfByTheSignersName() {
    CommitKey alice = people.gpg("alice", "ed25519", LONG_AGO, "never");
    people.commit(people.gpg("mallory", "ed25519", LONG_AGO, "never"));

    GitException refusal = refused(head(alice));

    assertThat(refusal.reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);
    assertThat(refusal).hasMessageContaining("which is no signer's");
  }

  @Test
  void saysWhoseKeyItWasAndNotWhoTheCommitterSaysTheyAre() {
    CommitKey alice = people.ssh("alice", "ed25519");
    people.by("Bob", "bob@fleet.example").commit(alice);

    assertThat(fetch(head(alice)).signer().orElseThrow().name()).isEqualTo("alice");
  }

  @Test
  void refusesARevokedOpenPgpKeyAsSoonAsTheFileSaysSoAndKeepsWhatItSawBefore() {
    CommitKey alice = people.gpg("alice", "ed25519", LONG_AGO, "never");
    String before = people.commit(alice);
    String after;
    try (Mirror mirror = open(head(alice))) {
      assertThat(mirror.fetch().commit()).isEqualTo(before);
      after = people.at(NOW).commit(alice);

      people.revoke(alice);

      GitException refusal = catchThrowableOfType(GitException.class, mirror::fetch);
      assertThat(refusal.reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);
      assertThat(refusal).hasMessageContaining("revoked");
      assertThat(refusal.commit()).contains(after);
      assertThat(mirror.accepted().orElseThrow().commit()).isEqualTo(before);
    }
  }

  @Test
  void refusesAnExpiredOpenPgpKeyWhoseCommitIsBackdated() {
    CommitKey alice = people.gpg("alice", "ed25519", LONG_AGO, "1y");
    people.at(LONG_AGO.plusSeconds(60)).commit(alice);

    GitException refusal = refused(head(alice));

    assertThat(refusal.reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);
    assertThat(refusal).hasMessageContaining("expired at 2021-03-01");
  }

  @Test
  void refusesAnSshKeyPastItsWindowWhateverTheCommitSaysOfItsTime() {
    CommitKey alice = people.ssh("alice", "ed25519");
    Map<String, String> settings = head(alice);
    settings.put("signers.alice.not-before", "2026-02-01T00:00:00Z");
    settings.put("signers.alice.not-after", "2026-05-01T00:00:00Z");
    people.at(Instant.parse("2026-03-01T00:00:00Z")).commit(alice);

    GitException late = refused(settings);
    assertThat(late.reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);
    assertThat(late).hasMessageContaining("counted only until 2026-05-01T00:00:00Z");

    now = Instant.parse("2026-01-31T23:59:59Z");
    assertThat(refused(settings)).hasMessageContaining("counts only from 2026-02-01T00:00:00Z");

    now = Instant.parse("2026-02-01T00:00:00Z");
    assertThat(fetch(settings).signer()).isPresent();
  }

  @Test
  void doesNotUndoHistoryWhenAKeyExpiresAndDoesWhenItsSignerIsRemoved() {
    CommitKey alice = people.ssh("alice", "ed25519");
    CommitKey bob = people.ssh("bob", "ed25519");
    Map<String, String> settings = head(alice);
    settings.put("signers.alice.not-after", "2026-06-02T00:00:00Z");
    settings.put("signers.bob.fingerprint", bob.fingerprint());
    String commit = people.commit(alice);
    fetch(settings);

    now = Instant.parse("2027-01-01T00:00:00Z");

    assertThat(fetch(settings).commit()).isEqualTo(commit);
    try (Mirror mirror = open(settings)) {
      assertThat(mirror.accepted().orElseThrow().signer().orElseThrow().name()).isEqualTo("alice");
    }
    settings.keySet().removeIf(key -> key.startsWith("signers.alice."));
    try (Mirror mirror = open(settings)) {
      GitException refusal = catchThrowableOfType(GitException.class, mirror::accepted);
      assertThat(refusal.reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);
    }
  }

  @Test
  void refusesASignatureThatWasMadeForSomethingElse() {
    CommitKey alice = people.ssh("alice", "ed25519");
    people.commit(null);
    byte[] commit = people.raw("commit", "HEAD");
    people.force(Committers.withSignature(commit, people.sshSign(alice, "file", commit)));

    GitException refusal = refused(head(alice));
    assertThat(refusal.reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
    assertThat(refusal).hasMessageContaining("something else than Git");

    people.force(Committers.withSignature(commit, people.sshSign(alice, "git", commit)));
    assertThat(fetch(head(alice)).signer()).isPresent();
  }

  @Test
  void refusesASignatureOfAnotherCommit() {
    CommitKey alice = people.ssh("alice", "ed25519");
    people.commit(alice);
    byte[] signature = SignedBytes.ofCommit(people.raw("commit", "HEAD")).orElseThrow().signature();
    people.commit(null);
    people.force(Committers.withSignature(people.raw("commit", "HEAD"), signature));

    GitException refusal = refused(head(alice));

    assertThat(refusal.reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
    assertThat(refusal).hasMessageContaining("does not fit");
  }

  @Test
  void refusesTwoSignatureHeadersThoughBothAreGood() {
    CommitKey alice = people.ssh("alice", "ed25519");
    people.commit(null);
    byte[] commit = people.raw("commit", "HEAD");
    byte[] signature = people.sshSign(alice, "git", commit);
    byte[] once = Committers.withSignature(commit, signature);
    people.force(Committers.withSignature(once, signature));
    assertThat(refused(head(alice)).reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);

    people.force(new String(once, UTF_8).replace("gpgsig ", "gpgsig-sha256 ").getBytes(UTF_8));
    assertThat(refused(head(alice)).reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
  }

  @Test
  void refusesRsaWithSha1AndTakesTheSameKeyWithSha2() throws Exception {
    KeyPair pair = SshForge.rsa();
    byte[] blob = SshForge.rsaBlob(pair);
    CommitKey alice = new CommitKey(SshForge.fingerprint(blob), directory, List.of());
    people.commit(null);
    byte[] commit = people.raw("commit", "HEAD");
    byte[] signed = SshForge.signedPart(commit);

    for (String format : List.of("ssh-rsa", "rsa-sha2-512")) {
      byte[] sha1 =
          SshForge.strings(SshForge.ascii(format), SshForge.sign(pair, "SHA1withRSA", signed));
      people.force(Committers.withSignature(commit, SshForge.armored(blob, sha1)));
      assertThat(refused(head(alice)).reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
    }

    byte[] sha2 =
        SshForge.strings(
            SshForge.ascii("rsa-sha2-256"), SshForge.sign(pair, "SHA256withRSA", signed));
    people.force(Committers.withSignature(commit, SshForge.armored(blob, sha2)));
    assertThat(fetch(head(alice)).signer()).isPresent();
  }

  @Test
  void refusesWeakKeysThoughTheyAreListed() {
    CommitKey ssh = people.ssh("alice", "rsa", "-b", "1024");
    people.commit(ssh);
    GitException weak = refused(head(ssh));
    assertThat(weak.reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
    assertThat(weak).hasMessageContaining("1024 bits");

    CommitKey pgp = people.gpg("bob", "rsa1024", LONG_AGO, "never");
    people.commit(pgp);
    assertThat(refused(head(pgp)).reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);

    CommitKey dsa = people.gpg("carol", "dsa2048", LONG_AGO, "never");
    people.commit(dsa);
    assertThat(refused(head(dsa)).reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
  }

  @Test
  void refusesAnOpenPgpSignatureWithSha1() throws IOException {
    CommitKey alice = people.gpg("alice", "rsa2048", LONG_AGO, "never");
    Files.writeString(
        directory.resolve("gpg-alice"),
        Files.readString(directory.resolve("gpg-alice"))
            .replace("--batch", "--batch --allow-weak-digest-algos --digest-algo SHA1"));
    people.commit(alice);

    GitException refusal = refused(head(alice));

    assertThat(refusal.reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
    assertThat(refusal).hasMessageContaining("weak hash");
  }

  @Test
  void takesASecurityKeyThatSomebodyTouchedAndNoOther() throws Exception {
    for (KeyPair pair : List.of(SshForge.ed25519(), SshForge.p256())) {
      byte[] blob = SshForge.deviceBlob(pair, "ssh:");
      CommitKey alice = new CommitKey(SshForge.fingerprint(blob), directory, List.of());
      people.commit(null);
      byte[] commit = people.raw("commit", "HEAD");

      force(commit, blob, SshForge.deviceSignature(pair, "ssh:", 0, commit));
      assertThat(refused(head(alice))).hasMessageContaining("nobody touched");
      force(commit, blob, SshForge.deviceSignature(pair, "ssh:other", 1, commit));
      assertThat(refused(head(alice)).reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);

      force(commit, blob, SshForge.deviceSignature(pair, "ssh:", 1, commit));
      assertThat(fetch(head(alice)).signer().orElseThrow().fingerprint())
          .isEqualTo(alice.fingerprint());
    }
  }

  private void force(byte[] commit, byte[] blob, byte[] signature) {
    people.force(Committers.withSignature(commit, SshForge.armored(blob, signature)));
  }

  @Test
  void doesNotTrustWhatTheRepositoryOrTheMachineSaysOfKeys() throws IOException {
    CommitKey alice = people.ssh("alice", "ed25519");
    CommitKey mallory = people.ssh("mallory", "ed25519");
    String listed = "* " + Files.readString(Path.of(mallory.file() + ".pub"));
    people.write("allowed_signers", listed);
    people.write(".gitconfig", "[gpg \"ssh\"]\n  allowedSignersFile = allowed_signers\n");
    people.git("config", "gpg.ssh.allowedSignersFile", "allowed_signers");
    people.commit(mallory);

    assertThat(refused(head(alice)).reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);
  }

  @Test
  void asksATagThatIsFollowedForItsOwnSignature() {
    CommitKey alice = people.ssh("alice", "ed25519");
    people.commit(alice);
    people.tag("unsigned", null);
    people.git("tag", "plain");
    people.commit(null);
    people.tag("v1", alice);
    people.git("update-ref", "refs/tags/v2", people.git("rev-parse", "refs/tags/v1"));

    Map<String, String> settings = head(alice);
    settings.put("tag", "v1");
    assertThat(fetch(settings).signer().orElseThrow().name()).isEqualTo("alice");
    try (Mirror mirror = open(settings)) {
      assertThat(mirror.accepted().orElseThrow().signer()).isPresent();
    }
    settings.put("tag", "unsigned");
    assertThat(refused(settings).reason()).isEqualTo(Reason.COMMIT_UNSIGNED);
    settings.put("tag", "plain");
    assertThat(refused(settings)).hasMessageContaining("git tag -s");
    settings.put("tag", "v2");
    GitException renamed = refused(settings);
    assertThat(renamed.reason()).isEqualTo(Reason.COMMIT_SIGNATURE_INVALID);
    assertThat(renamed).hasMessageContaining("was signed as the tag v1");
  }

  @Test
  void takesATagThatAnOpenPgpKeySigned() {
    CommitKey alice = people.gpg("alice", "ed25519", LONG_AGO, "never");
    people.commit(null);
    people.tag("v1", alice);
    Map<String, String> settings = head(alice);
    settings.put("tag", "v1");

    assertThat(fetch(settings).signer()).isPresent();
  }

  @Test
  void saysWhichSignersKeyCannotBeReadAndTakesTheOthersAllTheSame() throws IOException {
    CommitKey alice = people.gpg("alice", "ed25519", LONG_AGO, "never");
    CommitKey bob = people.gpg("bob", "ed25519", LONG_AGO, "never");
    Map<String, String> settings = head(alice);
    settings.put("signers.bob.fingerprint", bob.fingerprint());
    settings.put("signers.bob.key-file", bob.file().toString());
    people.commit(alice);
    try (Mirror mirror = open(settings)) {
      Files.delete(bob.file());
      assertThat(mirror.fetch().signer()).isPresent();

      people.commit(bob);
      GitException refusal = catchThrowableOfType(GitException.class, mirror::fetch);
      assertThat(refusal.reason()).isEqualTo(Reason.KEY_NOT_TRUSTED);
      assertThat(refusal).hasMessageContaining("bob (the key file " + bob.file());
    }
  }

  private static Map<String, String> head(CommitKey key) {
    Map<String, String> settings = new HashMap<>();
    settings.put("commits.policy", "head");
    settings.put("signers.alice.fingerprint", key.fingerprint());
    if (!key.fingerprint().startsWith("SHA256:")) {
      settings.put("signers.alice.key-file", key.file().toString());
    }
    return settings;
  }

  private Revision fetch(Map<String, String> settings) {
    try (Mirror mirror = open(settings)) {
      return mirror.fetch();
    }
  }

  private GitException refused(Map<String, String> settings) {
    return catchThrowableOfType(GitException.class, () -> fetch(settings));
  }

  private Mirror open(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("url", people.url());
    // Histories are made anew within one test: what is tried here is who signed.
    all.put("allow-rewrite", "true");
    return Mirror.open(
        directory.resolve("mirrors"),
        Settings.source(new Settings.Repository(all)),
        Settings.git(),
        sights,
        () -> now);
  }
}
