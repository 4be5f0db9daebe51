package io.towline.hub.resolve;

import io.towline.vocabulary.Reason;

/**
 * Something wrong in a declaration or a manifest.
 *
 * @param bundle its name; empty when it concerns the whole source
 * @param file from the root of the source
 * @param line from 1; 0 when it concerns the whole file
 * @param column from 1; 0 when it concerns the whole file
 * @param field as a path, for example {@code targets[0].clusters}; empty if none
 * @param message one sentence: what is wrong and, where known, the nearest valid name
 */
public record Problem(
    String bundle, String file, int line, int column, String field, Reason reason, String message) {

  /** {@code file:line:column}, or the file alone. */
  public String place() {
    return line == 0 ? file : file + ":" + line + ":" + column;
  }
}
