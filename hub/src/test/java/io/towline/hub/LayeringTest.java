package io.towline.hub;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The house is the journey: a step knows the steps before it and none after. No exemptions. */
class LayeringTest {
  private static final String ROOT = "io.towline.hub";

  /** In the order of the journey. */
  private static final List<String> STEPS =
      List.of(
          "git", "resolve", "render", "rollout", "sign", "store", "enroll", "stream", "report",
          "show", "cli", "app");

  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  @Test
  void aStepImportsOnlyTheStepsBeforeIt() {
    for (int i = 0; i < STEPS.size(); i++) {
      String[] later =
          STEPS.subList(i + 1, STEPS.size()).stream()
              .map(s -> ROOT + "." + s + "..")
              .toArray(String[]::new);
      if (later.length > 0) {
        classes()
            .that(resideInAPackage(ROOT + "." + STEPS.get(i) + ".."))
            .should()
            .onlyDependOnClassesThat(not(resideInAnyPackage(later)))
            .check(CLASSES);
      }
    }
  }

  @Test
  void everyClassBelongsToAStep() {
    assertThat(CLASSES)
        .isNotEmpty()
        .allSatisfy(
            type ->
                assertThat(STEPS)
                    .anySatisfy(
                        step -> assertThat(type.getPackageName()).startsWith(ROOT + "." + step)));
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void everyLibraryHasOneHome() {
    livesIn("org.eclipse.jgit..", "git");
    livesIn("java.sql..", "store");
    livesIn("org.bouncycastle..", "git", "enroll", "sign");
    livesIn("picocli..", "cli");
  }

  private static void livesIn(String library, String... homes) {
    String[] packages =
        Stream.concat(Arrays.stream(homes), Stream.of("app"))
            .map(home -> ROOT + "." + home + "..")
            .toArray(String[]::new);
    noClasses()
        .that(not(resideInAnyPackage(packages)))
        .should()
        .dependOnClassesThat(resideInAPackage(library))
        .check(CLASSES);
  }
}
