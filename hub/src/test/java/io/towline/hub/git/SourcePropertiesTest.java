package io.towline.hub.git;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourcePropertiesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "towline.sources.fleet.commit.policy",
        "towline.sources.fleet.commits.polícy",
        "towline.sources.fleet.commits",
        "towline.sources.fleet.signer.alice.fingerprint",
        "towline.sources.fleet.signers.alice",
        "towline.sources.fleet.signers.alice.key.fingerprint",
        "towline.sources.fleet.signers.a.b.fingerprint",
        "towline.sources.fleet",
        "towline.sources.fleet.knownHostsFile",
      })
  void refusesAMisspeltProperty(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SourceProperties.requireKnown(List.of("towline.data-dir", name)))
        .withMessageStartingWith(name + ": ");
  }

  @Test
  void knowsEveryPropertyThatASourceHas() {
    List<String> names =
        new ArrayList<>(
            List.of(
                "towline.sources.\"web.apps\".url",
                "towline.sources.web.signers.\"alice@fleet.example\".fingerprint",
                "towline.sourcesque.anything"));
    add(names, "towline.sources.web.", SourceConfig.Repository.class);
    add(names, "towline.sources.web.commits.", SourceConfig.Commits.class);
    add(names, "towline.sources.web.signers.alice.", SourceConfig.SignerKey.class);

    assertThatCode(() -> SourceProperties.requireKnown(names)).doesNotThrowAnyException();
  }

  private static void add(List<String> names, String prefix, Class<?> mapping) {
    for (Method method : mapping.getDeclaredMethods()) {
      boolean group = List.of("commits", "signers").contains(method.getName());
      if (!group && !method.isSynthetic()) {
        names.add(prefix + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
      }
    }
  }
}
