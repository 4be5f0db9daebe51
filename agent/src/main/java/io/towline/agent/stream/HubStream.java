package io.towline.agent.stream;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One streaming call, read and written by blocking. One thread may read while another writes; any
 * thread may cancel. At most one message waits unread, so a slow reader slows the hub down and
 * nothing piles up here.
 */
public final class HubStream<Q, R> implements AutoCloseable {
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(30);

  private final BlockingClientCall<Q, R> call;

  @SuppressWarnings(
      "unchecked") // The generated stub hides the request type of calls with one request.
  HubStream(BlockingClientCall<?, R> call) {
    this.call = (BlockingClientCall<Q, R>) call;
  }

  /**
   * The next message; empty if the hub ended the call well.
   *
   * @throws HubException {@code SILENT} if none came in time, else what ended the call
   */
  public Optional<R> read(Duration timeout) throws HubException, InterruptedException {
    try {
      return Optional.ofNullable(call.read(timeout.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      throw new HubException(
          HubException.Kind.SILENT, "no message from the hub for " + timeout.toMillis() + " ms");
    } catch (StatusException e) {
      throw HubException.of(e);
    } catch (RejectedExecutionException e) {
      throw closed();
    }
  }

  /**
   * Sends a message as soon as the transport takes it.
   *
   * @throws HubException if the call has ended, or the transport took nothing for 30 s
   */
  public void write(Q message) throws HubException, InterruptedException {
    try {
      if (!call.write(message, WRITE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new HubException(HubException.Kind.UNAVAILABLE, "the hub takes no more reports");
      }
    } catch (TimeoutException e) {
      throw new HubException(HubException.Kind.SILENT, "the hub reads no reports");
    } catch (StatusException e) {
      throw HubException.of(e);
    } catch (RejectedExecutionException e) {
      throw closed();
    }
  }

  /** Ends the call if it has not ended; a reader and a writer of it fail. */
  @Override
  public void close() {
    try {
      call.cancel("the agent ended the call", null);
    } catch (RejectedExecutionException e) {
      // The connection was closed before: so was the call.
    }
  }

  /** The transport's thread ends with the connection, also below calls that are open. */
  private static HubException closed() {
    return new HubException(HubException.Kind.UNAVAILABLE, "the connection is closed");
  }
}
