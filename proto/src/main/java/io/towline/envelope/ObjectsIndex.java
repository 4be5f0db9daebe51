package io.towline.envelope;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The one subject of a statement: a line {@code <sha256> objects/<sha256>} for every manifest and
 * object, as sha256sum reads it. It is derived and never sent.
 */
public final class ObjectsIndex {
  /** The subject's name. */
  public static final String NAME = "objects.index";

  private ObjectsIndex() {}

  /** The digest of {@link #bytesOf}; repeated digests count once, order does not matter. */
  public static Digest digestOf(Collection<Digest> digests) {
    return Digest.of(bytesOf(digests));
  }

  /** The index itself: sorted unique lines, each ended by a newline. */
  public static byte[] bytesOf(Collection<Digest> digests) {
    SortedSet<Digest> sorted = new TreeSet<>(digests);
    StringBuilder out = new StringBuilder();
    for (Digest digest : sorted) {
      out.append(digest.hex()).append("  objects/").append(digest.hex()).append('\n');
    }
    return out.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
