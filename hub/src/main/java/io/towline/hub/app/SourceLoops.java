package io.towline.hub.app;

import io.towline.hub.git.Mirror;
import io.towline.hub.git.Source;
import io.towline.hub.git.WebhookSignature;
import io.towline.hub.show.WebhookReceiver;
import io.towline.hub.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All sources that the hub follows. Thread-safe. */
final class SourceLoops {
  /** How long a person waits for a source to be fetched and published. */
  static final Duration RECONCILE_TIMEOUT = Duration.ofMinutes(5);

  private final Map<String, SourceLoop> loops = new TreeMap<>();
  private final List<Mirror> mirrors = new ArrayList<>();
  private final List<LoopThread> threads = new ArrayList<>();

  void add(SourceLoop loop, Mirror mirror) {
    loops.put(loop.source().name(), loop);
    mirrors.add(mirror);
  }

  /** All of them, in the order of their names. */
  Collection<SourceLoop> all() {
    return List.copyOf(loops.values());
  }

  /** Follows. */
  synchronized void start() {
    loops.forEach((name, loop) -> threads.add(LoopThread.start("source-" + name, loop::run)));
  }

  /** Tells them to stop; gives the threads that have to be stopped now. Idempotent. */
  synchronized List<LoopThread> stop() {
    loops.values().forEach(SourceLoop::stop);
    return List.copyOf(threads);
  }

  /** Lets the mirrors go, once the threads have stopped. Idempotent. */
  synchronized void close() {
    threads.clear();
    mirrors.forEach(Mirror::close);
    mirrors.clear();
  }

  List<Source> sources() {
    return loops.values().stream().map(SourceLoop::source).toList();
  }

  /**
   * Takes a source through the journey now; returns when that is done, failed, or takes too long.
   */
  void reconcile(String source) throws InterruptedException {
    SourceLoop loop = loops.get(source);
    requireDone(loop == null || loop.reconcile(RECONCILE_TIMEOUT));
  }

  /** As {@link #reconcile}, and takes over exactly this commit if it does not follow. */
  void approve(String source, String commit) throws InterruptedException {
    SourceLoop loop = loops.get(source);
    requireDone(loop == null || loop.approve(commit, RECONCILE_TIMEOUT));
  }

  private static void requireDone(boolean done) {
    if (!done) {
      throw new StoreException("The source was not published within " + RECONCILE_TIMEOUT, null);
    }
  }

  /**
   * Judges a webhook by its signature alone.
   *
   * @param headers by lower-case name
   */
  WebhookReceiver.Verdict deliver(String source, Map<String, String> headers, byte[] body) {
    SourceLoop loop = loops.get(source);
    if (loop == null || !WebhookSignature.isGenuine(loop.source(), headers, body)) {
      return WebhookReceiver.Verdict.REFUSED;
    }
    return loop.wake() ? WebhookReceiver.Verdict.ACCEPTED : WebhookReceiver.Verdict.TOO_MANY;
  }
}
