package io.towline.hub.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommitPolicyTest {
  private static final String SSH = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
  private static final String PGP = "0123456789ABCDEF0123456789ABCDEF01234567";
  private static final String COMMIT = "4f1c2ab".repeat(6).substring(0, 40);

  @TempDir Path directory;

  @Test
  void asksForNothingUnlessTold() {
    assertThat(policy(Map.of())).isEqualTo(new CommitPolicy.None());
  }

  @Test
  void readsWhoMaySignAndWhen() {
    Map<String, String> settings = head();
    settings.put("signers.alice.format", "ssh");
    settings.put("signers.alice.not-before", "2026-01-01T00:00:00Z");
    settings.put("signers.alice.not-after", "2027-01-01T00:00:00Z");
    settings.put("commits.policy", "strict");
    settings.put("commits.trusted-commit", COMMIT);

    assertThat(policy(settings))
        .isEqualTo(
            new CommitPolicy.Strict(
                List.of(
                    new Signer(
                        "alice",
                        new Signer.Ssh(SSH),
                        Optional.of(Instant.parse("2026-01-01T00:00:00Z")),
                        Optional.of(Instant.parse("2027-01-01T00:00:00Z")))),
                COMMIT));
  }

  @Test
  void readsAnOpenPgpKeyFromItsFileAndInline() throws IOException {
    try (Committers people = new Committers(directory)) {
      Committers.CommitKey key = people.gpg("alice", "ed25519", null, "never");
      Map<String, String> settings = head();
      settings.put("signers.alice.fingerprint", spaced(key.fingerprint()));
      settings.put("signers.alice.key-file", key.file().toString());
      assertThat(policy(settings))
          .isEqualTo(
              new CommitPolicy.Head(
                  List.of(
                      new Signer(
                          "alice",
                          new Signer.OpenPgp(
                              key.fingerprint(), new Signer.Material.InFile(key.file())),
                          Optional.empty(),
                          Optional.empty()))));

      settings.remove("signers.alice.key-file");
      settings.put("signers.alice.key", Files.readString(key.file()));
      assertThat(policy(settings)).isInstanceOf(CommitPolicy.Head.class);

      settings.put("signers.alice.fingerprint", PGP);
      assertWrong(settings, "towline.sources.web.signers.alice.key: ");
      settings.put("signers.alice.key", "nonsense");
      assertWrong(settings, "towline.sources.web.signers.alice.key: ");
    }
  }

  private static String spaced(String fingerprint) {
    return fingerprint.toLowerCase(Locale.ROOT).replaceAll("(.{4})", "$1 ").strip();
  }

  @ParameterizedTest
  @CsvSource({
    "commits.policy, sometimes, commits.policy",
    "commits.policy, none, commits.policy",
    "commits.policy, strict, commits.trusted-commit",
    "commits.trusted-commit, 4f1c2ab4f1c2ab4f1c2ab4f1c2ab4f1c2ab4f1c2, commits.trusted-commit",
    "signers.alice.fingerprint, SHA256:short, signers.alice.fingerprint",
    "signers.alice.fingerprint, SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV,"
        + " signers.alice.fingerprint",
    "signers.alice.fingerprint, MD5:d4:1d:8c:d9:8f:00:b2:04, signers.alice.fingerprint",
    "signers.alice.fingerprint, 89ABCDEF01234567, signers.alice.fingerprint",
    "signers.alice.fingerprint, '', signers.alice.fingerprint",
    "signers.alice.format, openpgp, signers.alice.format",
    "signers.alice.format, x509, signers.alice.format",
    "signers.alice.key-file, /etc/key.asc, signers.alice.key",
    "signers.alice.not-before, yesterday, signers.alice.not-before",
    "signers.alice.not-after, 2026-01-31, signers.alice.not-after",
    "signers.bob.fingerprint, SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU,"
        + " signers.bob.fingerprint",
  })
  void namesThePropertyThatIsWrong(String key, String value, String property) {
    Map<String, String> settings = head();
    settings.put(key, value);

    assertWrong(settings, "towline.sources.web." + property + ": ");
  }

  @Test
  void refusesAnEmptyAllowListAsNonsense() {
    assertWrong(Map.of("commits.policy", "head"), "towline.sources.web.signers: ");
    assertWrong(
        Map.of("commits.policy", "strict", "commits.trusted-commit", COMMIT),
        "towline.sources.web.signers: ");
  }

  @Test
  void refusesAWindowThatEndsBeforeItBegins() {
    Map<String, String> settings = head();
    settings.put("signers.alice.not-before", "2026-01-02T00:00:00Z");
    settings.put("signers.alice.not-after", "2026-01-02T00:00:00Z");

    assertWrong(settings, "towline.sources.web.signers.alice.not-after: ");
  }

  @Test
  void needsTheKeyOfAnOpenPgpSignerAtAPlaceThatDoesNotDependOnWhereItWasStarted() {
    Map<String, String> settings = head();
    settings.put("signers.alice.fingerprint", PGP);
    assertWrong(settings, "towline.sources.web.signers.alice.key-file: ");

    settings.put("signers.alice.key-file", "keys/alice.asc");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy(settings))
        .withMessageContaining("not absolute");

    settings.put("signers.alice.key-file", directory.resolve("missing.asc").toString());
    assertWrong(settings, "towline.sources.web.signers.alice.key-file: ");
  }

  private static Map<String, String> head() {
    return new HashMap<>(Map.of("commits.policy", "head", "signers.alice.fingerprint", SSH));
  }

  private static CommitPolicy policy(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("url", "https://git.example/web.git");
    return Settings.source(new Settings.Repository(all)).commits();
  }

  private static void assertWrong(Map<String, String> settings, String start) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy(settings))
        .withMessageStartingWith(start);
  }
}
