package io.towline.hub.show;

import io.towline.envelope.Digest;
import io.towline.hub.store.Cursor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Page tokens: a cursor, bound by a digest to the request that it came from, so that a token of
 * another parent, filter or order is refused instead of giving a page that means nothing. A token
 * is no secret and grants nothing: what it could be forged to, its holder could list.
 */
final class PageTokens {
  private static final int MAX_CHARACTERS = 4_096;
  private static final int MAX_KEYS = 8;
  private static final int BINDING_BYTES = 16;

  private PageTokens() {}

  /**
   * The token for the next page.
   *
   * @param request everything that the token shall be good for only: method, parent, filter, order
   */
  static String write(Cursor cursor, String... request) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(cursor.keys().size());
      for (String key : cursor.keys()) {
        out.writeUTF(key);
      }
      out.write(binding(bytes.toByteArray(), request));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
  }

  /** The cursor of a token; empty if it is not one of this request. */
  static Optional<Cursor> read(String token, String... request) {
    if (token.length() > MAX_CHARACTERS) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(token);
      int end = bytes.length - BINDING_BYTES;
      if (end < 1) {
        return Optional.empty();
      }
      byte[] content = Arrays.copyOf(bytes, end);
      if (!Arrays.equals(binding(content, request), Arrays.copyOfRange(bytes, end, bytes.length))) {
        return Optional.empty();
      }
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
      int count = in.readUnsignedByte();
      if (count > MAX_KEYS) {
        return Optional.empty();
      }
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        keys.add(in.readUTF());
      }
      return in.read() < 0 ? Optional.of(new Cursor(keys)) : Optional.empty();
    } catch (IllegalArgumentException | IOException e) {
      return Optional.empty();
    }
  }

  private static byte[] binding(byte[] content, String... request) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      for (String part : request) {
        // With their lengths, so that no two requests run together to the same bytes.
        byte[] utf8 = part.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
      }
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Arrays.copyOf(Digest.of(bytes.toByteArray()).bytes(), BINDING_BYTES);
  }
}
