package io.towline.hub.store;

import java.util.List;

/**
 * Where a page ended: the sort keys of its last row, as text. The next page begins after them,
 * whatever came or went meanwhile.
 */
public record Cursor(List<String> keys) {
  public Cursor {
    keys = List.copyOf(keys);
  }
}
