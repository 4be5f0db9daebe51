package io.towline.hub.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.Policy;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BodyStoreTest {
  @TempDir Path data;
  private StoreFixture store;

  @BeforeEach
  void open() {
    store = new StoreFixture(data);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void givesBackWhatWasRenderedByDigest() throws Exception {
    BundleManifest manifest = store.render("web", "a", "b");

    Digest object = manifest.objects().getFirst().digest();
    assertThat(store.bodies.manifest(manifest.digest())).contains(manifest);
    byte[] bytes = store.bodies.bytes(object).orElseThrow();
    assertThat(Digest.of(bytes)).isEqualTo(object);
    byte[] gzip = store.bodies.gzip(object).orElseThrow();
    assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes()).isEqualTo(bytes);
    assertThat(store.bodies.bytes(Digest.of(new byte[] {1}))).isEmpty();
  }

  @Test
  void storesEqualBodiesOnce() {
    store.render("web", "a", "b");
    long bodies = store.count("body");

    store.render("web", "a", "b");

    assertThat(store.count("body")).isEqualTo(bodies);
    assertThat(store.count("manifest_object")).isEqualTo(2);
  }

  @Test
  void remembersWhatAnInputRenderedTo() {
    BundleManifest manifest = store.render("web", "a");

    assertThat(store.renders.find(StoreFixture.input("web", "a")))
        .contains(new Renders.Remembered(manifest.digest(), List.of()));
    assertThat(store.renders.find(StoreFixture.input("web", "b"))).isEmpty();
  }

  @Test
  void showsNoSecretInTheDatabase() {
    byte[] secret = StoreFixture.text("{\"stringData\":{\"password\":\"canary-7\"}}");
    Digest digest = Digest.of(secret);
    BundleManifest manifest =
        new BundleManifest(
            "vault",
            List.of(new ManifestEntry(StoreFixture.ref("s"), digest, secret.length, 0, false)),
            Policy.defaults(),
            List.of());

    store.bodies.putRender(digest, manifest, Map.of(digest, secret), List.of());

    assertThat(store.storedBodies())
        .hasSize(2)
        .allSatisfy(
            body -> {
              assertThat(new String(body, StandardCharsets.ISO_8859_1)).doesNotContain("canary");
              assertThat(body[1] == 0x1f && body[2] == (byte) 0x8b).isFalse();
            });
    assertThat(store.bodies.bytes(digest)).contains(secret);
  }

  @Test
  void refusesARenderWithoutOneOfItsObjects() {
    Digest digest = Digest.of(new byte[] {7});
    BundleManifest manifest =
        new BundleManifest(
            "web",
            List.of(new ManifestEntry(StoreFixture.ref("s"), digest, 1, 0, false)),
            Policy.defaults(),
            List.of());

    assertThatThrownBy(() -> store.bodies.putRender(digest, manifest, Map.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(store.count("body")).isZero();
  }

  @Test
  void keepsItsKeyToItsOwnerAndReadsItAgain() throws Exception {
    Path key = data.resolve("keys").resolve("body.key");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    BodyKey again = BodyKey.below(data, new SecureRandom());
    BodyKey other = BodyKey.below(data.resolve("other"), new SecureRandom());
    byte[] content = again.seal("name", new byte[] {1, 2, 3});

    assertThat(BodyKey.below(data, new SecureRandom()).open("name", content))
        .containsExactly(1, 2, 3);
    assertThatThrownBy(() -> other.open("name", content)).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> again.open("another", content)).isInstanceOf(StoreException.class);
    content[content.length - 1] ^= 1;
    assertThatThrownBy(() -> again.open("name", content)).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> again.open("name", new byte[0])).isInstanceOf(StoreException.class);
  }

  @Test
  void refusesAKeyThatOthersCanRead() throws Exception {
    Path key = data.resolve("keys").resolve("body.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(() -> BodyKey.below(data, new SecureRandom()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("0600");
  }
}
