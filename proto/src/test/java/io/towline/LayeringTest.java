package io.towline;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The signed bytes and the words know no framework, and the words know nobody. No exemptions. */
class LayeringTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.towline.envelope", "io.towline.vocabulary");

  @Test
  void envelopeAndVocabularyKnowNoFramework() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.quarkus..")
                .or(resideInAPackage("jakarta.."))
                .or(resideInAPackage("io.grpc.."))
                .or(resideInAPackage("io.smallrye.."))
                .or(resideInAPackage("com.google.protobuf.."))
                .or(resideInAPackage("org.bouncycastle..")))
        .check(CLASSES);
  }

  @Test
  void vocabularyImportsNothingOfOurs() {
    noClasses()
        .that(resideInAPackage("io.towline.vocabulary.."))
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.towline..")
                .and(
                    com.tngtech.archunit.base.DescribedPredicate.not(
                        resideInAPackage("io.towline.vocabulary.."))))
        .check(CLASSES);
  }

  @Test
  void envelopeImportsNothingOfOursButVocabulary() {
    classes()
        .that(resideInAPackage("io.towline.envelope.."))
        .should()
        .onlyDependOnClassesThat(
            resideInAPackage("io.towline.envelope..")
                .or(resideInAPackage("io.towline.vocabulary.."))
                .or(resideInAPackage("java.."))
                .or(resideInAPackage("com.fasterxml.jackson.."))
                .or(resideInAPackage("org.jspecify..")))
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.towline.(**)").should().beFreeOfCycles().check(CLASSES);
  }
}
