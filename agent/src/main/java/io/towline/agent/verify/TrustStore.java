package io.towline.agent.verify;

import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.StateException;
import io.towline.envelope.Digest;
import io.towline.envelope.Floor;
import io.towline.envelope.RootChain;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The roots and the floor: what the agent believes, and what it never goes below again. The disk is
 * written before anything is believed or applied; the mirror follows, and is read at the start, so
 * that losing either loses nothing.
 *
 * <p>Two files: {@code trust} holds the {@link TrustRecord}, {@code root-N} the signed root that it
 * names by digest. The root is written first, so the record never names one that is not there. Safe
 * for use by many threads.
 */
public final class TrustStore {
  private static final String TRUST = "trust";
  private static final String ROOT = "root-";

  private final DurableFiles files;
  private final Identity identity;
  private TrustRecord record;
  private @Nullable TrustedRoot root;
  private @Nullable TrustRecord mirrored;
  private Optional<String> mirrorVersion;

  private TrustStore(
      DurableFiles files,
      Identity identity,
      TrustRecord record,
      @Nullable TrustedRoot root,
      Optional<String> mirrorVersion,
      @Nullable TrustRecord mirrored) {
    this.files = files;
    this.identity = identity;
    this.record = record;
    this.root = root;
    this.mirrorVersion = mirrorVersion;
    this.mirrored = mirrored;
  }

  /**
   * Brings disk and mirror together: the higher of both counts. If one of them is missing or
   * damaged, the other counts.
   *
   * @param knownBefore whether this agent started before, so that there has to be a record
   * @throws VerificationException {@code TrustStateLost} if neither holds a sound record although
   *     one has to be there, they contradict each other, or one is that of another cluster
   * @throws StateException if the disk fails
   */
  public static TrustStore load(
      DurableFiles files, Identity identity, boolean knownBefore, TrustMirror.Reading mirror) {
    Sound disk = readDisk(files);
    Sound mirrored = readMirror(mirror);
    Optional<TrustRecord> onDisk = disk.record();
    Optional<TrustRecord> inMirror = mirrored.record();
    refuseForeign(identity, onDisk);
    refuseForeign(identity, inMirror);
    if (onDisk.isEmpty()
        && inMirror.isEmpty()
        && (knownBefore || disk.damaged() || mirrored.damaged())) {
      throw new VerificationException(
          Reason.TRUST_STATE_LOST,
          "this agent accepted envelopes before, and neither its volume nor its Secret holds a"
              + " sound record of them");
    }
    TrustRecord record =
        onDisk
            .flatMap(d -> inMirror.map(d::highest))
            .or(() -> onDisk)
            .or(() -> inMirror)
            .orElseGet(() -> TrustRecord.founded(identity.fleet(), identity.cluster()));
    if (!onDisk.equals(Optional.of(record))) {
      files.write(TRUST, record.text().getBytes(StandardCharsets.UTF_8));
    }
    Optional<String> version =
        mirror instanceof TrustMirror.Reading.Present present
            ? Optional.of(present.version())
            : Optional.empty();
    return new TrustStore(
        files,
        identity,
        record,
        readRoot(files, record).orElse(null),
        version,
        inMirror.orElse(null));
  }

  private record Sound(Optional<TrustRecord> record, boolean damaged) {}

  private static Sound readDisk(DurableFiles files) {
    try {
      return new Sound(
          files
              .read(TRUST)
              .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
              .map(TrustRecord::parse),
          false);
    } catch (StateException e) {
      if (e.reason() != Reason.TRUST_STATE_LOST) {
        throw e;
      }
      return new Sound(Optional.empty(), true);
    } catch (VerificationException e) {
      return new Sound(Optional.empty(), true);
    }
  }

  private static Sound readMirror(TrustMirror.Reading mirror) {
    return switch (mirror) {
      case TrustMirror.Reading.Absent absent -> new Sound(Optional.empty(), false);
      case TrustMirror.Reading.Denied denied -> new Sound(Optional.empty(), false);
      case TrustMirror.Reading.Present present -> {
        try {
          yield new Sound(Optional.of(TrustRecord.parse(present.text())), false);
        } catch (VerificationException e) {
          yield new Sound(Optional.empty(), true);
        }
      }
    };
  }

  private static void refuseForeign(Identity identity, Optional<TrustRecord> record) {
    if (record.isPresent()
        && !(record.get().fleet().equals(identity.fleet())
            && record.get().cluster().equals(identity.cluster()))) {
      throw new VerificationException(
          Reason.TRUST_STATE_LOST, "the trust record is that of another cluster");
    }
  }

