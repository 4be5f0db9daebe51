package io.towline.agent.stream;

import io.towline.envelope.Digest;
import java.util.List;

/**
 * A body that a verified statement or manifest names and that is not here.
 *
 * @param size its signed size in bytes
 * @param bases bodies that are here and that a delta may start from; at most {@link #MAX_BASES}
 */
public record Wanted(Digest digest, long size, List<Digest> bases) {
  /** Bases that are offered for one body. */
  public static final int MAX_BASES = 4;

  public Wanted {
    bases = List.copyOf(bases);
    if (size < 0 || bases.size() > MAX_BASES) {
      throw new IllegalArgumentException("size " + size + ", " + bases.size() + " bases");
    }
  }

  /**
   * The largest encoded form of it: deflate's stored blocks add five bytes to each 16 KiB (RFC
   * 1951, section 3.2.4), gzip a header and a trailer.
   */
  public long maxEncodedSize() {
    return size + size / 1024 + 1024;
  }
}
