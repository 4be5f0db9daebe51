package io.towline.agent.app;

import io.towline.agent.apply.InventoryChange;
import io.towline.agent.apply.InventoryEntry;
import io.towline.agent.apply.InventoryStore;
import io.towline.agent.enroll.Disk;
import io.towline.envelope.Digest;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.ObjectRef;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UTFDataFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The inventory as a log of changes: one frame a write, each with its length and a SHA-256, so that
 * a write that was cut is told from one that is whole, and counts as not made. When most of the log
 * is history it is written anew beside the old one and takes its place.
 *
 * <p>What stands behind a damaged frame is not believed. That costs a little work and no object: an
 * entry that is missing is applied again, and is not pruned.
 */
final class InventoryFile implements InventoryStore {
  private static final int MAGIC = 0x54574C31; // TWL1
  private static final int MAX_FRAME_BYTES = 16 * 1024 * 1024;
  private static final int ENTRIES_PER_FRAME = 200;

  /** Below this a log is not worth writing anew. */
  private static final long SMALLEST_COMPACTION = 256 * 1024;

  /** How much of the log may be history. */
  private static final int HISTORY_FACTOR = 4;

  private static final byte PUT = 1;
  private static final byte REMOVE = 2;
  private static final byte WHOLE = 3;
  private static final byte FORGET = 4;

  /** Beside {@link #PUT}, which agents write and read that know no waves. */
  private static final byte PUT_IN_WAVE = 5;

  private final Disk disk;
  private final Path file;
  private final Map<ObjectIdentity, InventoryEntry> entries = new LinkedHashMap<>();
  private final Map<String, Digest> manifests = new LinkedHashMap<>();
  private long size;
  private long sizeWhenCompact;
  private boolean cut;

  InventoryFile(Disk disk, Path directory) {
    this.disk = disk;
    this.file = directory.resolve("inventory.log");
  }

  @Override
  public synchronized Kept load() throws IOException {
    entries.clear();
    manifests.clear();
    size = 0;
    boolean whole = true;
    if (Files.exists(file)) {
      try (InputStream stream = Files.newInputStream(file);
          DataInputStream in = new DataInputStream(new BufferedInputStream(stream))) {
        whole = readFrames(in);
      }
    }
    if (!whole) {
      cut = true;
      compact();
    } else {
      sizeWhenCompact = Math.max(size, 1);
    }
    return new Kept(List.copyOf(entries.values()), Map.copyOf(manifests));
  }

  /** Whether {@link #load()} found a write that was not whole, and went on without it. */
  synchronized boolean wasCut() {
    return cut;
  }

  /** Whether the log ends where a frame ends. */
  private boolean readFrames(DataInputStream in) throws IOException {
    while (true) {
      int magic;
      try {
        magic = in.readInt();
      } catch (EOFException e) {
        return in.available() == 0 && size == Files.size(file);
      }
      try {
        int length = in.readInt();
        if (magic != MAGIC || length < 0 || length > MAX_FRAME_BYTES) {
          return false;
        }
        byte[] sum = in.readNBytes(Digest.BYTES);
        byte[] frame = in.readNBytes(length);
        if (frame.length != length
            || sum.length != Digest.BYTES
            || !Digest.ofHash(sum).equals(Digest.of(frame))) {
          return false;
        }
        readChanges(frame).forEach(this::remember);
        size += frameBytes(length);
      } catch (EOFException | UTFDataFormatException | IllegalArgumentException e) {
        return false;
      }
    }
  }

  @Override
  public synchronized void write(List<InventoryChange> changes) throws IOException {
    if (changes.isEmpty()) {
      return;
    }
    byte[] frame = frame(changes);
    try {
      append(file, frame, size > 0);
    } catch (IOException e) {
      // Half a frame may be there: what is appended behind it would never be read.
      size = Files.exists(file) ? -1 : 0;
      throw e;
    }
    size += frame.length;
    changes.forEach(this::remember);
    if (size > SMALLEST_COMPACTION && size / HISTORY_FACTOR > sizeWhenCompact) {
      compact();
    }
  }

  private void append(Path to, byte[] bytes, boolean exists) throws IOException {
    if (size < 0) {
      compact();
    }
    try (OutputStream out = disk.open(to, true)) {
      out.write(bytes);
    }
    disk.force(to);
    if (!exists) {
      disk.forceDirectory(directory());
    }
  }

