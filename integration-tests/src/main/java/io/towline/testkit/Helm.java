package io.towline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The helm program, free of what its user has configured. Thread-safe. */
public final class Helm {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What the real API server of the test bed is; helm alone would assume another one. */
  private static final String KUBERNETES = "1.35.4";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path home;

  /**
   * @param home directory for its caches and for what it prints, made if need be
   */
  public Helm(Path home) {
    this.home = home;
  }

  /** Runs a command to its end; a failure is a result too. */
  public TowlineCli.Result run(String... arguments) {
    List<String> command = new ArrayList<>(List.of(Tools.path("helm").toString()));
    command.addAll(List.of(arguments));
    return run(Map.of(), command);
  }

  /**
   * Runs a line as a person pastes it into a shell that finds helm, with a kubeconfig that leads to
   * the cluster that it is meant for.
   */
  public TowlineCli.Result paste(String line, Path kubeconfig) {
    String path = Tools.path("helm").getParent() + ":" + System.getenv("PATH");
    return run(
        Map.of("PATH", path, "KUBECONFIG", kubeconfig.toString()), List.of("sh", "-c", line));
  }

  private TowlineCli.Result run(Map<String, String> environment, List<String> command) {
    try {
      Files.createDirectories(home);
      Path stdout = Files.createTempFile(home, "stdout", "");
      Path stderr = Files.createTempFile(home, "stderr", "");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectOutput(stdout.toFile())
              .redirectError(stderr.toFile());
      builder.environment().keySet().removeIf(v -> v.startsWith("HELM_") || v.startsWith("KUBE"));
      builder.environment().put("HOME", home.toString());
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(command + " did not end:\n" + LogTail.of(stderr));
      }
      TowlineCli.Result result =
          new TowlineCli.Result(
              process.exitValue(), Files.readString(stdout), Files.readString(stderr));
      Files.delete(stdout);
      Files.delete(stderr);
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException("helm could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running helm", e);
    }
  }

  /** Renders a chart; a refusal is a result too. */
  public TowlineCli.Result template(Path chart, String namespace, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "template",
                "test",
                chart.toString(),
                "--namespace",
                namespace,
                "--kube-version",
                KUBERNETES));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  /** The objects of a text of YAML, in their order. */
  public static List<JsonNode> objects(String yaml) {
    List<JsonNode> objects = new ArrayList<>();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(yaml)) {
      JsonNode object = JSON.valueToTree(document);
      if (object.isObject()) {
        objects.add(object);
      }
    }
    return objects;
  }
}
