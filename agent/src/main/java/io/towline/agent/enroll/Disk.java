package io.towline.agent.enroll;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * The few effects on a file system that state needs, one method each, so that a failure can be
 * placed before, in or after every one of them. Only effects: reading needs no order.
 */
public interface Disk {
  /** Creates the directory and its parents, readable by the owner alone; none if it exists. */
  void createDirectories(Path directory) throws IOException;

  /**
   * Opens a file for writing, readable by the owner alone, and creates it if need be. Nothing that
   * is written is durable before {@link #force(Path)}.
   *
   * @param append whether to go on at its end; else what it held is dropped
   */
  OutputStream open(Path file, boolean append) throws IOException;

  /** Returns once the file's bytes survive a loss of power. */
  void force(Path file) throws IOException;

  /** Puts a file in the place of another in one step: a reader sees the old one or the new one. */
  void rename(Path from, Path to) throws IOException;

  /** Returns once the names in the directory survive a loss of power. */
  void forceDirectory(Path directory) throws IOException;

  /** Deletes a file; nothing happens if there is none. */
  void delete(Path file) throws IOException;
}