  private void compact() throws IOException {
    Path temporary = directory().resolve("inventory.tmp");
    List<InventoryChange> all = new ArrayList<>();
    entries.values().forEach(entry -> all.add(new InventoryChange.Put(entry)));
    manifests.forEach((bundle, manifest) -> all.add(new InventoryChange.Whole(bundle, manifest)));
    long written = 0;
    try (OutputStream out = disk.open(temporary, false)) {
      for (int at = 0; at < all.size(); at += ENTRIES_PER_FRAME) {
        byte[] frame = frame(all.subList(at, Math.min(all.size(), at + ENTRIES_PER_FRAME)));
        out.write(frame);
        written += frame.length;
      }
    }
    disk.force(temporary);
    disk.rename(temporary, file);
    disk.forceDirectory(directory());
    size = written;
    sizeWhenCompact = Math.max(written, 1);
  }

  private Path directory() {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }

  private void remember(InventoryChange change) {
    switch (change) {
      case InventoryChange.Put put -> entries.put(put.entry().ref().identity(), put.entry());
      case InventoryChange.Remove remove -> entries.remove(remove.identity());
      case InventoryChange.Whole whole -> manifests.put(whole.bundle(), whole.manifest());
      case InventoryChange.Forget forget -> manifests.remove(forget.bundle());
    }
  }

  private static long frameBytes(int payload) {
    return 2L * Integer.BYTES + Digest.BYTES + payload;
  }

  private static byte[] frame(List<InventoryChange> changes) throws IOException {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(payload);
    for (InventoryChange change : changes) {
      write(out, change);
    }
    byte[] bytes = payload.toByteArray();
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    DataOutputStream head = new DataOutputStream(frame);
    head.writeInt(MAGIC);
    head.writeInt(bytes.length);
    head.write(Digest.of(bytes).bytes());
    head.write(bytes);
    return frame.toByteArray();
  }

  private static void write(DataOutputStream out, InventoryChange change) throws IOException {
    switch (change) {
      case InventoryChange.Put(InventoryEntry entry) -> {
        out.writeByte(entry.wave() == 0 ? PUT : PUT_IN_WAVE);
        out.writeUTF(entry.ref().apiVersion());
        out.writeUTF(entry.ref().kind());
        out.writeUTF(entry.ref().namespace());
        out.writeUTF(entry.ref().name());
        out.writeUTF(entry.bundle());
        out.writeUTF(entry.serviceAccount());
        out.write(entry.digest().bytes());
        out.writeUTF(entry.uid().orElse(""));
        out.writeBoolean(entry.confirmed());
        if (entry.wave() != 0) {
          out.writeInt(entry.wave());
        }
      }
      case InventoryChange.Remove(ObjectIdentity identity) -> {
        out.writeByte(REMOVE);
        out.writeUTF(identity.group());
        out.writeUTF(identity.kind());
        out.writeUTF(identity.namespace());
        out.writeUTF(identity.name());
      }
      case InventoryChange.Whole(String bundle, Digest manifest) -> {
        out.writeByte(WHOLE);
        out.writeUTF(bundle);
        out.write(manifest.bytes());
      }
      case InventoryChange.Forget(String bundle) -> {
        out.writeByte(FORGET);
        out.writeUTF(bundle);
      }
    }
  }

  private static List<InventoryChange> readChanges(byte[] frame) throws IOException {
    List<InventoryChange> changes = new ArrayList<>();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(frame));
    while (in.available() > 0) {
      byte kind = in.readByte();
      changes.add(
          switch (kind) {
            case PUT -> new InventoryChange.Put(readEntry(in, false));
            case PUT_IN_WAVE -> new InventoryChange.Put(readEntry(in, true));
            case REMOVE ->
                new InventoryChange.Remove(
                    new ObjectIdentity(in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF()));
            case WHOLE -> new InventoryChange.Whole(in.readUTF(), readDigest(in));
            case FORGET -> new InventoryChange.Forget(in.readUTF());
            default -> throw new IllegalArgumentException("a change of a newer version");
          });
    }
    return changes;
  }

  private static InventoryEntry readEntry(DataInputStream in, boolean inWave) throws IOException {
    ObjectRef ref = new ObjectRef(in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF());
    String bundle = in.readUTF();
    String serviceAccount = in.readUTF();
    Digest digest = readDigest(in);
    String uid = in.readUTF();
    boolean confirmed = in.readBoolean();
    return new InventoryEntry(
        ref,
        bundle,
        serviceAccount,
        digest,
        uid.isEmpty() ? Optional.empty() : Optional.of(uid),
        confirmed,
        inWave ? in.readInt() : 0);
  }

  private static Digest readDigest(DataInputStream in) throws IOException {
    return Digest.ofHash(in.readNBytes(Digest.BYTES));
  }
}
