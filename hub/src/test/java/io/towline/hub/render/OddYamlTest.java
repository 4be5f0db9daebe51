package io.towline.hub.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.towline.envelope.Policy;
import io.towline.hub.resolve.Problem;
import io.towline.hub.resolve.RenderInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Odd YAML, what kubectl makes of it, and where Towline is stricter. Beside each file stands one
 * with the ending {@code .expected}: what kubectl reads, or that it refuses, and then what Towline
 * does. Where there is a kubectl, the first half is checked against it, so that it stays true.
 *
 * <p>A new case is a new file; {@code -Dtowline.goldens=write} writes its expectation, to be read
 * by a person before it is committed.
 */
class OddYamlTest {
  private static final Path FOLDER = Path.of("src/test/resources/odd-yaml");
  private static final String EXPECTED = ".expected";
  private static final boolean WRITE = "write".equals(System.getProperty("towline.goldens"));
  private static final long KUBECTL_SECONDS = 60;

  @TempDir static Path temporary = Path.of("");

  private static Optional<Path> kubectl = Optional.empty();
  private static Optional<DiscoveryServer> discovery = Optional.empty();

  private final Renderer renderer = RenderBench.plainRenderer(Map.of());

  @BeforeAll
  static void startDiscovery() throws IOException {
    kubectl = Programs.find("kubectl");
    discovery = Optional.of(DiscoveryServer.start());
  }

  @AfterAll
  static void stopDiscovery() {
    discovery.ifPresent(DiscoveryServer::close);
  }

  @ParameterizedTest
  @MethodSource("files")
  void isReadAsItsExpectationSays(Path file) throws Exception {
    if (WRITE) {
      String kubectls = askKubectl(file);
      Files.writeString(expectation(file), kubectls + askTowline(file, kubectls));
    }
    String expected = Files.readString(expectation(file));

    String towlines = askTowline(file, kubectlsHalf(expected));

    assertThat(kubectlsHalf(expected) + towlines).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("files")
  void isReadByKubectlAsItsExpectationSays(Path file) throws Exception {
    assumeTrue(
        kubectl.isPresent(),
        "no kubectl on PATH or in the tools cache: integration-tests/tools/prepare kubectl");

    assertThat(askKubectl(file)).isEqualTo(kubectlsHalf(Files.readString(expectation(file))));
  }

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> !file.toString().endsWith(EXPECTED)).sorted().toList();
    }
  }

  private String askTowline(Path file, String kubectls) throws IOException {
    RenderInput input =
        new RenderInput(
            "odd", "", new RenderInput.Plain(List.of()), List.of(), Optional.of("default"));
    MemoryTree tree = new MemoryTree().put(file.getFileName().toString(), Files.readAllBytes(file));
    try {
      RenderedBundle bundle = renderer.render(tree, input, Policy.defaults());
      StringJoiner stream = new StringJoiner("\n");
      bundle.manifest().objects().forEach(entry -> stream.add(RenderBench.json(bundle, entry)));
      String objects = lines(stream.toString());
      return kubectls.equals("kubectl reads\n" + objects)
          ? "towline reads the same\n"
          : "towline reads\n" + objects;
    } catch (RenderException e) {
      return e.problems().stream()
          .map(OddYamlTest::refusal)
          .collect(Collectors.joining("\n", "towline refuses\n", "\n"));
    }
  }

  private static String refusal(Problem problem) {
    return problem.reason().word()
        + " "
        + problem.line()
        + ":"
        + problem.column()
        + " "
        + problem.message();
  }

  /** Client-side dry run: kubectl asks for nothing but which kinds there are. */
  private static String askKubectl(Path file) throws IOException, InterruptedException {
    Path output = Files.createTempFile(temporary, "kubectl", ".json");
    ProcessBuilder builder =
        new ProcessBuilder(
                kubectl.orElseThrow().toString(),
                "--server",
                discovery.orElseThrow().address(),
                "--kubeconfig=/dev/null",
                "--cache-dir=" + temporary.resolve("cache"),
                "create",
                "--dry-run=client",
                "--validate=false",
                "-o",
                "json",
                "-f",
                file.toString())
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().remove("KUBECONFIG");
    Process process = builder.start();
    process.getOutputStream().close();
    assertThat(process.waitFor(KUBECTL_SECONDS, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() == 0
        ? "kubectl reads\n" + lines(Files.readString(output))
        : "kubectl refuses\n";
  }

  private static String kubectlsHalf(String expected) {
    return expected.substring(0, expected.indexOf("towline "));
  }

  private static Path expectation(Path file) {
    return file.resolveSibling(file.getFileName() + EXPECTED);
  }

  /** A stream of objects, one a line, in sorted order and with sorted members. */
  private static String lines(String stream) throws IOException {
    List<String> objects = new ArrayList<>();
    try (JsonParser parser =
        new JsonFactory().createParser(stream.getBytes(StandardCharsets.UTF_8))) {
      while (parser.nextToken() != null) {
        objects.add(sorted(parser));
      }
    }
    return objects.stream().sorted().map(line -> line + "\n").collect(Collectors.joining());
  }

  /** Numbers stay as they are written: how they are is what this is about. */
  private static String sorted(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      SortedMap<String, String> members = new TreeMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        members.put(name, sorted(parser));
      }
      return members.entrySet().stream()
          .map(member -> quoted(member.getKey()) + ":" + member.getValue())
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (token == JsonToken.START_ARRAY) {
      StringJoiner items = new StringJoiner(",", "[", "]");
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(sorted(parser));
      }
      return items.toString();
    }
    return token == JsonToken.VALUE_STRING ? quoted(parser.getText()) : parser.getText();
  }

  private static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
