package io.towline.hub.resolve;

import io.towline.hub.git.FileTree;
import io.towline.hub.git.Revision;

/**
 * One revision of one source, as declarations are read from it.
 *
 * @param revision names the source and the commit
 * @param files of that commit, from the source's root
 * @param declaresClusters whether its Cluster files count; otherwise they are a mistake
 */
public record SourceSnapshot(Revision revision, FileTree files, boolean declaresClusters) {
  /** The source's name. */
  public String source() {
    return revision.source();
  }
}
