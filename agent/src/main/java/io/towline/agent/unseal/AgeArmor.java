package io.towline.agent.unseal;

import java.util.Base64;
import java.util.List;

/**
 * The text form of an age file: strict PEM, as C2SP's {@code age.md}, "ASCII armor", asks for.
 * Pure.
 */
final class AgeArmor {
  private static final String BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----";
  private static final String END = "-----END AGE ENCRYPTED FILE-----";
  private static final int COLUMNS = 64;

  private AgeArmor() {}

  /** The bytes within the armor. */
  static byte[] decode(String text) throws AgeException {
    List<String> lines = List.of(text.strip().split("\r?\n", -1));
    if (lines.size() < 2 || !lines.getFirst().equals(BEGIN) || !lines.getLast().equals(END)) {
      throw refuse("does not begin and end as an armored age file does");
    }
    List<String> body = lines.subList(1, lines.size() - 1);
    for (int i = 0; i < body.size(); i++) {
      int length = body.get(i).length();
      boolean last = i == body.size() - 1;
      if (last ? length == 0 || length > COLUMNS : length != COLUMNS) {
        throw refuse("has a line that is not " + COLUMNS + " characters long");
      }
    }
    return base64(String.join("", body));
  }

  private static byte[] base64(String text) throws AgeException {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // Said below, without the text.
    }
    throw refuse("is not canonical base64");
  }

  private static AgeException refuse(String what) {
    return new AgeException(AgeException.Kind.ARMOR, "its armor " + what);
  }
}
