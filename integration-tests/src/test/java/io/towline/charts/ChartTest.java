package io.towline.charts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.towline.testkit.Checkout;
import io.towline.testkit.Helm;
import io.towline.testkit.TowlineCli;
import io.towline.vocabulary.MetricNames;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the charts render and refuse, with the real helm. */
final class ChartTest {
  private static final Pattern METRIC = Pattern.compile("\\btowline_[a-z_]+");
  private static final Pattern SERIES_SUFFIX = Pattern.compile("_(total|seconds|count|sum|max)$");
  private static final Pattern VERSION =
      Pattern.compile("<version>([^<]+-SNAPSHOT|[0-9.]+)</version>");

  @TempDir static Path scratch;

  private final Helm helm = new Helm(scratch.resolve("helm"));

  static Stream<String> charts() {
    return ChartReference.CHARTS.stream();
  }

  static Stream<Rendering> renderings() {
    return Rendering.all();
  }

  private static Path file(JsonNode values) throws IOException {
    return Files.writeString(Files.createTempFile(scratch, "values", ".json"), values.toString());
  }

  @ParameterizedTest
  @MethodSource("charts")
  void schemaAndReadmeFollowFromTheValues(String chart) throws IOException {
    ChartReference reference = ChartReference.of(chart);
    Path folder = ChartReference.folder(chart);

    assertThat(folder.resolve("values.schema.json"))
        .as("make charts writes it anew")
        .hasContent(reference.schema());
    assertThat(folder.resolve("README.md"))
        .as("make charts writes it anew")
        .hasContent(reference.readme());
  }

