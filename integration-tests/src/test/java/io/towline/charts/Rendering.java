package io.towline.charts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.testkit.Helm;
import io.towline.testkit.TowlineCli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A chart with one set of values.
 *
 * @param chart one of {@link ChartReference#CHARTS}
 * @param values a file of its {@code ci} directory; empty for the defaults
 */
record Rendering(String chart, Optional<String> values) {
  static final String NAMESPACE = "towline-system";

  /** Every chart with its defaults and with each of its files of values. */
  static Stream<Rendering> all() {
    return ChartReference.CHARTS.stream().flatMap(Rendering::of);
  }

  /** A chart with its defaults, then with each of its files of values. */
  static Stream<Rendering> of(String chart) {
    try (Stream<Path> files = Files.list(ChartReference.folder(chart).resolve("ci"))) {
      List<String> names = files.map(file -> file.getFileName().toString()).sorted().toList();
      return Stream.concat(
          Stream.of(new Rendering(chart, Optional.empty())),
          names.stream().map(name -> new Rendering(chart, Optional.of(name))));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The arguments that name its values. */
  String[] arguments(String... more) {
    List<String> arguments = new ArrayList<>();
    values.ifPresent(
        name -> {
          arguments.add("--values");
          arguments.add(ChartReference.folder(chart).resolve("ci").resolve(name).toString());
        });
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  /** What helm answers; {@code more} goes after the values. */
  TowlineCli.Result render(Helm helm, String... more) {
    return helm.template(ChartReference.folder(chart), NAMESPACE, arguments(more));
  }

  /** What it renders. */
  String text(Helm helm, String... more) {
    TowlineCli.Result result = render(helm, more);
    assertThat(result.exitCode()).as("%s%n%s", this, result.stderr()).isZero();
    return result.stdout();
  }

  /** The objects that it renders, the pod of {@code helm test} among them. */
  List<JsonNode> objects(Helm helm, String... more) {
    return Helm.objects(text(helm, more));
  }

  /** One value as a file of values holds it. */
  static ObjectNode at(String path, JsonNode value) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    put(root, path, value);
    return root;
  }

  /** Puts a value among others. */
  static void put(ObjectNode root, String path, JsonNode value) {
    int dot = path.indexOf('.');
    if (dot < 0) {
      root.set(path, value);
    } else {
      put(root.withObjectProperty(path.substring(0, dot)), path.substring(dot + 1), value);
    }
  }

  @Override
  public String toString() {
    return chart + " with " + values.orElse("its defaults");
  }
}
