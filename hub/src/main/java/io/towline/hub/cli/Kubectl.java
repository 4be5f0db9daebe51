package io.towline.hub.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The person's kubectl, and with it the cluster that it points at. Reads, and asks for rights. */
final class Kubectl {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An API server that is away is not waited for longer. */
  private static final String PATIENCE = "--request-timeout=15s";

  private final LocalProgram program;

  private Kubectl(LocalProgram program) {
    this.program = program;
  }

  static Optional<Kubectl> find(Terminal terminal) {
    return LocalProgram.find(terminal, "kubectl").map(Kubectl::new);
  }

  /** kubectl, or the API server behind it, refused. */
  static final class Failure extends Exception {
    Failure(String why) {
      super(why);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }

  /** The context's name; empty quotes for none, as inside a cluster. */
  String context() {
    LocalProgram.Outcome said = program.run("", List.of("config", "current-context"));
    return said.good() ? said.out().strip() : "''";
  }

  /** The API server's version, as {@code v1.35.4}. */
  String serverVersion() throws Failure {
    return parse(answer("", List.of("version", "-o", "json")))
        .path("serverVersion")
        .path("gitVersion")
        .asText();
  }

  /** One object without a namespace. */
  Optional<JsonNode> get(String kind, String name) throws Failure {
    String said = answer("", List.of("get", kind, name, "--ignore-not-found", "-o", "json"));
    return said.isBlank() ? Optional.empty() : Optional.of(parse(said));
  }

  /** All of a kind. */
  List<JsonNode> list(String kind, String... which) throws Failure {
    List<String> arguments = new ArrayList<>(List.of("get", kind, "-o", "json"));
    Collections.addAll(arguments, which);
    List<JsonNode> items = new ArrayList<>();
    parse(answer("", arguments)).path("items").forEach(items::add);
    return items;
  }

  /**
   * Sends questions that are POSTs and change nothing, as reviews of access are.
   *
   * @param questions a List
   * @return an answer to each, in their order
   */
  List<JsonNode> ask(JsonNode questions) throws Failure {
    String said =
        answer(
            questions.toString(), List.of("create", "--validate=false", "-o", "json", "-f", "-"));
    try (MappingIterator<JsonNode> answers = JSON.readerFor(JsonNode.class).readValues(said)) {
      return answers.readAll();
    } catch (IOException e) {
      throw notJson();
    }
  }

  private static JsonNode parse(String said) throws Failure {
    try {
      return JSON.readTree(said);
    } catch (JsonProcessingException e) {
      throw notJson();
    }
  }

  private static Failure notJson() {
    return new Failure("kubectl did not answer in JSON");
  }

  private String answer(String input, List<String> arguments) throws Failure {
    List<String> all = new ArrayList<>(arguments);
    all.add(PATIENCE);
    LocalProgram.Outcome said = program.run(input, all);
    if (!said.good()) {
      throw new Failure(said.why());
    }
    return said.out();
  }
}
