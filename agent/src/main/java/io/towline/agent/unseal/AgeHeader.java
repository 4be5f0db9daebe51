package io.towline.agent.unseal;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * The header of an age file: who can unwrap the file key, and a MAC over all of it. Read as
 * strictly as C2SP's {@code age.md}, "Header", demands: one way to write everything. Nobody may
 * change the arrays that it hands out.
 */
final class AgeHeader {
  /** Stanzas of one file; SOPS writes one. */
  private static final int MOST_STANZAS = 128;

  private static final String VERSION = "age-encryption.org/v1";
  private static final String STANZA = "->";
  private static final String MAC_LINE = "---";
  private static final int COLUMNS = 64;
  private static final int MAC_BYTES = 32;

  private final List<Stanza> stanzas;
  private final byte[] authenticated;
  private final byte[] mac;
  private final int length;

  private AgeHeader(List<Stanza> stanzas, byte[] authenticated, byte[] mac, int length) {
    this.stanzas = List.copyOf(stanzas);
    this.authenticated = authenticated;
    this.mac = mac;
    this.length = length;
  }

  /** A wrapped file key. */
  static final class Stanza {
    private final String type;
    private final List<String> arguments;
    private final byte[] body;

    private Stanza(String type, List<String> arguments, byte[] body) {
      this.type = type;
      this.arguments = List.copyOf(arguments);
      this.body = body;
    }

    String type() {
      return type;
    }

    List<String> arguments() {
      return arguments;
    }

    byte[] body() {
      return body;
    }
  }

  /** In their order, at least one. */
  List<Stanza> stanzas() {
    return stanzas;
  }

  /** The bytes that the MAC counts. */
  byte[] authenticated() {
    return authenticated;
  }

  /** As written. */
  byte[] mac() {
    return mac;
  }

  /** Of the whole header, in bytes. */
  int length() {
    return length;
  }

  static AgeHeader read(byte[] file) throws AgeException {
    Reader reader = new Reader(file);
    if (!reader.line().equals(VERSION)) {
      throw refuse("is not of version 1 of age's format");
    }
    List<Stanza> stanzas = new ArrayList<>();
    while (true) {
      int start = reader.at;
      String line = reader.line();
      if (line.startsWith(STANZA + " ")) {
        stanzas.add(stanza(line, reader));
      } else if (line.startsWith(MAC_LINE + " ") && !stanzas.isEmpty()) {
        byte[] mac = base64(line.substring(MAC_LINE.length() + 1));
        if (mac.length != MAC_BYTES) {
          throw refuse("has a MAC of another length");
        }
        return new AgeHeader(
            stanzas, Arrays.copyOf(file, start + MAC_LINE.length()), mac, reader.at);
      } else {
        throw refuse("has a line that means nothing");
      }
      if (stanzas.size() > MOST_STANZAS) {
        throw refuse("names more than " + MOST_STANZAS + " recipients");
      }
    }
  }

  private static Stanza stanza(String line, Reader reader) throws AgeException {
    List<String> words = List.of(line.substring(STANZA.length() + 1).split(" ", -1));
    for (String word : words) {
      if (word.isEmpty() || word.chars().anyMatch(c -> c < 33 || c > 126)) {
        throw refuse("has a stanza with an argument that cannot be there");
      }
    }
    StringBuilder body = new StringBuilder();
    String next;
    do {
      next = reader.line();
      if (next.length() > COLUMNS) {
        throw refuse("has a stanza with a line that is too long");
      }
      body.append(next);
    } while (next.length() == COLUMNS);
    return new Stanza(words.getFirst(), words.subList(1, words.size()), base64(body.toString()));
  }

  /** Unpadded and canonical. */
  static byte[] base64(String text) throws AgeException {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (Base64.getEncoder().withoutPadding().encodeToString(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // Said below, without the text.
    }
    throw refuse("holds something that is not canonical base64");
  }

  static AgeException refuse(String what) {
    return new AgeException(AgeException.Kind.HEADER, "its header " + what);
  }

  /** Lines that end with a line feed and with nothing else. */
  private static final class Reader {
    private final byte[] file;
    private int at;

    Reader(byte[] file) {
      this.file = file;
    }

    String line() throws AgeException {
      int end = at;
      while (end < file.length && file[end] != '\n') {
        end++;
      }
      if (end == file.length) {
        throw refuse("is cut");
      }
      String line = new String(file, at, end - at, StandardCharsets.ISO_8859_1);
      at = end + 1;
      return line;
    }
  }
}
