package io.towline.hub.store;

import java.util.Optional;

/**
 * Which part of a list.
 *
 * @param size rows, from 1 to {@link #MAX_SIZE}
 * @param after where the page before ended
 */
public record PageRequest(int size, Optional<Cursor> after) {
  public static final int MAX_SIZE = 1_000;

  public PageRequest {
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException("size: " + size);
    }
  }

  /** The first page of that size. */
  public static PageRequest first(int size) {
    return new PageRequest(size, Optional.empty());
  }
}
