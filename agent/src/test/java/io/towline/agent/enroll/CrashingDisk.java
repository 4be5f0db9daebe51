package io.towline.agent.enroll;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * A real disk that fails at the n-th effect and at every one after it, as a process that was
 * killed, until it is mended. A write that is cut leaves half of its bytes behind.
 */
public final class CrashingDisk implements Disk {
  private final Disk real = new LocalDisk();
  private int failAt;
  private int effects;

  /** Fails at effect {@code failAt}, counted from 1; never if it is {@link Integer#MAX_VALUE}. */
  public CrashingDisk(int failAt) {
    this.failAt = failAt;
  }

  /** Fails from now on. */
  public synchronized void fail() {
    failAt = effects + 1;
  }

  /** Works from now on, as a full disk that somebody made room on. */
  public synchronized void mend() {
    failAt = Integer.MAX_VALUE;
  }

  /** How many effects were asked for so far. */
  public synchronized int effects() {
    return effects;
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    next();
    real.createDirectories(directory);
  }

  @Override
  public OutputStream open(Path file, boolean append) throws IOException {
    next();
    OutputStream out = real.open(file, append);
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
          next();
        } catch (IOException e) {
          if (crashedJustNow()) {
            out.write(bytes, offset, length / 2);
          }
          throw e;
        }
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        out.close();
      }
    };
  }

  @Override
  public void force(Path file) throws IOException {
    next();
    real.force(file);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    next();
    real.rename(from, to);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    next();
    real.forceDirectory(directory);
  }

  @Override
  public void delete(Path file) throws IOException {
    next();
    real.delete(file);
  }

  private synchronized boolean crashedJustNow() {
    return effects == failAt;
  }

  private synchronized void next() throws IOException {
    effects++;
    if (effects >= failAt) {
      throw new IOException("the disk is gone at effect " + effects);
    }
  }
}
