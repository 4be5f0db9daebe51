package io.towline.agent.unseal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.agent.enroll.SealIdentities;
import io.towline.agent.enroll.SealIdentity;
import io.towline.envelope.ObjectJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What the real sops made, as the hub delivers it. */
public final class SealedFixtures {
  private static final Path FOLDER = Path.of("../proto/src/test/resources/sealed");

  private SealedFixtures() {}

  /** A sealed body. */
  public static byte[] body(String name) {
    return read(name + ".body.json");
  }

  /** The sealed object. */
  public static ObjectNode sealed(String name) {
    return ObjectJson.read(body(name));
  }

  /** What sops says is in it. */
  static JsonNode plain(String name) {
    try {
      return new ObjectMapper().readTree(read(name + ".plain.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Test identities, {@code a} or {@code b}. */
  public static Unsealer unsealer(String... names) {
    return new Unsealer(
        SealIdentities.of(Arrays.stream(names).map(SealedFixtures::identity).toList()));
  }

  static SealIdentity identity(String name) {
    List<String> lines =
        new String(read("test-identity-" + name + ".txt"), StandardCharsets.UTF_8).lines().toList();
    return SealIdentity.parse(lines.getLast());
  }

  private static byte[] read(String file) {
    try {
      return Files.readAllBytes(FOLDER.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
