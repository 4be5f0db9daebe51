package io.towline.hub.cli;

import io.towline.envelope.BodySource;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.ExportLayout;
import io.towline.envelope.Floor;
import io.towline.envelope.Limits;
import io.towline.envelope.Statement;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.fleet.v1.Envelope;
import io.towline.fleet.v1.GetEnvelopeRequest;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** An envelope with the roots and bodies that are needed to check it; none of it is believed. */
final class Evidence {
  /** All objects that one envelope may have, and what is beside them. */
  private static final int MAX_TAR_BYTES = 300_000_000;

  private final byte[] dsse;
  private final List<byte[]> roots;
  private final BodySource bodies;

  private Evidence(byte[] dsse, List<byte[]> roots, BodySource bodies) {
    this.dsse = dsse;
    this.roots = roots;
    this.bodies = bodies;
  }

  /** The envelope as it was received. */
  byte[] dsse() {
    return dsse.clone();
  }

  /** The root documents, oldest first. */
  List<byte[]> roots() {
    return List.copyOf(roots);
  }

  /** Those up to the one that the envelope says it was signed under. */
  List<byte[]> rootsOfItsTime() {
    long version = Statement.parse(Dsse.parse(dsse).payload()).rootVersion();
    return roots.subList(0, (int) Math.min(roots.size(), version));
  }

  BodySource bodies() {
    return bodies;
  }

  /**
   * The envelope, once it has passed what an agent of its cluster would ask of it.
   *
   * @param at the time to check for; empty: when it was issued
   * @throws VerificationException with the first reason to refuse it
   */
  VerifiedEnvelope verified(TrustedRoot root, Optional<Instant> at) {
    // Whom it says it is for; whether a key that may say so has signed it is checked below.
    Statement claimed = Statement.parse(Dsse.parse(dsse).payload());
    EnvelopeVerifier verifier = new EnvelopeVerifier(root.document().fleet(), claimed.cluster());
    return verifier.verifyBodies(
        verifier.verify(dsse, root, Floor.none(), at.orElse(claimed.issuedAt())), bodies);
  }

  /**
   * An exported envelope: {@code statement.dsse.json}, {@code root/<N>.root.dsse.json} and {@code
   * objects/<sha256>}. What else lies there is ignored; links are not followed.
   */
  static Evidence ofDirectory(Path directory) {
    byte[] dsse =
        read(directory.resolve(ExportLayout.STATEMENT), Limits.ENVELOPE_BYTES)
            .orElseThrow(Evidence::noStatement);
    List<byte[]> roots = new ArrayList<>();
    Optional<byte[]> root = read(rootFile(directory, 1), Limits.ROOT_BYTES);
    for (long version = 1; version <= Limits.ROOT_STEPS && root.isPresent(); version++) {
      roots.add(root.get());
      root = read(rootFile(directory, version + 1), Limits.ROOT_BYTES);
    }
    return new Evidence(
        dsse,
        roots,
        (digest, size) ->
            read(
                directory.resolve(ExportLayout.object(digest)),
                Math.min(size, Limits.STATEMENT_BYTES)));
  }

  /**
   * An exported envelope in one archive.
   *
   * @throws VerificationException {@code EnvelopeMalformed} if it is none
   */
  static Evidence ofTar(Path file) {
    SortedMap<String, byte[]> files = Tar.read(TrustFiles.bytes(file, MAX_TAR_BYTES));
    byte[] dsse =
        Optional.ofNullable(files.get(ExportLayout.STATEMENT)).orElseThrow(Evidence::noStatement);
    List<byte[]> roots = new ArrayList<>();
    for (long version = 1; version <= Limits.ROOT_STEPS; version++) {
      byte[] root = files.get(ExportLayout.root(version));
      if (root == null) {
        break;
      }
      roots.add(root);
    }
    return new Evidence(
        dsse, roots, (digest, size) -> Optional.ofNullable(files.get(ExportLayout.object(digest))));
  }

  /** The newest envelope that the hub has for a cluster, with all bodies. */
  static Evidence ofHub(Hub hub, String cluster) {
    Envelope envelope =
        hub.ask()
            .getEnvelope(
                GetEnvelopeRequest.newBuilder()
                    .setName("clusters/" + cluster)
                    .setWithBodies(true)
                    .build());
    Map<Digest, byte[]> bodies = new HashMap<>();
    for (Envelope.Body body : envelope.getBodiesList()) {
      bodies.put(Digest.parse(body.getSha256()), body.getContent().toByteArray());
    }
    return new Evidence(
        envelope.getDsse().toByteArray(),
        envelope.getRootsList().stream().map(root -> root.toByteArray()).toList(),
        (digest, size) -> Optional.ofNullable(bodies.get(digest)));
  }

  private static Path rootFile(Path directory, long version) {
    return directory.resolve(ExportLayout.root(version));
  }

  private static VerificationException noStatement() {
    return new VerificationException(
        Reason.ENVELOPE_MALFORMED, "there is no " + ExportLayout.STATEMENT);
  }

  /** A regular file's bytes; of a larger one a byte more than the limit, so that it is refused. */
  private static Optional<byte[]> read(Path file, long limit) {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file)) {
      return Optional.of(in.readNBytes((int) limit + 1));
    } catch (IOException e) {
      throw new CliException(
          ExitCode.NOT_FOUND, file + " cannot be read", "", e.getClass().getSimpleName(), "");
    }
  }
}
