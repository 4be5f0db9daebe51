package io.towline.agent.unseal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.towline.envelope.ObjectJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The types of SOPS: what a decrypted value is in JSON, and which bytes of a value its MAC counts.
 * Pure.
 *
 * <p>Source: SOPS 3, {@code ToBytes} in {@code sops.go} and {@code Decrypt} in {@code
 * aes/cipher.go}.
 */
final class SopsValues {
  /** What a comment is encrypted as; it is no part of the object. */
  static final String COMMENT = "comment";

  /** Characters of a number that is written without an exponent; nobody reads more. */
  private static final int MOST_PLAIN = 64;

  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,19}");

  private SopsValues() {}

  /** The value in JSON; empty if it is not of its type, or the type is unknown. */
  static Optional<JsonNode> json(SopsCipher.Value value) {
    return switch (value.type()) {
      case "str", "time" -> text(value).map(TextNode::valueOf);
      case "bytes" ->
          Optional.of(TextNode.valueOf(Base64.getEncoder().encodeToString(value.bytes())));
      case "int" -> text(value).filter(t -> INTEGER.matcher(t).matches()).map(SopsValues::integer);
      case "float" -> text(value).flatMap(SopsValues::decimal);
      case "bool" -> text(value).flatMap(SopsValues::bool);
      default -> Optional.empty();
    };
  }

  /** What the MAC counts of a decrypted value. */
  static byte[] counted(SopsCipher.Value value, JsonNode json) {
    return switch (value.type()) {
      case "str", "time", "bytes" -> value.bytes();
      default -> counted(json);
    };
  }

  /** What the MAC counts of a value that stands in clear; nothing of null. */
  static byte[] counted(JsonNode clear) {
    String text =
        switch (clear.getNodeType()) {
          case STRING -> clear.textValue();
          case BOOLEAN -> clear.booleanValue() ? "True" : "False";
          case NUMBER ->
              clear.isIntegralNumber() ? clear.asText() : plain(clear.decimalValue().doubleValue());
          case NULL, MISSING, ARRAY, OBJECT, BINARY, POJO -> "";
        };
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Optional<String> text(SopsCipher.Value value) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value.bytes())).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static JsonNode integer(String text) {
    BigInteger number = new BigInteger(text);
    return number.bitLength() < Long.SIZE
        ? LongNode.valueOf(number.longValue())
        : BigIntegerNode.valueOf(number);
  }

  private static Optional<JsonNode> decimal(String text) {
    try {
      double value = Double.parseDouble(text);
      if (!Double.isFinite(value)) {
        return Optional.empty();
      }
      String plain = plain(value);
      return Optional.of(
          ObjectJson.number(plain.length() > MOST_PLAIN ? Double.toString(value) : plain));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<JsonNode> bool(String text) {
    return switch (text) {
      case "True", "true" -> Optional.of(BooleanNode.TRUE);
      case "False", "false" -> Optional.of(BooleanNode.FALSE);
      default -> Optional.empty();
    };
  }

  /** Go's {@code FormatFloat(value, 'f', -1, 64)}: the fewest digits, never an exponent. */
  private static String plain(double value) {
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    return digits.toPlainString();
  }
}
