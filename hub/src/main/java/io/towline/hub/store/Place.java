package io.towline.hub.store;

import java.util.Comparator;

/** A place in the order of one cluster's envelopes: first by epoch, then by sequence. */
public record Place(long epoch, long sequence) implements Comparable<Place> {
  /** Before the first envelope. */
  public static final Place NONE = new Place(0, 0);

  private static final Comparator<Place> ORDER =
      Comparator.comparingLong(Place::epoch).thenComparingLong(Place::sequence);

  @Override
  public int compareTo(Place other) {
    return ORDER.compare(this, other);
  }
}
