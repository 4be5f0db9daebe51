package io.towline.hub.git;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.eclipse.jgit.lib.EmptyProgressMonitor;
import org.eclipse.jgit.lib.ProgressMonitor;

/** What one fetch may still cost: bytes and time. For one fetch, which may use several threads. */
final class FetchBudget {
  private final InstantSource clock;
  private final Instant deadline;
  private final long maxBytes;
  private volatile long bytes;
  private volatile boolean spent;

  FetchBudget(InstantSource clock, Duration time, long maxBytes) {
    this.clock = clock;
    this.deadline = clock.instant().plus(time);
    this.maxBytes = maxBytes;
  }

  /** Whether the fetch was ended because it cost too much. */
  boolean isSpent() {
    return spent;
  }

  /** Counts what is read, and fails when it is too much or too late. */
  InputStream count(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        int b = super.read();
        spend(b < 0 ? 0 : 1);
        return b;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int n = super.read(buffer, offset, length);
        spend(Math.max(n, 0));
        return n;
      }
    };
  }

  /** Ends what JGit does between two steps when it is too late. */
  ProgressMonitor monitor() {
    return new EmptyProgressMonitor() {
      @Override
      public boolean isCancelled() {
        return isTooMuch();
      }
    };
  }

  private synchronized void spend(int more) throws IOException {
    bytes += more;
    if (isTooMuch()) {
      throw new IOException("the fetch exceeds its limits");
    }
  }

  private boolean isTooMuch() {
    if (bytes > maxBytes || clock.instant().isAfter(deadline)) {
      spent = true;
    }
    return spent;
  }
}
