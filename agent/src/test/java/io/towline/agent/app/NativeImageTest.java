package io.towline.agent.app;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.ObjectCodec;
import com.google.protobuf.Any;
import com.google.protobuf.TextFormat;
import com.google.protobuf.util.JsonFormat;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.fabric8.kubernetes.client.internal.KubeConfigUtils;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.ObjectInputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ResourceBundle;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What breaks an agent only as a native image, as far as it shows without one: what is found by
 * name at run time, and what class initialisers, which run on the machine that builds the image,
 * would freeze into it.
 */
class NativeImageTest {
  /** What of {@link NativeReflection} is used belongs to this library. */
  private static final String FILLED = "io.fabric8.";

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .importPaths(
              Path.of("target/classes"), Path.of("../proto/target/classes/io/towline/envelope"));

  /** Types whose values belong to one machine, one process or one moment. */
  private static final List<Class<?>> OF_THE_MOMENT =
      List.of(
          Random.class,
          Thread.class,
          Executor.class,
          Instant.class,
          InetAddress.class,
          Process.class,
          AutoCloseable.class);

  @Test
  void selfCheckFillsEveryTypeThatIsRegisteredAndNoOther() throws IllegalAccessException {
    Set<Class<?>> filled = new LinkedHashSet<>();
    collect(KubeConfigUtils.parseConfigFromString(SelfCheck.KUBECONFIG), filled);
    for (Map.Entry<Class<?>, String> answer : SelfCheck.ANSWERS.entrySet()) {
      collect(Serialization.unmarshal(answer.getValue(), answer.getKey()), filled);
    }

    RegisterForReflection registered =
        NativeReflection.class.getAnnotation(RegisterForReflection.class);
    assertThat(filled).containsExactlyInAnyOrder(registered.targets());
  }

  @Test
  void nothingOfOursIsFoundByName() {
    for (Class<?> finder :
        List.of(ServiceLoader.class, ResourceBundle.class, Proxy.class, ObjectInputStream.class)) {
      noClasses().should().dependOnClassesThat(assignableTo(finder)).check(OURS);
    }
    noClasses()
        .should()
        .callMethodWhere(
            target(owner(assignableTo(Class.class)))
                .and(
                    target(
                        nameMatching(
                            "forName|newInstance|get(Declared)?(Method|Field|Constructor)s?"
                                + "|getResource.*|getRecordComponents"))))
        .orShould()
        .callMethodWhere(
            target(owner(assignableTo(ClassLoader.class)))
                .and(target(nameMatching("loadClass|get(System)?Resource.*"))))
        .check(OURS);
  }

  /** Trees and generated code do without; binding and printing look the members up. */
  @Test
  void noObjectOfOursIsReadOrWrittenByReflection() {
    noClasses()
        .should()
        .callMethodWhere(
            target(owner(assignableTo(ObjectCodec.class)))
                .and(target(nameMatching("readValues?|convertValue|treeToValue|valueToTree"))))
        .orShould()
        .callMethodWhere(
            target(owner(assignableTo(Any.class))).and(target(nameMatching("is|pack|unpack.*"))))
        .orShould()
        .dependOnClassesThat(assignableTo(JsonFormat.class))
        .orShould()
        .dependOnClassesThat(assignableTo(TextFormat.class))
        .check(OURS);
  }

  @Test
  void noClassKeepsWhatBelongsToOneProcess() {
    assertThat(OURS.stream().flatMap(type -> type.getFields().stream()))
        .filteredOn(field -> field.getModifiers().contains(JavaModifier.STATIC))
        .isNotEmpty()
        .noneMatch(NativeImageTest::isOfTheMoment);
  }

  private static boolean isOfTheMoment(JavaField field) {
    return OF_THE_MOMENT.stream().anyMatch(type -> field.getRawType().isAssignableTo(type));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "System\\.(getenv|getProperty|currentTimeMillis|nanoTime)",
        "(Instant|InstantSource|LocalDateTime|ZonedDateTime)\\.(now|system)",
        "Path\\.of",
        "(SecureRandom|Thread|HttpClient|Executors|UUID)\\..*"
      })
  void noClassInitialiserAsksTheMachineThatBuilds(String asked) {
    assertThat(OURS.stream().flatMap(type -> type.getStaticInitializer().stream()))
        .isNotEmpty()
        .flatMap(initialiser -> initialiser.getCallsFromSelf())
        .noneMatch(
            call ->
                (call.getTargetOwner().getSimpleName() + "." + call.getTarget().getName())
                    .matches(asked));
  }

  /** Every class of the library that an object or what it holds is of, or inherits from. */
  private static void collect(Object root, Set<Class<?>> filled) throws IllegalAccessException {
    Deque<Object> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Object one = open.pop();
      switch (one) {
        case Collection<?> many -> open.addAll(many);
        case Map<?, ?> many -> open.addAll(many.values());
        default -> {
          for (Class<?> type = one.getClass();
              type != null && type.getName().startsWith(FILLED);
              type = type.getSuperclass()) {
            filled.add(type);
            open.addAll(held(one, type));
          }
        }
      }
    }
  }

  private static List<Object> held(Object one, Class<?> type) throws IllegalAccessException {
    List<Object> held = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers())) {
        field.setAccessible(true);
        Object value = field.get(one);
        if (value != null) {
          held.add(value);
        }
      }
    }
    return held;
  }
}