  @ParameterizedTest
  @MethodSource("charts")
  void aChartHasTheVersionOfWhatItInstalls(String chart) throws IOException {
    Matcher pom = VERSION.matcher(Files.readString(Checkout.root().resolve("pom.xml")));
    assertThat(pom.find()).isTrue();
    JsonNode metadata =
        Helm.objects(Files.readString(ChartReference.folder(chart).resolve("Chart.yaml")))
            .getFirst();

    assertThat(metadata.path("version").asText()).isEqualTo(pom.group(1));
    assertThat(metadata.path("appVersion").asText()).isEqualTo(pom.group(1));
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void lintsStrictly(Rendering rendering) {
    List<String> command =
        new ArrayList<>(
            List.of("lint", "--strict", ChartReference.folder(rendering.chart()).toString()));
    command.addAll(List.of(rendering.arguments()));

    TowlineCli.Result result = helm.run(command.toArray(String[]::new));

    assertThat(result.exitCode()).as(result.stdout() + result.stderr()).isZero();
  }

  /** Flux, Argo CD and Fleet render a chart again and again, without a cluster to look into. */
  @ParameterizedTest
  @MethodSource("renderings")
  void rendersTheSameAgainAndHasNoHookButItsTest(Rendering rendering) throws IOException {
    assertThat(rendering.text(helm)).isEqualTo(rendering.text(helm));
    assertThat(rendering.objects(helm))
        .allSatisfy(
            object ->
                assertThat(object.at("/metadata/annotations/helm.sh~1hook").asText("test"))
                    .isEqualTo("test"));
    try (Stream<Path> templates =
        Files.walk(ChartReference.folder(rendering.chart()).resolve("templates"))) {
      assertThat(templates.filter(Files::isRegularFile))
          .allSatisfy(template -> assertThat(template).content().doesNotContain("lookup "));
    }
  }

  /** A value that nothing honours is not one. */
  @ParameterizedTest
  @MethodSource("charts")
  void everyValueChangesWhatIsRendered(String chart) throws IOException {
    List<Rendering> bases = Rendering.of(chart).toList();
    List<String> plain = bases.stream().map(base -> base.text(helm)).toList();
    List<String> withoutEffect = new ArrayList<>();
    for (ChartValue value : ChartReference.of(chart).values().leaves().toList()) {
      if (!hasEffect(value, bases, plain)) {
        withoutEffect.add(value.path());
      }
    }

    assertThat(withoutEffect).isEmpty();
  }

  private boolean hasEffect(ChartValue value, List<Rendering> bases, List<String> plain)
      throws IOException {
    for (JsonNode other : others(value)) {
      String changed = file(Rendering.at(value.path(), other)).toString();
      for (int i = 0; i < bases.size(); i++) {
        TowlineCli.Result result = bases.get(i).render(helm, "--values", changed);
        if (result.exitCode() == 0 && !result.stdout().equals(plain.get(i))) {
          return true;
        }
      }
    }
    return false;
  }

  private static List<JsonNode> others(ChartValue value) {
    JsonNode given = value.given();
    if (given.has("examples")) {
      return List.of(given.path("examples").get(0));
    }
    List<JsonNode> allowed = new ArrayList<>();
    given.path("enum").forEach(allowed::add);
    JsonNode now = value.fallback();
    if (now.isBoolean()) {
      allowed.addAll(List.of(BooleanNode.TRUE, BooleanNode.FALSE));
    } else if (allowed.isEmpty()) {
      allowed.add(
          now.isInt() ? IntNode.valueOf(now.asInt() + 1) : TextNode.valueOf(now.asText() + "x"));
    }
    return allowed;
  }

  @Test
  void everyPropertyOfASourceChangesWhatIsRendered() throws IOException {
    JsonNode source = ChartReference.of("towline-hub").definition("source");
    ObjectNode least = JsonNodeFactory.instance.objectNode();
    Rendering.put(least, "sources.fleet.url", TextNode.valueOf("https://git.example.com/a.git"));
    Rendering.put(least, "sources.fleet.existingSecret", TextNode.valueOf("least"));
    Rendering.put(least, "sources.fleet.signers.bob.fingerprint", TextNode.valueOf("0123"));
    Rendering hub = Rendering.of("towline-hub").findFirst().orElseThrow();
    String base = file(least).toString();
    String plain = hub.text(helm, "--values", base);
    Map<String, JsonNode> examples = examples("sources.fleet", source);

    assertThat(examples).hasSizeGreaterThan(20);
    for (Map.Entry<String, JsonNode> example : examples.entrySet()) {
      String changed = file(Rendering.at(example.getKey(), example.getValue())).toString();
      assertThat(hub.text(helm, "--values", base, "--values", changed))
          .as(example.getKey())
          .isNotEqualTo(plain);
    }
  }

  private static Map<String, JsonNode> examples(String path, JsonNode definition) {
    Map<String, JsonNode> examples = new TreeMap<>();
    for (Map.Entry<String, JsonNode> property : definition.path("properties").properties()) {
      String full = path + "." + property.getKey();
      JsonNode example = property.getValue().at("/examples/0");
      if (!example.isMissingNode()) {
        examples.put(full, example);
      }
      examples.putAll(examples(full, property.getValue()));
      examples.putAll(examples(full + ".bob", property.getValue().path("additionalProperties")));
    }
    return examples;
  }

  @ParameterizedTest
  @MethodSource("charts")
  void refusesAnotherTypeForEveryValueAndSaysWhere(String chart) throws IOException {
    ObjectNode wrong = JsonNodeFactory.instance.objectNode();
    List<String> paths = new ArrayList<>();
    ChartReference.of(chart)
        .values()
        .leaves()
        .forEach(
            value -> {
              Rendering.put(wrong, value.path(), ofAnotherType(value));
              paths.add("'/" + value.path().replace('.', '/') + "'");
            });

    TowlineCli.Result refused = refusal(chart, wrong);

    assertThat(paths)
        .hasSizeGreaterThan(60)
        .allSatisfy(p -> assertThat(refused.stderr()).contains(p));
  }

  private static JsonNode ofAnotherType(ChartValue value) {
    if (value.fallback().isArray()) {
      return TextNode.valueOf("wrong");
    }
    boolean text = value.fallback().isTextual() && !value.given().has("type");
    return text ? IntNode.valueOf(7) : JsonNodeFactory.instance.arrayNode();
  }

  @ParameterizedTest
  @MethodSource("charts")
  void refusesAValueThatItDoesNotKnowInEveryGroup(String chart) throws IOException {
    List<ChartValue> groups = ChartReference.of(chart).values().groups().toList();
    assertThat(groups).hasSizeGreaterThan(10);
    for (ChartValue group : groups) {
      if (!group.path().equals("global")) {
        String misspelt = group.path().isEmpty() ? "imgae" : group.path() + ".imgae";
        TowlineCli.Result refused =
            refusal(chart, Rendering.at(misspelt, TextNode.valueOf("value")));
        assertThat(refused.stderr()).contains("imgae").contains("not allowed");
      }
    }
  }

  private TowlineCli.Result refusal(String chart, JsonNode values) throws IOException {
    TowlineCli.Result result =
        Rendering.of(chart)
            .findFirst()
            .orElseThrow()
            .render(helm, "--values", file(values).toString());
    assertThat(result.exitCode()).as(result.stdout()).isNotZero();
    return result;
  }

  @Test
  void saysWhatElseItTakesWhereValuesDoNotGoTogether() throws IOException {
    assertThat(refusal("towline-hub", Rendering.at("replicaCount", IntNode.valueOf(3))).stderr())
        .contains("replicaCount is 3: a hub on its embedded database is one pod");
    assertThat(refusal("towline-hub", Rendering.at("ingress.enabled", BooleanNode.TRUE)).stderr())
        .contains("ingress.hosts names no host");
    assertThat(refusal("towline-hub", Rendering.at("httpRoute.enabled", BooleanNode.TRUE)).stderr())
        .contains("httpRoute.parentRefs names no gateway");
    assertThat(
            refusal("towline-agent", Rendering.at("rbac.profile", TextNode.valueOf("namespaced")))
                .stderr())
        .contains("rbac.namespaces names no namespace");
    assertThat(
            refusal("towline-agent", Rendering.at("join.token", TextNode.valueOf("twlp1_a")))
                .stderr())
        .contains("join.token is a pool's, and cluster.name is empty");
    assertThat(
            refusal("towline-agent", Rendering.at("join.token", TextNode.valueOf("twlo1_a")))
                .stderr())
        .contains("set offline.existingClaim or offline.volume");
  }

  @Test
  void anAgentOfAPoolProposesItsNameAndLabels() {
    Rendering pool = new Rendering("towline-agent", Optional.of("pool-values.yaml"));

    assertThat(variables(pool))
        .containsEntry("TOWLINE_CLUSTER_NAME", "edge-0107")
        .containsEntry("TOWLINE_CLUSTER_LABELS", "env=edge,site=lima");
  }

  @Test
  void anAgentWithoutAHubReadsItsExportsAndMayReachNone() {
    Rendering offline = new Rendering("towline-agent", Optional.of("offline-values.yaml"));
    Rendering calling = new Rendering("towline-agent", Optional.empty());
    JsonNode pod = agent(offline).at("/spec/template/spec");

    assertThat(variables(offline))
        .containsEntry("TOWLINE_OFFLINE_DIR", "/var/lib/towline-exports/current");
    assertThat(variables(offline, "--set", "offline.directory="))
        .containsEntry("TOWLINE_OFFLINE_DIR", "/var/lib/towline-exports");
    assertThat(pod.at("/containers/0/volumeMounts"))
        .filteredOn(mount -> mount.path("name").asText().equals("exports"))
        .singleElement()
        .satisfies(mount -> assertThat(mount.path("readOnly").asBoolean()).isTrue());
    assertThat(pod.path("volumes"))
        .filteredOn(volume -> volume.path("name").asText().equals("exports"))
        .singleElement()
        .satisfies(
            volume ->
                assertThat(volume.at("/persistentVolumeClaim/claimName").asText())
                    .isEqualTo("exports"));
    assertThat(ports(offline)).contains(53, 6443).doesNotContain(8443);
    assertThat(ports(offline, "--set", "offline.withHub=true")).contains(8443);
    assertThat(ports(calling)).contains(8443);
  }

  private JsonNode agent(Rendering rendering, String... more) {
    return rendering.objects(helm, more).stream()
        .filter(object -> object.path("kind").asText().equals("Deployment"))
        .findFirst()
        .orElseThrow();
  }

  private Map<String, String> variables(Rendering rendering, String... more) {
    Map<String, String> variables = new TreeMap<>();
    agent(rendering, more)
        .at("/spec/template/spec/containers/0/env")
        .forEach(env -> variables.put(env.path("name").asText(), env.path("value").asText()));
    return variables;
  }

  /** The ports that its NetworkPolicy lets it call. */
  private Set<Integer> ports(Rendering rendering, String... more) {
    Set<Integer> ports = new TreeSet<>();
    rendering.objects(helm, more).stream()
        .filter(object -> object.path("kind").asText().equals("NetworkPolicy"))
        .flatMap(policy -> policy.at("/spec/egress").findValues("port").stream())
        .forEach(port -> ports.add(port.asInt()));
    return ports;
  }

  /** A property that could reach out of its line would set others. */
  @Test
  void refusesWhatWouldNotStayOneProperty() throws IOException {
    for (String value : List.of("a\nb=c", "${HOME}", "a\\")) {
      JsonNode text = TextNode.valueOf(value);
      assertThat(refusal("towline-hub", Rendering.at("sources.fleet.branch", text)).stderr())
          .contains("/sources/fleet/branch");
      for (String chart : ChartReference.CHARTS) {
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        values.putObject("config").set("towline.some.property", text);
        assertThat(refusal(chart, values).stderr()).contains("/config/towline.some.property");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("charts")
  void aChangedPropertyMakesANewPod(String chart) throws IOException {
    Rendering rendering = Rendering.of(chart).findFirst().orElseThrow();
    ObjectNode values = JsonNodeFactory.instance.objectNode();
    values.putObject("config").put("towline.some.property", 1);

    assertThat(checksum(rendering.objects(helm, "--values", file(values).toString())))
        .isNotEqualTo(checksum(rendering.objects(helm)));
  }

  private static String checksum(List<JsonNode> objects) {
    return objects.stream()
        .map(o -> o.at("/spec/template/metadata/annotations/checksum~1config"))
        .filter(JsonNode::isTextual)
        .findFirst()
        .orElseThrow()
        .asText();
  }

  /** Only agents speak to an API server. */
  @Test
  void theHubHasNoTokenOfItsAccount() {
    Rendering hub = new Rendering("towline-hub", Optional.empty());

    assertThat(hub.objects(helm))
        .filteredOn(o -> o.path("kind").asText().equals("StatefulSet"))
        .singleElement()
        .satisfies(
            set ->
                assertThat(set.at("/spec/template/spec/automountServiceAccountToken").isBoolean())
                    .isTrue())
        .satisfies(
            set ->
                assertThat(set.at("/spec/template/spec/automountServiceAccountToken").asBoolean())
                    .isFalse());
  }

  @Test
  void alertsOnMetricsThatExist() throws ReflectiveOperationException {
    Set<String> known = new TreeSet<>();
    for (Field name : MetricNames.class.getFields()) {
      known.add(String.valueOf(name.get(null)).replace('.', '_'));
    }
    Set<String> used = new TreeSet<>();
    Rendering.all()
        .flatMap(rendering -> rendering.objects(helm).stream())
        .filter(object -> object.path("kind").asText().equals("PrometheusRule"))
        .flatMap(rule -> rule.findValuesAsText("expr").stream())
        .forEach(
            expression -> {
              Matcher metric = METRIC.matcher(expression);
              while (metric.find()) {
                used.add(metric.group());
              }
            });

    assertThat(used).hasSizeGreaterThan(8);
    assertThat(used)
        .allSatisfy(
            metric ->
                assertThat(known)
                    .containsAnyOf(metric, SERIES_SUFFIX.matcher(metric).replaceFirst("")));
  }
}
