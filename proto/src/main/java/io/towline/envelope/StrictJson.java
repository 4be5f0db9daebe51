package io.towline.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads JSON that has one meaning only: UTF-8 without byte order mark, no duplicate member at any
 * depth, no lone surrogate, bounded depth, nothing after the value. Trees are built by hand, since
 * data binding needs reflection.
 */
final class StrictJson {
  /** Digits of a number; Kubernetes has nothing beyond 64 bits. */
  private static final int NUMBER_CHARACTERS = 100;

  /** Powers of ten beyond which a number is not even looked at: a double ends at 308. */
  private static final int NUMBER_MAGNITUDE = 400;

  /** Which numbers are allowed. */
  enum Numbers {
    /** Integers of at most 53 bits, written as integers. */
    INTEGERS,
    /** Any, kept as written. */
    AS_WRITTEN
  }

  private static final JsonFactory STATEMENTS = factory(Limits.STATEMENT_DEPTH);
  private static final JsonFactory OBJECTS = factory(Limits.OBJECT_DEPTH);

  private static final BigInteger MAX_INTEGER = BigInteger.valueOf(Limits.MAX_INTEGER);

  private StrictJson() {}

  /**
   * Reads one JSON value.
   *
   * @throws VerificationException with that reason if it is not strict JSON; the message holds no
   *     content
   */
  static JsonNode read(byte[] bytes, Numbers numbers, Reason reason) {
    JsonFactory factory = numbers == Numbers.INTEGERS ? STATEMENTS : OBJECTS;
    char[] text = decode(bytes, reason);
    try (JsonParser parser = factory.createParser(text)) {
      if (parser.nextToken() == null) {
        throw new VerificationException(reason, "the document is empty");
      }
      JsonNode value = value(parser, numbers, reason);
      if (parser.nextToken() != null) {
        throw new VerificationException(reason, "something follows the JSON value");
      }
      return value;
    } catch (IOException e) {
      // Jackson's own message may quote the document, which may be a Secret.
      throw new VerificationException(reason, "not strict JSON (" + place(e) + ")");
    }
  }

  private static JsonFactory factory(int depth) {
    return new JsonFactoryBuilder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(depth)
                .maxNumberLength(NUMBER_CHARACTERS)
                .maxNameLength(Limits.TEXT_CHARACTERS)
                .maxStringLength(Limits.ENVELOPE_BYTES * 2)
                .maxDocumentLength(Limits.ENVELOPE_BYTES * 2L)
                .build())
        .build();
  }

  private static char[] decode(byte[] bytes, Reason reason) {
    try {
      var buffer = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      char[] text = new char[buffer.remaining()];
      buffer.get(text);
      return text;
    } catch (CharacterCodingException e) {
      throw new VerificationException(reason, "not UTF-8");
    }
  }

  private static String place(IOException e) {
    if (e instanceof com.fasterxml.jackson.core.JacksonException json
        && json.getLocation() != null) {
      return "line "
          + json.getLocation().getLineNr()
          + ", column "
          + json.getLocation().getColumnNr();
    }
    return "at the end";
  }

  private static JsonNode value(JsonParser parser, Numbers numbers, Reason reason)
      throws IOException {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        ObjectNode object = nodes.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = wellFormed(parser.currentName(), reason);
          parser.nextToken();
          object.set(name, value(parser, numbers, reason));
        }
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser, numbers, reason));
        }
        yield array;
      }
      case VALUE_STRING -> nodes.textNode(wellFormed(parser.getText(), reason));
      case VALUE_TRUE -> nodes.booleanNode(true);
      case VALUE_FALSE -> nodes.booleanNode(false);
      case VALUE_NULL -> nodes.nullNode();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText(), numbers, reason);
      case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
          throw new VerificationException(reason, "not strict JSON");
    };
  }

  /** Depth is bounded by the factory, so that the recursion above is too. */
  private static JsonNode number(String text, Numbers numbers, Reason reason) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    boolean integer = text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
    if (integer && !text.equals("-0")) {
      BigInteger value = new BigInteger(text);
      if (numbers == Numbers.INTEGERS && value.abs().compareTo(MAX_INTEGER) > 0) {
        throw new VerificationException(reason, "an integer is beyond 2^53 - 1");
      }
      if (value.bitLength() < Integer.SIZE) {
        return nodes.numberNode(value.intValue());
      }
      return value.bitLength() < Long.SIZE
          ? nodes.numberNode(value.longValue())
          : nodes.numberNode(value);
    }
    if (numbers == Numbers.INTEGERS) {
      throw new VerificationException(reason, "a number is not a plain integer");
    }
    try {
      BigDecimal value = new BigDecimal(text);
      long magnitude = (long) value.precision() - value.scale();
      if (Math.abs(magnitude) > NUMBER_MAGNITUDE || Double.isInfinite(value.doubleValue())) {
        throw new VerificationException(reason, "a number is beyond what a double holds");
      }
      return new WrittenNumber(text, value);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new VerificationException(reason, "a number is beyond what a double holds");
    }
  }

  private static String wellFormed(String text, Reason reason) {
    // Code points above the basic plane come in pairs: a surrogate that stands alone is its own.
    boolean half =
        text.codePoints()
            .anyMatch(
                point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    if (half) {
      throw new VerificationException(reason, "a text holds half a surrogate pair");
    }
    return text;
  }
}
