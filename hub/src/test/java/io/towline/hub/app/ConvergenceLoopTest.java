package io.towline.hub.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.hub.app.Convergence.Pass;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConvergenceLoopTest {
  private static final Pass DONE = new Pass(0, 0, false, Optional.empty());
  private static final Pass UNDONE = new Pass(0, 0, true, Optional.empty());
  private static final Duration LONG = Duration.ofSeconds(20);

  private final List<LoopThread> started = new ArrayList<>();
  private final BlockingQueue<Duration> pauses = new LinkedBlockingQueue<>();

  @AfterEach
  void stop() {
    LoopThread.stop(started);
  }

  @Test
  void whatIsAskedForDuringAPassIsServedByOnePassAfterIt() throws Exception {
    Semaphore begun = new Semaphore(0);
    Semaphore mayEnd = new Semaphore(0);
    AtomicInteger passes = new AtomicInteger();
    ConvergenceLoop loop =
        start(
            () -> {
              passes.incrementAndGet();
              begun.release();
              mayEnd.acquire();
              return DONE;
            });
    long first = loop.ask();
    assertThat(begun.tryAcquire(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    long last = 0;
    for (int i = 0; i < 5; i++) {
      last = loop.ask();
    }

    mayEnd.release();
    assertThat(loop.await(first, LONG)).isTrue();
    assertThat(loop.await(last, Duration.ZERO)).isFalse();
    mayEnd.release();

    assertThat(loop.await(last, LONG)).isTrue();
    assertThat(passes).hasValue(2);
  }

  @Test
  void aPassThatFailsIsTriedAgainAfterLongerAndLongerWaits() throws Exception {
    AtomicInteger passes = new AtomicInteger();
    ConvergenceLoop loop =
        start(
            () -> {
              if (passes.incrementAndGet() <= 10) {
                throw new IllegalStateException("as this test wants it");
              }
              return DONE;
            });

    assertThat(loop.await(loop.ask(), LONG)).isTrue();

    assertThat(pauses)
        .extracting(Duration::toMillis)
        .containsExactly(200L, 400L, 800L, 1600L, 3200L, 6400L, 12_800L, 25_600L, 30_000L, 30_000L);
    assertThat(loop.await(loop.ask(), LONG)).isTrue();
    assertThat(pauses).hasSize(10);
  }

  @Test
  void aPassThatLeftSomethingToDoIsFollowedByAnother() throws Exception {
    AtomicInteger passes = new AtomicInteger();
    ConvergenceLoop loop = start(() -> passes.incrementAndGet() < 3 ? UNDONE : DONE);

    assertThat(loop.await(loop.ask(), LONG)).isTrue();

    assertThat(passes).hasValue(3);
  }

  @Test
  void nothingRunsUnlessSomeoneAsks() throws Exception {
    AtomicInteger passes = new AtomicInteger();
    ConvergenceLoop loop =
        start(
            () -> {
              passes.incrementAndGet();
              return DONE;
            });
    assertThat(loop.await(loop.ask(), LONG)).isTrue();

    assertThat(loop.await(loop.ask(), LONG)).isTrue();

    assertThat(passes).hasValue(2);
  }

  @Test
  void anInterruptEndsItEvenIfItWasSeenAsAFailure() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    AtomicInteger passes = new AtomicInteger();
    ConvergenceLoop loop =
        new ConvergenceLoop(
            () -> {
              passes.incrementAndGet();
              Thread.currentThread().interrupt();
              throw new IllegalStateException("what a library makes of an interrupt");
            },
            pauses::add,
            Instant::now);
    loop.ask();

    Thread.ofVirtual()
        .start(
            () -> {
              try {
                loop.run();
              } catch (InterruptedException e) {
                ended.countDown();
              }
            });

    assertThat(ended.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(passes).hasValue(1);
  }

  @Test
  void loopsThatLoseAnInterruptAreInterruptedAgain() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger lost = new AtomicInteger();
    LoopThread deaf =
        LoopThread.start(
            "deaf",
            () -> {
              begun.countDown();
              while (lost.get() < 3) {
                try {
                  new Semaphore(0).acquire();
                } catch (InterruptedException e) {
                  lost.incrementAndGet();
                }
              }
            });
    begun.await();

    LoopThread.stop(List.of(deaf));

    assertThat(lost).hasValue(3);
  }

  @Test
  void whatAPassForeseesIsServedWithoutAnybodyAsking() throws Exception {
    CountDownLatch second = new CountDownLatch(2);
    ConvergenceLoop loop =
        start(
            () -> {
              second.countDown();
              Instant soon = Instant.now().plusMillis(50);
              return new Pass(0, 0, false, Optional.of(soon).filter(at -> second.getCount() == 1));
            });

    loop.ask();

    assertThat(second.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  private ConvergenceLoop start(ConvergenceLoop.Passes passes) {
    ConvergenceLoop loop = new ConvergenceLoop(passes, pauses::add, Instant::now);
    started.add(LoopThread.start("passes", loop::run));
    return loop;
  }
}
