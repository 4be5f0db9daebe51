package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.GitException;
import io.towline.vocabulary.Names;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a file of declarations up to the point where each document's kind is known. */
final class DeclarationFile {
  /** What stands before the version in {@code apiVersion}. */
  private static final String GROUP = Names.DECLARATION_API_VERSION.split("/", 2)[0] + "/";

  private final DeclarationSchema schema;

  DeclarationFile(DeclarationSchema schema) {
    this.schema = schema;
  }

  /** What became of a file. */
  sealed interface Read {}

  /** Its documents, without empty ones. */
  record Documents(List<YamlDocument> documents) implements Read {
    public Documents {
      documents = List.copyOf(documents);
    }
  }

  /** It cannot be read at all. */
  record Unreadable(Problem problem) implements Read {}

  /** Reads the YAML of one file. */
  static Read read(FileTree files, FileTree.Entry entry) {
    if (entry.kind() == FileTree.Kind.SYMLINK || entry.kind() == FileTree.Kind.SUBMODULE) {
      return new Unreadable(
          new Problem(
              "",
              entry.path(),
              0,
              0,
              "",
              Reason.DECLARATION_INVALID,
              "this is a link, and links are not followed"));
    }
    try {
      List<YamlDocument> documents =
          Yaml.ofDeclarations().read(files.read(entry, Yaml.MAX_BYTES)).stream()
              .filter(document -> !document.root().isNull())
              .toList();
      return new Documents(documents);
    } catch (DeclarationException e) {
      return new Unreadable(e.problem("", entry.path()));
    } catch (GitException e) {
      return new Unreadable(
          new Problem(
              "", entry.path(), 0, 0, "", e.reason(), "the file is too large or cannot be read"));
    }
  }

  /** Whether a document says that it is a declaration, of whatever version. */
  static boolean isDeclaration(YamlDocument document) {
    return document.root().path("apiVersion").asText("").startsWith(GROUP);
  }

  /** The kind of a document; empty if it has none that is known. */
  static Optional<DeclarationKind> kind(YamlDocument document) {
    return DeclarationKind.ofWord(document.root().path("kind").asText(""));
  }

  /** The name of a document, if it has the form of one. */
  static Optional<String> name(YamlDocument document) {
    JsonNode name = document.root().path("name");
    return name.isTextual() && LabelSyntax.isDnsLabel(name.textValue())
        ? Optional.of(name.textValue())
        : Optional.empty();
  }

  /** The findings of a document whose kind is not known. */
  static Findings unknownKind(String file, YamlDocument document) {
    Findings findings = new Findings(file, document, "");
    JsonNode kind = document.root().path("kind");
    String kinds = String.join(", ", DeclarationKind.words());
    if (!document.root().isObject()) {
      findings.value("", "a declaration is a map of fields");
    } else if (kind.isMissingNode()) {
      findings.key("/kind", Reason.DECLARATION_INVALID, "kind is missing: one of " + kinds);
    } else {
      findings.value(
          "/kind",
          "kind must be one of " + kinds + Nearest.hint(kind.asText(""), DeclarationKind.words()));
    }
    return findings;
  }

  /**
   * Checks a document against the schema and against what is honoured.
   *
   * @return its findings, to be added to
   */
  Findings check(String file, YamlDocument document, DeclarationKind kind) {
    String bundle = kind == DeclarationKind.BUNDLE ? name(document).orElse("") : "";
    Findings findings = new Findings(file, document, bundle);
    schema.check(kind, document.root(), findings);
    HonouredFields.check(kind, document.root(), findings);
    return findings;
  }

  /** Reads a list of patterns, each that is wrong being a finding. */
  static List<Glob> globs(JsonNode list, String pointer, Findings findings) {
    List<Glob> globs = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (list.path(i).isTextual()) {
        try {
          globs.add(Glob.of(list.path(i).textValue()));
        } catch (IllegalArgumentException e) {
          findings.value(Findings.item(pointer, i), sentence(e));
        }
      }
    }
    return globs;
  }

  /** What an exception of ours says to people. */
  static String sentence(IllegalArgumentException e) {
    return e.getMessage() == null ? "this cannot be read" : e.getMessage();
  }
}
