package io.towline.hub.store;

import java.util.List;
import java.util.Optional;

/**
 * Part of a list.
 *
 * @param next where it ended; empty if nothing follows
 * @param total rows of the whole list, at the time of this page
 */
public record Page<T>(List<T> items, Optional<Cursor> next, long total) {
  public Page {
    items = List.copyOf(items);
  }
}
