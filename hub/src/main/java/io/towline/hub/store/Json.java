package io.towline.hub.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The JSON of text columns: labels, lists and what agents report. Stateless. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final TypeReference<TreeMap<String, String>> MAP = new TypeReference<>() {};
  private static final TypeReference<List<String>> LIST = new TypeReference<>() {};

  private Json() {}

  /** Writes maps, lists, strings and records of them. */
  static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("A value of the store has no JSON form", e);
    }
  }

  /** Reads what {@link #write} made of a map of strings. */
  static SortedMap<String, String> map(String json) {
    return read(json, MAP);
  }

  /** Reads what {@link #write} made of a list of strings. */
  static List<String> list(String json) {
    return List.copyOf(read(json, LIST));
  }

  /** Reads what {@link #write} made of any other type. */
  static <T> T read(String json, TypeReference<T> type) {
    try {
      return MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new StoreException("A JSON column of the database is damaged", e);
    }
  }
}
