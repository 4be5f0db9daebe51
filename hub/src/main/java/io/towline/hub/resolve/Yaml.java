package io.towline.hub.resolve;

import io.towline.vocabulary.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a YAML stream into JSON with places. What it refuses: more than {@value #MAX_BYTES} bytes,
 * nesting deeper than {@value #MAX_DEPTH}, more than {@value #MAX_ALIASES} aliases in a document,
 * more than {@value #MAX_NODES} values once aliases are written out, duplicate keys, keys that are
 * not scalars, tags other than the standard ones of strings, numbers, booleans, null, maps and
 * lists, and bytes that are not UTF-8.
 *
 * <p>Aliases are written out as copies. Thread-safe.
 *
 * @param scalars what an unquoted scalar means
 * @param merge whether {@code <<} merges, or is a key like any other
 * @param malformed the reason of what is thrown for input that is not well-formed
 */
public record Yaml(Scalars scalars, Merge merge, Reason malformed) {
  /** SECURITY: the largest stream that is read. */
  public static final int MAX_BYTES = 3_000_000;

  /** How deep maps and lists may nest. */
  public static final int MAX_DEPTH = 50;

  /** How many aliases one document may hold. */
  public static final int MAX_ALIASES = 50;

  /** How many values one stream may hold, with aliases written out. */
  public static final int MAX_NODES = 500_000;

  /** What becomes of the key {@code <<}. */
  public enum Merge {
    /** As YAML 1.1 and the readers of kubectl and Kustomize do. */
    HONOURED,
    /** As YAML 1.2: an ordinary key. */
    UNKNOWN
  }

  private static final LoadSettings SETTINGS =
      LoadSettings.builder()
          .setParseComments(false)
          .setUseMarks(true)
          .setCodePointLimit(MAX_BYTES)
          .build();

  /** Reads declarations: YAML 1.2 with its core schema. */
  public static Yaml ofDeclarations() {
    return new Yaml(new CoreScalars(), Merge.UNKNOWN, Reason.DECLARATION_INVALID);
  }

  /** Reads manifests, where merge keys are honoured and scalars are the renderer's matter. */
  public static Yaml ofManifests(Scalars scalars) {
    return new Yaml(scalars, Merge.HONOURED, Reason.MANIFEST_INVALID);
  }

  /**
   * Reads every document of a stream, in order.
   *
   * @throws DeclarationException at the first place that is not well-formed or beyond a limit
   */
  public List<YamlDocument> read(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new DeclarationException(
          Reason.LIMIT_EXCEEDED, Position.START, "the file is larger than " + MAX_BYTES + " bytes");
    }
    String text = decode(bytes);
    try {
      return new YamlComposer(this, new Parse(SETTINGS).parseString(text).iterator()).documents();
    } catch (MarkedYamlEngineException e) {
      Position position =
          e.getProblemMark()
              .or(e::getContextMark)
              .map(mark -> new Position(mark.getLine() + 1, mark.getColumn() + 1))
              .orElse(Position.START);
      throw new DeclarationException(
          malformed, position, "this is not valid YAML: " + oneLine(e.getProblem()));
    } catch (ReaderException e) {
      throw new DeclarationException(
          malformed,
          positionOf(text, e.getPosition()),
          "this is not valid YAML: a character that YAML does not allow (U+%04X)"
              .formatted(e.getCodePoint()));
    } catch (YamlEngineException e) {
      throw new DeclarationException(malformed, Position.START, "this is not valid YAML");
    }
  }

  private String decode(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new DeclarationException(malformed, Position.START, "the file is not UTF-8 text");
    }
  }

  private static String oneLine(String problem) {
    return problem.replaceAll("\\s+", " ").strip();
  }

  private static Position positionOf(String text, int codePoints) {
    int line = 1;
    int column = 1;
    int index = 0;
    for (int i = 0; i < codePoints && index < text.length(); i++) {
      int codePoint = text.codePointAt(index);
      index += Character.charCount(codePoint);
      if (codePoint == '\n') {
        line++;
        column = 1;
      } else {
        column++;
      }
    }
    return new Position(line, column);
  }
}
