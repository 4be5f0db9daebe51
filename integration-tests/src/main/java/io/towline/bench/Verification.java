package io.towline.bench;

import com.sun.management.ThreadMXBean;
import io.towline.envelope.BodySource;
import io.towline.envelope.BundleEntry;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.Floor;
import io.towline.envelope.Intent;
import io.towline.envelope.KeyRole;
import io.towline.envelope.ObjectsIndex;
import io.towline.envelope.RootChain;
import io.towline.envelope.RootDocument;
import io.towline.envelope.SourceInfo;
import io.towline.envelope.Statement;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.testkit.Rendered;
import io.towline.testkit.SigningKeyPair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * What verifying the largest envelope costs, as an agent does it: bodies are read from files one by
 * one. Time is that of the verifying thread on a processor, memory what the verifying thread
 * allocated, and what stays while its result is held.
 */
final class Verification {
  private static final int BUNDLES = 10;
  private static final int OBJECTS = 10_000;
  private static final int DATA_BYTES = 768; // 1 kB in base64
  private static final int WARM_UPS = 3;
  private static final int RUNS = 9;
  private static final double MIB = 1024 * 1024;
  private static final UUID FLEET = UUID.fromString("0b0e8f0e-7f6e-4a8e-9a51-0d1e9f3f0001");
  private static final UUID CLUSTER = UUID.fromString("c1f0a0de-0000-4000-8000-000000000001");

  private final Random random = new Random(20261123);
  private final SigningKeyPair key = SigningKeyPair.generate();
  private final Instant now = Instant.now();
  private final Path bodies;

  private Verification(Path bodies) {
    this.bodies = bodies;
  }

  /** Measures in this process. */
  static List<Row> measure(Path directory) throws IOException {
    return new Verification(Files.createDirectories(directory)).measure();
  }

  private List<Row> measure() throws IOException {
    TrustedRoot root = root();
    byte[] dsse = envelope();
    EnvelopeVerifier verifier = new EnvelopeVerifier(FLEET, CLUSTER);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Sample seconds = new Sample();
    long allocated = 0;
    long base = usedHeap();
    VerifiedEnvelope verified = verify(verifier, dsse, root);
    for (int i = 0; i < WARM_UPS + RUNS; i++) {
      long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
      long begun = threads.getCurrentThreadCpuTime();
      verified = verify(verifier, dsse, root);
      if (i >= WARM_UPS) {
        seconds.add((threads.getCurrentThreadCpuTime() - begun) / 1e9);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
    }
    long held = usedHeap() - base;
    if (verified.bundles().stream().mapToInt(b -> b.manifest().objects().size()).sum() != OBJECTS) {
      throw new IllegalStateException("not all objects were verified");
    }
    return List.of(
        Row.of(
            19, "CPU to verify an envelope of 1 kB objects, p50", OBJECTS, seconds.median(), "s"),
        Row.of(19, "heap that its result holds", OBJECTS, held / MIB, "MiB"),
        Row.of(19, "heap allocated on the way, garbage included", OBJECTS, allocated / MIB, "MiB"));
  }

  private VerifiedEnvelope verify(EnvelopeVerifier verifier, byte[] dsse, TrustedRoot root) {
    BodySource files = (digest, size) -> read(bodies.resolve(digest.hex()));
    return verifier.verifyBodies(verifier.verify(dsse, root, Floor.none(), now), files);
  }

  private static Optional<byte[]> read(Path file) {
    try {
      return Optional.of(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long usedHeap() {
    // Asked twice: what the first collection finalizes the second one frees.
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private TrustedRoot root() {
    String id = key.key().id();
    RootDocument document =
        new RootDocument(
            FLEET,
            1,
            1,
            now,
            now.plus(Duration.ofDays(1)),
            Map.of(id, key.key()),
            new KeyRole(List.of(id), 1),
            List.of(
                new EnvelopeRole(
                    "all", List.of(EnvelopeRole.ALL_OTHERS), new KeyRole(List.of(id), 1), 7)));
    byte[] payload = document.bytes();
    return RootChain.pinned(sealed(RootDocument.PAYLOAD_TYPE, payload), Digest.of(payload));
  }

  private byte[] envelope() throws IOException {
    List<BundleEntry> entries = new ArrayList<>();
    Set<Digest> digests = new HashSet<>();
    for (int i = 0; i < BUNDLES; i++) {
      Rendered bundle = bundle(i);
      for (Map.Entry<Digest, byte[]> body : bundle.bodies().entrySet()) {
        Files.write(bodies.resolve(body.getKey().hex()), body.getValue());
        digests.add(body.getKey());
      }
      Digest manifest = bundle.manifest().digest();
      entries.add(
          new BundleEntry(
              bundle.manifest().bundle(),
              manifest.shortHex(),
              new SourceInfo("bench", "", "refs/heads/main", "0".repeat(40), "", ""),
              List.of(),
              manifest,
              bundle.manifest().bytes().length));
    }
    Statement statement =
        new Statement(
            Statement.SPEC_VERSION,
            List.of(),
            FLEET,
            CLUSTER,
            "bench",
            1,
            1,
            1,
            now,
            now.plus(Duration.ofHours(1)),
            Optional.empty(),
            Intent.APPLY,
            List.of(),
            entries,
            ObjectsIndex.digestOf(digests));
    return sealed(Statement.PAYLOAD_TYPE, statement.bytes());
  }

  private Rendered bundle(int number) {
    String[] objects = new String[OBJECTS / BUNDLES];
    for (int i = 0; i < objects.length; i++) {
      byte[] data = new byte[DATA_BYTES];
      random.nextBytes(data);
      objects[i] =
          String.format(
              Locale.ROOT,
              "{\"apiVersion\":\"v1\",\"data\":{\"random\":\"%s\"},\"kind\":\"ConfigMap\","
                  + "\"metadata\":{\"name\":\"c%02d-%04d\",\"namespace\":\"bench\"}}",
              Base64.getEncoder().encodeToString(data),
              number,
              i);
    }
    return Rendered.of("bench-" + number, objects);
  }

  private byte[] sealed(String type, byte[] payload) {
    return new Dsse(type, payload, List.of(key.sign(type, payload))).write();
  }
}
