package io.towline.bench;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.Digest;
import io.towline.envelope.Intent;
import io.towline.envelope.SourceInfo;
import io.towline.envelope.Statement;
import io.towline.envelope.TrustedRoot;
import io.towline.hub.sign.EnvelopeSigner;
import io.towline.hub.sign.HubKeys;
import io.towline.testkit.Checkout;
import io.towline.testkit.Folders;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * How many envelopes the hub signs in a second of processor time on one thread: statements of five
 * bundles, each signed and its signature checked, as {@link EnvelopeSigner} does it. Runs in a
 * process of its own with the hub's packaged libraries.
 */
final class SignRate {
  private static final int BUNDLES = 5;
  private static final Duration WARM_UP = Duration.ofSeconds(5);
  private static final Duration RUN = Duration.ofSeconds(5);

  private SignRate() {}

  /** Measures in a process that has the hub's libraries. */
  static List<Row> measure() throws IOException {
    Path hub = Checkout.hubJar();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                String.join(
                    File.pathSeparator,
                    Checkout.root().resolve("integration-tests/target/classes").toString(),
                    hub.resolveSibling("app").resolve("*").toString(),
                    hub.resolveSibling("lib/main").resolve("*").toString(),
                    hub.resolveSibling("lib/boot").resolve("*").toString()),
                SignRate.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return List.of(
        Row.of(
            12,
            "envelopes signed and checked a second of CPU",
            0,
            Double.parseDouble(said.strip()),
            "1/s"));
  }

  /** Prints the rate and nothing else; takes no arguments. */
  public static void main(String[] arguments) throws IOException {
    Path keys = Files.createTempDirectory("towline-bench-keys");
    UUID fleet = UUID.randomUUID();
    Instant now = Instant.now();
    HubKeys opened = HubKeys.open(keys, new SecureRandom());
    TrustedRoot root = opened.firstRoot(fleet, now);
    EnvelopeSigner signer = new EnvelopeSigner(opened, root, () -> Duration.ofHours(24));
    Statement statement = statement(fleet, now);
    rate(signer, statement, WARM_UP);
    System.out.println(rate(signer, statement, RUN));
    Folders.delete(keys);
  }

  private static double rate(EnvelopeSigner signer, Statement statement, Duration length) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long begun = threads.getCurrentThreadCpuTime();
    long signed = 0;
    while (threads.getCurrentThreadCpuTime() - begun < length.toNanos()) {
      signed += signer.sign(statement).missing() == 0 ? 1 : 0;
    }
    return signed * 1e9 / (threads.getCurrentThreadCpuTime() - begun);
  }

  private static Statement statement(UUID fleet, Instant now) {
    List<BundleEntry> bundles = new ArrayList<>();
    for (int i = 0; i < BUNDLES; i++) {
      Digest manifest = Digest.of(new byte[] {(byte) i});
      bundles.add(
          new BundleEntry(
              "bundle-" + i,
              manifest.shortHex(),
              new SourceInfo(
                  "fleet",
                  "https://git.example.invalid/fleet.git",
                  "refs/heads/main",
                  "0".repeat(40),
                  "apps/bundle-" + i,
                  ""),
              List.of("kustomize v5.8.1"),
              manifest,
              1_000));
    }
    return new Statement(
        Statement.SPEC_VERSION,
        List.of(),
        fleet,
        UUID.randomUUID(),
        "store-0107",
        1,
        7,
        1,
        now,
        now.plus(Duration.ofHours(24)),
        Optional.empty(),
        Intent.APPLY,
        List.of(),
        bundles,
        Digest.of(new byte[] {9}));
  }
}
