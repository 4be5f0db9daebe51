package io.towline.hub.render;

import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one render of one bundle gave. Equal inputs give equal bytes. The arrays are shared, not
 * copied, and nobody may change them.
 *
 * @param manifest its objects by digest, and the policies
 * @param objects the bodies: deterministic JSON, in the order of their digests
 * @param tools what rendered it, for example {@code kustomize v5.8.1}; goes into the statement
 */
public record RenderedBundle(
    BundleManifest manifest, SortedMap<Digest, byte[]> objects, List<String> tools) {
  public RenderedBundle {
    objects = Collections.unmodifiableSortedMap(new TreeMap<>(objects));
    tools = List.copyOf(tools);
  }
}
