package io.towline.agent;

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
import java.util.List;
import org.junit.jupiter.api.Test;

/** The house is the journey: a step knows the steps before it and none after. No exemptions. */
class LayeringTest {
  private static final String ROOT = "io.towline.agent";

  /** In the order of the journey. */
  private static final List<String> STEPS =
      List.of("enroll", "stream", "verify", "unseal", "apply", "observe", "report", "app");

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
  void fabric8LivesInApplyAndObserve() {
    noClasses()
        .that(not(resideInAnyPackage(ROOT + ".apply..", ROOT + ".observe..", ROOT + ".app..")))
        .should()
        .dependOnClassesThat(resideInAPackage("io.fabric8.."))
        .check(CLASSES);
  }
}
