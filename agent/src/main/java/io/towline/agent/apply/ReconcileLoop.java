package io.towline.agent.apply;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Passes over the newest desired state until nothing is left to do, and again when something
 * changed or is due. The newest state wins: one that is being applied is left in the middle for it.
 */
public final class ReconcileLoop implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(ReconcileLoop.class);
  private static final Duration IDLE = Duration.ofHours(1);
  private static final Duration BROKEN_FIRST = Duration.ofSeconds(1);
  private static final Duration BROKEN_LONGEST = Duration.ofMinutes(1);

  private final Reconciler reconciler;
  private final ApplyListener listener;
  private final Bell bell;
  private final Pace pace;
  private volatile Optional<DesiredState> newest = Optional.empty();
  private volatile boolean closed;
  private final Thread thread;

  /**
   * @param bell rings when something changed that may let a failed or waiting bundle go on
   */
  public ReconcileLoop(Reconciler reconciler, ApplyListener listener, Bell bell, Pace pace) {
    this.reconciler = reconciler;
    this.listener = listener;
    this.bell = bell;
    this.pace = pace;
    this.thread = Thread.ofVirtual().name("towline-reconcile").unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /** Takes up a state; what was offered before and not begun is skipped. Returns at once. */
  public void offer(DesiredState state) {
    newest = Optional.of(state);
    bell.ring();
  }

  private void run() {
    Optional<DesiredState> current = Optional.empty();
    int broken = 0;
    try {
      while (!closed) {
        Optional<DesiredState> wanted = newest;
        Duration wait = IDLE;
        if (wanted.isPresent()) {
          if (!wanted.equals(current)) {
            listener.desired(wanted.get());
            current = wanted;
          }
          try {
            wait = untilNext(reconciler.pass(wanted.get(), () -> isSuperseded(wanted)));
            broken = 0;
          } catch (IOException | RuntimeException e) {
            // The inventory cannot be kept: nothing new is applied until it can.
            broken++;
            LOG.errorf(e, "a pass was given up");
            wanted.get().bundles().forEach(bundle -> tellGivenUp(wanted.get(), bundle));
            wait = pace.backoff(BROKEN_FIRST, BROKEN_LONGEST, broken);
          }
        }
        if (bell.await(wait)) {
          reconciler.wake();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tellGivenUp(DesiredState state, DesiredBundle bundle) {
    listener.bundle(
        new AppliedBundle(
            bundle.name(),
            state.sequence(),
            bundle.manifest(),
            bundle.objects().size(),
            0,
            List.of(),
            new AppliedBundle.Outcome.Incomplete(
                Reason.INTERNAL, "the agent cannot go on: its log says why")));
  }

  private boolean isSuperseded(Optional<DesiredState> state) {
    return closed || !newest.equals(state);
  }

  private Duration untilNext(Optional<Instant> next) {
    return next.map(at -> Duration.between(pace.clock().instant(), at))
        .map(left -> left.isNegative() ? Duration.ZERO : left)
        .orElse(IDLE);
  }

  /** Ends after the calls that are on their way. */
  @Override
  public void close() throws InterruptedException {
    closed = true;
    bell.ring();
    if (!thread.join(Duration.ofSeconds(5))) {
      thread.interrupt();
    }
  }
}
