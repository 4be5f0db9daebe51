package io.towline.agent.stream;

import io.towline.agent.v1.SignedEnvelope;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.ExportLayout;
import io.towline.envelope.ManifestEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** A folder with an export of a small fleet, as {@code towline export} writes it. */
public final class Exported {
  private final FakeFleet fleet;
  private final Path folder;

  public Exported(FakeFleet fleet, Path folder) {
    this.fleet = fleet;
    this.folder = folder;
  }

  public Path folder() {
    return folder;
  }

  /** Writes a whole one in the place of what lies there, the statement last. */
  public Exported write(SignedEnvelope envelope, BundleManifest... manifests) throws IOException {
    root(1, fleet.signedRoot(fleet.root(1, 1, fleet.rootKey, fleet.hubKey), fleet.rootKey));
    for (Digest digest : digests(manifests)) {
      body(digest);
    }
    return statement(envelope);
  }

  /** Writes a root. */
  public Exported root(long version, byte[] dsse) throws IOException {
    return file(ExportLayout.root(version), dsse);
  }

  /** Writes a body as the fleet has it. */
  public Exported body(Digest digest) throws IOException {
    return file(ExportLayout.object(digest), fleet.body(digest));
  }

  /** Writes a statement. */
  public Exported statement(SignedEnvelope envelope) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(envelope.getDsseGzip().newInput())) {
      return file(ExportLayout.STATEMENT, in.readAllBytes());
    }
  }

  /** Writes any file. */
  public Exported file(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.write(file, bytes);
    return this;
  }

  /** All manifests and their objects. */
  public static List<Digest> digests(BundleManifest... manifests) {
    List<Digest> digests = new ArrayList<>();
    for (BundleManifest manifest : manifests) {
      digests.add(manifest.digest());
      manifest.objects().stream().map(ManifestEntry::digest).forEach(digests::add);
    }
    return digests;
  }
}