  /** The root is found again by fetching the chain, so a damaged file only costs that. */
  private static Optional<TrustedRoot> readRoot(DurableFiles files, TrustRecord record) {
    if (record.rootPayload().isEmpty()) {
      return Optional.empty();
    }
    Digest payload = record.rootPayload().get();
    try {
      return files.read(ROOT + record.rootVersion()).map(dsse -> RootChain.pinned(dsse, payload));
    } catch (StateException | VerificationException e) {
      return Optional.empty();
    }
  }

  /** The newest root; empty until one was fetched. */
  public synchronized Optional<TrustedRoot> root() {
    return Optional.ofNullable(root);
  }

  /** The version of the newest root that was accepted, whether or not it is here; 0 if none. */
  public synchronized long rootVersion() {
    return record.rootVersion();
  }

  /** The digest that root 1 has to have. */
  public Digest firstRoot() {
    return identity.firstRoot();
  }

  /** What the next envelope must not be below. */
  public synchronized Floor floor() {
    return record.floor();
  }

  /**
   * Believes a root from now on. Durable on return.
   *
   * @throws VerificationException {@code RootInvalid} if it is below the newest one, or another of
   *     the same version
   * @throws StateException if it cannot be stored; the old one then still counts
   */
  public synchronized void believe(TrustedRoot next) {
    long version = next.document().version();
    boolean sameAgain =
        version == record.rootVersion() && record.rootPayload().equals(Optional.of(next.payload()));
    if (version < record.rootVersion() || (version == record.rootVersion() && !sameAgain)) {
      throw new VerificationException(
          Reason.ROOT_INVALID,
          "root version " + version + " is not the one that was accepted before");
    }
    files.write(ROOT + version, next.dsse());
    TrustRecord newer = record.withRoot(version, next.payload());
    long before = record.rootVersion();
    if (!newer.equals(record)) {
      files.write(TRUST, newer.text().getBytes(StandardCharsets.UTF_8));
    }
    record = newer;
    root = next;
    if (before > 0 && before != version) {
      files.delete(ROOT + before);
    }
  }

  /**
   * Raises the floor, if it is still where the caller saw it. Durable on return; only then may
   * anything be applied.
   *
   * @throws VerificationException {@code SequenceRollback} if the floor moved, or would go down
   * @throws StateException if it cannot be stored; the old one then still counts
   */
  public synchronized void raise(Floor seen, Floor next) {
    if (!record.floor().equals(seen)
        || TrustRecord.comparePlace(next, seen) < 0
        || next.time().isBefore(seen.time())) {
      throw new VerificationException(
          Reason.SEQUENCE_ROLLBACK, "the floor moved while the envelope was verified");
    }
    TrustRecord higher = record.withFloor(next);
    if (!higher.equals(record)) {
      files.write(TRUST, higher.text().getBytes(StandardCharsets.UTF_8));
      record = higher;
    }
  }

  /** Whether the mirror is behind. */
  public synchronized boolean mirrorIsBehind() {
    return !record.equals(mirrored);
  }

  /**
   * Brings the mirror up to date. If somebody else changed it, what it says is taken in first: the
   * floor only ever rises.
   *
   * @throws TrustMirror.MirrorException if it was not written; to be tried again
   * @throws VerificationException {@code TrustStateLost} if the mirror contradicts the disk
   */
  public void updateMirror(TrustMirror mirror)
      throws TrustMirror.MirrorException, InterruptedException {
    TrustRecord newest;
    Optional<String> version;
    synchronized (this) {
      newest = record;
      version = mirrorVersion;
    }
    try {
      String written = mirror.write(newest.text(), version);
      synchronized (this) {
        mirrorVersion = Optional.of(written);
        mirrored = newest;
      }
    } catch (TrustMirror.MirrorException e) {
      if (e.kind() == TrustMirror.MirrorException.Kind.CHANGED) {
        takeIn(mirror.read());
      }
      throw e;
    }
  }

  private synchronized void takeIn(TrustMirror.Reading reading) {
    mirrored = readMirror(reading).record().orElse(null);
    mirrorVersion =
        reading instanceof TrustMirror.Reading.Present present
            ? Optional.of(present.version())
            : Optional.empty();
    TrustRecord found = mirrored;
    if (found != null) {
      TrustRecord higher = record.highest(found);
      if (!higher.equals(record)) {
        files.write(TRUST, higher.text().getBytes(StandardCharsets.UTF_8));
        record = higher;
      }
    }
  }
}
