package io.towline.hub.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.towline.hub.git.Settings.Repository;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceTest {
  private static final String SSH = "git@git.example:team/web.git";

  @ParameterizedTest
  @CsvSource({
    "https://git.example/team/web.git, HTTPS, git.example, https://git.example/team/web.git",
    "HTTPS://Git.Example:8443/web, HTTPS, git.example, HTTPS://Git.Example:8443/web",
    "ssh://git@git.example:22/web.git, SSH, git.example, ssh://git.example:22/web.git",
    "git@git.example:team/web.git, SSH, git.example, git.example:team/web.git",
    "git.example:team/web.git, SSH, git.example, git.example:team/web.git",
  })
  void acceptsAddressesByHttpsAndSsh(String text, GitUrl.Scheme scheme, String host, String shown) {
    assertThat(GitUrl.of(text, false)).isEqualTo(new GitUrl(text, shown, scheme, host));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://git.example/web.git", "file:///srv/web.git"})
  void acceptsHttpAndFileOnlyWhenToldTo(String text) {
    assertThat(GitUrl.of(text, true).text()).isEqualTo(text);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GitUrl.of(text, false))
        .withMessageContaining("towline.git.allow-insecure");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/srv/web.git",
        "../web.git",
        "git://git.example/web.git",
        "ext::sh -c touch% /tmp/x",
        "ext::sh",
        "amazon-s3://bucket/web.git",
        "ftp://git.example/web.git",
        "sftp://git.example/web.git",
        "file://elsewhere/srv/web.git",
        "--upload-pack=touch /tmp/x",
        "https://",
        "https://git.example",
        "https://git.example/",
        "https://git.example/web.git?token=hunter2",
        "https://git.example/web.git#hunter2",
        "https://someone:hunter2@git.example/web.git",
        "https://hunter2@git.example/web.git",
        "ssh://git:hunter2@git.example/web.git",
        "ssh://-oProxyCommand=hunter2/web.git",
        "-oProxyCommand=hunter2:web.git",
        "git@-oProxyCommand=hunter2:web.git",
        "https://git.example/a b",
        "https://git.example/a\\b",
        "https://git.example/a\nb",
        "C:\\web.git",
      })
  void refusesEveryOtherAddressWithoutRepeatingIt(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GitUrl.of(text, true))
        .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("hunter2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data",
        "http://2852039166/latest",
        "http://[::ffff:169.254.169.254]/latest",
        "http://[fd00:ec2::254]/latest",
        "http://[fe80::1]/web.git",
        "http://100.100.100.200/latest",
        "ssh://git@169.254.169.254/web.git",
        "git@169.254.169.254:web.git",
        "http://0.0.0.0/web.git",
      })
  void refusesAddressesWhereCloudsKeepCredentials(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sources(Settings.git(true), url))
        .withMessageStartingWith("towline.sources.web.url: ");
  }

  @Test
  void fetchesOnlyFromAllowedPlacesIfTheyAreListed() {
    GitConfig git =
        Settings.git(
            true,
            "https://git.example/Platform/",
            "https://*.apps.example",
            "ssh://git.example:2222",
            "ssh://git.example/team");
    List<String> inside =
        List.of(
            "https://git.example/Platform/fleet.git",
            "https://GIT.example:443/Platform",
            "https://a.apps.example/web.git",
            "ssh://git@git.example:2222/x.git",
            "git@git.example:team/web.git",
            "file:///srv/web.git");
    List<String> outside =
        List.of(
            "https://git.example/Platforms/fleet.git",
            "https://git.example/platform/fleet.git",
            "https://git.example/other.git",
            "https://git.example:8443/Platform/fleet.git",
            "http://git.example/Platform/fleet.git",
            "https://apps.example/web.git",
            "https://evilapps.example/web.git",
            "https://a.apps.example.evil/web.git",
            "ssh://git@git.example/other.git",
            "git@git.example:../team/web.git",
            "https://git.example/Platform/../other.git",
            "https://git.example/Platform/%2e%2e/other.git");

    assertThat(inside).allSatisfy(url -> assertThat(sources(git, url)).hasSize(1));
    assertThat(outside)
        .allSatisfy(
            url ->
                assertThatIllegalArgumentException()
                    .isThrownBy(() -> sources(git, url))
                    .withMessageStartingWith("towline.sources.web.url: "));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sources(Settings.git(true, "git.example"), "https://git.example/x"))
        .withMessageStartingWith("towline.git.allowed-urls: ");
  }

  private static List<Source> sources(GitConfig git, String url) {
    Map<String, String> settings = new HashMap<>(Map.of("url", url));
    if (url.contains("@") || url.startsWith("ssh:")) {
      settings.put("ssh-key-file", "/k");
      settings.put("known-hosts-file", "/h");
    }
    return Source.of(() -> Map.of("web", new Repository(settings)), git);
  }

  @Test
  void followsMainFromTheRootOnceAMinuteUnlessToldOtherwise() {
    Source source = source(Map.of("url", "https://git.example/web.git"));

    assertThat(source.wanted()).isEqualTo(new Wanted.Branch("main"));
    assertThat(source.path()).isEmpty();
    assertThat(source.interval()).hasMinutes(1);
    assertThat(source.access()).isEqualTo(new Access.Anonymous(Optional.empty()));
    assertThat(source.allowRewrite()).isFalse();
  }

  @Test
  void showsNoPassword() {
    Source source =
        source(
            Map.of(
                "url",
                "https://git.example/web.git",
                "password",
                "hunter2",
                "webhook-secret",
                "hunter3"));

    assertThat(source.access())
        .isEqualTo(new Access.Password("git", new Secret.Given("hunter2"), Optional.empty()));
    assertThat(source.toString()).doesNotContain("hunter");
  }

  @Test
  void reachesSshByKeyAndPinnedHostOnly() {
    assertWrong(Map.of("url", SSH), "towline.sources.web.ssh-key-file");
    assertWrong(Map.of("url", SSH, "ssh-key-file", "/k"), "towline.sources.web.known-hosts-file");
    assertWrong(
        Map.of("url", SSH, "ssh-key-file", "/k", "known-hosts-file", "/h", "password", "x"),
        "towline.sources.web.password");
    assertThat(source(Map.of("url", SSH, "ssh-key-file", "/k", "known-hosts-file", "/h")).access())
        .isEqualTo(new Access.SshKey(Path.of("/k"), Path.of("/h")));
  }

  @ParameterizedTest
  @CsvSource({
    "branch, ../x, towline.sources.web",
    "branch, --upload-pack=x y, towline.sources.web",
    "branch, a..b, towline.sources.web",
    "commit, abc, towline.sources.web",
    "path, ../x, towline.sources.web.path",
    "path, /etc, towline.sources.web.path",
    "interval, PT0.1S, towline.sources.web.interval",
    "interval, PT48H, towline.sources.web.interval",
    "ssh-key-file, /k, towline.sources.web.ssh-key-file",
  })
  void namesThePropertyThatIsWrong(String key, String value, String property) {
    assertWrong(Map.of("url", "https://git.example/web.git", key, value), property);
  }

  @Test
  void followsOneThingOnly() {
    assertWrong(
        Map.of("url", "https://git.example/web.git", "branch", "main", "tag", "v1"),
        "towline.sources.web");
  }

  @Test
  void letsTheFirstByNameDeclareClustersUnlessOneIsTold() {
    Repository silent = new Repository(Map.of("url", "https://git.example/a.git"));
    Repository told =
        new Repository(Map.of("url", "https://git.example/b.git", "declares-clusters", "true"));

    assertThat(Settings.sources(Map.of("b", silent, "a", silent), false))
        .extracting(Source::name, Source::declaresClusters)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", true),
            org.assertj.core.groups.Tuple.tuple("b", false));
    assertThat(Settings.sources(Map.of("b", told, "a", silent), false))
        .extracting(Source::declaresClusters)
        .containsExactly(false, true);
  }

  private static Source source(Map<String, String> values) {
    return Settings.sources(Map.of("web", new Repository(new HashMap<>(values))), false).getFirst();
  }

  private static void assertWrong(Map<String, String> values, String property) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> source(values))
        .withMessageStartingWith(property + ": ");
  }
}
