package io.towline.hub.resolve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.ObjectJson;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a commit declares is read, or is a problem with its place in the file. */
class DeclarationFuzzTest {
  private static final DeclarationFile READER = new DeclarationFile(new DeclarationSchema());
  private static final List<Path> FOLDERS =
      List.of(Path.of("../examples"), Path.of("src/test/resources/journeys"));

  static Stream<byte[]> declarations() {
    return Stream.concat(
        FOLDERS.stream().flatMap(DeclarationFuzzTest::files),
        Stream.of("a: &a [1]\nb: [*a, *a]\n<<: {c: 1}\n", "{a: [b, {c: !!str 1}]}", "? [a]\n: b")
            .map(text -> text.getBytes(UTF_8)));
  }

  @MethodSource("declarations")
  @FuzzTest
  void declarationsAreReadOrHaveProblemsWithinTheFile(byte[] bytes) {
    long lines = new String(bytes, UTF_8).lines().count() + 2;
    try {
      for (YamlDocument document : Yaml.ofDeclarations().read(bytes)) {
        Optional<DeclarationKind> kind = DeclarationFile.kind(document);
        Findings findings =
            kind.isPresent()
                ? READER.check("towline.yaml", document, kind.get())
                : DeclarationFile.unknownKind("towline.yaml", document);
        for (Problem problem : findings.problems()) {
          assertThat(problem.line()).isBetween(1, (int) lines);
          assertThat(problem.message()).isNotBlank().doesNotContain("\n");
        }
      }
    } catch (DeclarationException e) {
      Problem problem = e.problem("", "towline.yaml");
      assertThat(problem.reason()).isIn(Reason.DECLARATION_INVALID, Reason.LIMIT_EXCEEDED);
      assertThat(problem.message()).isNotBlank().doesNotContain("\n");
    }
  }

  /** YAML is read into JSON, and JSON is YAML: once it is one the other says the same. */
  @MethodSource("declarations")
  @FuzzTest
  void whatIsReadMeansTheSameWhenItIsWrittenAsJson(byte[] bytes) {
    try {
      for (YamlDocument document : Yaml.ofDeclarations().read(bytes)) {
        byte[] json = ObjectJson.write(document.root());
        JsonNode again = Yaml.ofDeclarations().read(json).getFirst().root();
        assertThat(ObjectJson.write(again)).isEqualTo(json);
      }
    } catch (DeclarationException e) {
      assertThat(e.problem("", "a").line()).isPositive();
    }
  }

  static Stream<byte[]> globs() {
    return Stream.of(
            "clusters/**/*.yaml\nclusters/a/b.yaml",
            "*a*a*a*a*b\naaaaaaaaaaaaaaaaaaaa",
            "./a//b/\na/b")
        .map(text -> text.getBytes(UTF_8));
  }

  /** The first line is a pattern, the second a path; without signs a pattern matches itself. */
  @MethodSource("globs")
  @FuzzTest
  void aPatternIsRefusedOrDecides(byte[] bytes) {
    String[] lines = new String(bytes, UTF_8).split("\n", 2);
    try {
      assertThat(Glob.of(lines[0]).matches(lines[lines.length - 1])).isIn(true, false);
      if (!lines[0].contains("*") && !lines[0].contains("?")) {
        String path =
            Arrays.stream(lines[0].split("/", -1))
                .filter(part -> !part.isEmpty() && !part.equals("."))
                .collect(Collectors.joining("/"));
        assertThat(Glob.of(lines[0]).matches(path)).isTrue();
      }
    } catch (IllegalArgumentException e) {
      assertThat(e).message().isNotEmpty();
    }
  }

  private static Stream<byte[]> files(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream()
          .map(DeclarationFuzzTest::read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
