package io.towline.hub.cli;

import com.google.protobuf.Message;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.towline.fleet.v1.WatchEvent;
import io.towline.fleet.v1.WatchRequest;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Follows the hub's changes until somebody has seen enough. A broken stream is taken up again where
 * it ended, and said once; nothing is asked twice that was told.
 */
final class Changes {
  /** What a watcher says to each event. */
  enum Answer {
    MORE,
    ENOUGH
  }

  /** Sees what the stream brings. */
  interface Watcher {
    /** Something is there, or has changed. */
    Answer upserted(Kind kind, Message item);

    /** Something is gone; only its name is set. */
    default Answer removed(Kind kind, Message item) {
      return Answer.MORE;
    }

    /** Everything that there is has been told. */
    default Answer complete() {
      return Answer.MORE;
    }

    /** What was told is void and is told anew. */
    default void reset() {}
  }

  /** Attempts in a row that may fail before the watch gives up. */
  private static final int ATTEMPTS = 10;

  private static final Duration MAX_PAUSE = Duration.ofSeconds(5);

  private final Hub hub;
  private final Terminal terminal;

  Changes(Hub hub, Terminal terminal) {
    this.hub = hub;
    this.terminal = terminal;
  }

  /**
   * Follows.
   *
   * @param limit how long at most; empty: until the watcher has seen enough
   * @return whether the watcher has seen enough; if not, time is up
   */
  boolean follow(List<Kind> kinds, String filter, Optional<Duration> limit, Watcher watcher) {
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      Optional<Thread> timer =
          limit.map(time -> Thread.ofVirtual().start(() -> endAfter(time, context)));
      try {
        return context.call(() -> attempts(kinds, filter, watcher));
      } catch (StatusRuntimeException e) {
        if (context.cancellationCause() instanceof TimeIsUp) {
          return false;
        }
        throw e;
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      } finally {
        timer.ifPresent(Thread::interrupt);
      }
    }
  }

  private static void endAfter(Duration time, Context.CancellableContext context) {
    try {
      Thread.sleep(time);
      context.cancel(new TimeIsUp());
    } catch (InterruptedException e) {
      // Seen enough before the time was up.
      Thread.currentThread().interrupt();
    }
  }

  private boolean attempts(List<Kind> kinds, String filter, Watcher watcher)
      throws InterruptedException {
    String token = "";
    int failures = 0;
    while (true) {
      WatchRequest request =
          WatchRequest.newBuilder()
              .addAllTypes(kinds.stream().map(Kind::type).toList())
              .setFilter(filter)
              .setResumeToken(token)
              .build();
      try {
        Iterator<WatchEvent> events = hub.watch(request);
        while (events.hasNext()) {
          WatchEvent event = events.next();
          failures = 0;
          if (!event.getResumeToken().isEmpty()) {
            token = event.getResumeToken();
          }
          if (tell(event, watcher) == Answer.ENOUGH) {
            return true;
          }
        }
      } catch (StatusRuntimeException e) {
        boolean broken = e.getStatus().getCode() == Status.Code.UNAVAILABLE && !token.isEmpty();
        if (!broken || failures >= ATTEMPTS || Context.current().isCancelled()) {
          throw e;
        }
      }
      if (failures == 0) {
        terminal.say("The hub ended the watch; taking it up again.");
      }
      failures++;
      if (failures > ATTEMPTS) {
        throw Status.UNAVAILABLE.withDescription("the watch ends at once").asRuntimeException();
      }
      pause(failures);
    }
  }

  /** Ends early when the time is up, so that a limit holds between attempts too. */
  private static void pause(int failures) throws InterruptedException {
    long millis = Math.min(MAX_PAUSE.toMillis(), 100L << Math.min(failures, 10));
    var over = new CountDownLatch(1);
    Context.CancellationListener listener = context -> over.countDown();
    Context.current().addListener(listener, Runnable::run);
    try {
      if (over.await(millis, TimeUnit.MILLISECONDS)) {
        throw Status.CANCELLED.asRuntimeException();
      }
    } finally {
      Context.current().removeListener(listener);
    }
  }

  private static Answer tell(WatchEvent event, Watcher watcher) {
    return switch (event.getKind()) {
      case KIND_UPSERTED -> watcher.upserted(kind(event), item(event));
      case KIND_REMOVED -> watcher.removed(kind(event), item(event));
      case KIND_BOOKMARK -> watcher.complete();
      case KIND_RESET -> {
        watcher.reset();
        yield Answer.MORE;
      }
      // From a newer hub.
      case KIND_UNSPECIFIED, UNRECOGNIZED -> Answer.MORE;
    };
  }

  private static Kind kind(WatchEvent event) {
    return switch (event.getObjectCase()) {
      case CLUSTER -> Kind.CLUSTER;
      case BUNDLE -> Kind.BUNDLE;
      case TARGET -> Kind.TARGET;
      case SOURCE -> Kind.SOURCE;
      case DRIFT -> Kind.DRIFT;
      case EVENT -> Kind.EVENT;
      case OBJECT_NOT_SET -> throw nothing();
    };
  }

  private static Message item(WatchEvent event) {
    return switch (event.getObjectCase()) {
      case CLUSTER -> event.getCluster();
      case BUNDLE -> event.getBundle();
      case TARGET -> event.getTarget();
      case SOURCE -> event.getSource();
      case DRIFT -> event.getDrift();
      case EVENT -> event.getEvent();
      case OBJECT_NOT_SET -> throw nothing();
    };
  }

  private static CliException nothing() {
    return new CliException(
        ExitCode.INTERNAL, "The hub sent a change of nothing", "", "", "compare towline version");
  }

  /** Why the context was cancelled. */
  private static final class TimeIsUp extends Exception {}
}
