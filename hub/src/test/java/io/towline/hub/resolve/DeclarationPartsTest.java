package io.towline.hub.resolve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.Policy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeclarationPartsTest {
  @ParameterizedTest
  @CsvSource({
    "rolout, rollout",
    "ROLLOUT, rollout",
    "rlolout, rollout",
    "kustomise, kustomize",
    "prodution, production",
    "clusterSet, clusterSets",
    "x, ''",
    "something, ''",
  })
  void findsTheNameThatWasMeant(String written, String meant) {
    List<String> known = List.of("rollout", "kustomize", "production", "clusterSets", "name");

    assertThat(Nearest.to(written, known).orElse("")).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({"90s, PT1M30S", "5m, PT5M", "1h30m, PT1H30M", "7d, PT168H", "1500ms, PT1.5S"})
  void readsDurations(String text, Duration duration) {
    assertThat(PolicyReader.duration(text)).contains(duration);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "m", "5 m", "-5m", "5m!", "9999999999s", "1.5h"})
  void readsNothingElseAsADuration(String text) {
    assertThat(PolicyReader.duration(text)).isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"env", "a.b_c-d", "example.com/role", "A"})
  void acceptsLabelKeysAsKubernetesDoes(String key) {
    assertThat(LabelSyntax.mistakeInKey(key)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/a", "a/", "a/b/c", "Example.com/role", "-a", "a-", "a b", "ä"})
  void refusesLabelKeysAsKubernetesDoes(String key) {
    assertThat(LabelSyntax.mistakeInKey(key)).isPresent();
  }

  @Test
  void limitsTheLengthOfLabels() {
    assertThat(LabelSyntax.mistakeInKey("x".repeat(63))).isEmpty();
    assertThat(LabelSyntax.mistakeInKey("x".repeat(64))).isPresent();
    assertThat(LabelSyntax.mistakeInValue("")).isEmpty();
    assertThat(LabelSyntax.mistakeInValue("x".repeat(64))).isPresent();
    assertThat(LabelSyntax.mistakeInValue("x\n")).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "apps/web, base, apps/web/base",
    "apps/web, ./base/, apps/web/base",
    "apps/web, ../shared, apps/shared",
    "apps/web, ../../top, top",
    "'', base, base",
    "apps/web, '..', apps",
  })
  void followsRelativePathsWithinTheSource(String directory, String path, String expected) {
    assertThat(SourcePath.resolve(directory, path)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/etc", "../../..", "../../../apps/web", "a\\b", "a\nb"})
  void refusesPathsThatLeaveTheSource(String path) {
    assertThatIllegalArgumentException().isThrownBy(() -> SourcePath.resolve("apps/web", path));
  }

  @Test
  void refusesLongTextBeforeItTriesAPatternOnIt() {
    YamlDocument document =
        Yaml.ofDeclarations()
            .read(("health: {timeout: " + "1s".repeat(50_000) + "}\n").getBytes(UTF_8))
            .getFirst();

    Findings findings =
        new DeclarationFile(new DeclarationSchema())
            .check("towline.yaml", document, DeclarationKind.BUNDLE);

    assertThat(findings.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.field()).isEqualTo("health.timeout"));
  }

  @Test
  void readsHowABundleIsWrittenAndLeavesTheRestToTheBase() {
    ApplyPolicy base =
        apply(
            Policy.defaults(),
            """
            {adopt: ifUnowned, takeBackFrom: [kubectl-edit], createNamespace: true,
             recreateImmutable: true, conflicts: merge, serviceAccount: shop/robot}""");

    assertThat(base)
        .isEqualTo(
            new ApplyPolicy(
                ApplyPolicy.Conflicts.MERGE,
                "shop/robot",
                true,
                List.of("kubectl-edit"),
                ApplyPolicy.Adoption.IF_UNOWNED,
                true));
    Policy d = Policy.defaults();
    Policy above = new Policy(base, d.dependsOn(), d.drift(), d.health(), d.prune());
    assertThat(apply(above, "{}")).isEqualTo(base);
    assertThat(
            apply(
                above,
                """
                {adopt: always, takeBackFrom: [], createNamespace: false,
                 recreateImmutable: false, conflicts: fail}"""))
        .isEqualTo(new ApplyPolicy(ApplyPolicy.Conflicts.FAIL, "shop/robot"));
  }

  private static YamlDocument bundleWith(String apply) {
    String text =
        """
        apiVersion: towline.io/v1alpha1
        kind: Bundle
        name: shop
        targets: [{name: all, clusters: {}}]
        apply: %s
        """
            .formatted(apply);
    return Yaml.ofDeclarations().read(text.getBytes(UTF_8)).getFirst();
  }

  private static ApplyPolicy apply(Policy base, String block) {
    YamlDocument document = bundleWith(block);
    Findings findings =
        new DeclarationFile(new DeclarationSchema())
            .check("towline.yaml", document, DeclarationKind.BUNDLE);
    assertThat(findings.problems()).isEmpty();
    return PolicyReader.read(document.root(), "", base, findings).apply();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[kubectl-edit, kubectl-edit] | this list says something twice",
        "[a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u] | this list may have at most 20 items",
        "[''] | this needs at least 1 characters",
      })
  void saysWhatIsWrongWithAListOfManagers(String list, String message) {
    YamlDocument document = bundleWith("{takeBackFrom: " + list + "}");

    assertThat(
            new DeclarationFile(new DeclarationSchema())
                .check("towline.yaml", document, DeclarationKind.BUNDLE)
                .problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.message()).isEqualTo(message));
  }
}
