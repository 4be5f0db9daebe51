package io.towline.hub.app;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.Digest;
import io.towline.envelope.Policy;
import io.towline.envelope.SourceInfo;
import io.towline.hub.git.CommitSigner;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.GitException;
import io.towline.hub.git.Revision;
import io.towline.hub.render.RenderException;
import io.towline.hub.render.RenderedBundle;
import io.towline.hub.render.Renderer;
import io.towline.hub.resolve.Problem;
import io.towline.hub.resolve.RenderInput;
import io.towline.hub.rollout.Content;
import io.towline.hub.rollout.Hold;
import io.towline.hub.rollout.Wish.Failed;
import io.towline.hub.rollout.Wish.Offer;
import io.towline.hub.rollout.Wish.Rendered;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.BundleRevision;
import io.towline.hub.store.Renders;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Remedy;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * Renders each distinct input once, a few at a time, and never again while it stays the same, not
 * even one that failed. Not thread-safe: rounds follow each other.
 */
final class RenderRound {
  /** Renders at a time: each keeps about one core busy. */
  static final int PARALLEL = 2;

  private final Renderer renderer;
  private final BodyStore bodies;
  private final Renders renders;
  private final Manifests manifests;
  private final HubMetrics metrics;
  private final Semaphore turns = new Semaphore(PARALLEL);

  /** Of the last round only, so that it cannot grow. */
  private Map<Task, Digest> keys = Map.of();

  private Map<Digest, Failure> failures = Map.of();

  RenderRound(
      Renderer renderer,
      BodyStore bodies,
      Renders renders,
      Manifests manifests,
      HubMetrics metrics) {
    this.renderer = renderer;
    this.bodies = bodies;
    this.renders = renders;
    this.manifests = manifests;
    this.metrics = metrics;
  }

  /** Everything that a render depends on. */
  record Task(Revision revision, RenderInput input, Policy policy) {}

  /** What came of a task; problems only if it failed. */
  record Done(Offer offer, List<Problem> problems) {}

  private record Failure(Reason reason, Hold hold, List<Problem> problems) {}

  /** Renders all tasks. A task that fails fails alone. */
  Map<Task, Done> run(Collection<Task> tasks, Map<String, FileTree> trees)
      throws InterruptedException {
    Map<Task, Digest> nextKeys = new ConcurrentHashMap<>();
    Map<Digest, Failure> nextFailures = new ConcurrentHashMap<>();
    Map<Task, Done> done = new HashMap<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<Task, Future<Done>> futures = new HashMap<>();
      for (Task task : Set.copyOf(new HashSet<>(tasks))) {
        FileTree tree = trees.get(task.revision().source());
        if (tree == null) {
          throw new IllegalArgumentException("A task of a source that was not read");
        }
        futures.put(task, threads.submit(() -> runOne(task, tree, nextKeys, nextFailures)));
      }
      try {
        for (Map.Entry<Task, Future<Done>> future : futures.entrySet()) {
          done.put(future.getKey(), result(future.getValue()));
        }
      } catch (InterruptedException | RuntimeException e) {
        // Closing would wait for every task that still has its turn to come.
        threads.shutdownNow();
        throw e;
      }
    }
    keys = nextKeys;
    failures = nextFailures;
    return done;
  }

  private static Done result(Future<Done> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private Done runOne(
      Task task, FileTree tree, Map<Task, Digest> nextKeys, Map<Digest, Failure> nextFailures)
      throws InterruptedException {
    turns.acquire();
    try {
      Digest known = keys.get(task);
      Digest key = known != null ? known : renderer.inputKey(tree, task.input(), task.policy());
      nextKeys.put(task, key);
      Failure failed = failures.get(key);
      if (failed != null) {
        nextFailures.put(key, failed);
        return done(failed);
      }
      Optional<Content> remembered = remembered(task, key);
      return new Done(
          new Rendered(remembered.isPresent() ? remembered.get() : render(task, tree, key)),
          List.of());
    } catch (RenderException e) {
      return failed(task, new Failure(e.reason(), hold(e), e.problems()), nextKeys, nextFailures);
    } catch (GitException e) {
      Hold hold = new Hold(e.reason(), String.valueOf(e.getMessage()));
      return failed(task, new Failure(e.reason(), hold, List.of()), nextKeys, nextFailures);
    } finally {
      turns.release();
    }
  }

  private Done failed(
      Task task, Failure failure, Map<Task, Digest> nextKeys, Map<Digest, Failure> nextFailures) {
    metrics.renderFailed(failure.reason());
    Digest key = nextKeys.get(task);
    if (key != null && failure.reason().remedy() != Remedy.RETRY && !comesBack(failure.reason())) {
      nextFailures.put(key, failure);
    }
    return done(failure);
  }

  /** Whether the same input may render tomorrow. */
  private static boolean comesBack(Reason reason) {
    return reason == Reason.RENDERER_MISSING || reason == Reason.RENDER_LIMIT_EXCEEDED;
  }

  private static Done done(Failure failure) {
    return new Done(new Failed(failure.hold()), failure.problems());
  }

  private static Hold hold(RenderException e) {
    return new Hold(e.reason(), String.valueOf(e.getMessage()));
  }

  private Optional<Content> remembered(Task task, Digest key) {
    Optional<Renders.Remembered> memo = renders.find(key);
    if (memo.isEmpty()) {
      return Optional.empty();
    }
    return manifests
        .find(memo.get().manifest())
        .map(sized -> content(task, memo.get().manifest(), sized, memo.get().tools()));
  }

  private Content render(Task task, FileTree tree, Digest key) {
    long start = System.nanoTime();
    RenderedBundle bundle = renderer.render(tree, task.input(), task.policy());
    bodies.putRender(key, bundle.manifest(), bundle.objects(), bundle.tools());
    metrics.rendered(System.nanoTime() - start);
    Digest digest = bundle.manifest().digest();
    return content(task, digest, manifests.get(digest), bundle.tools());
  }

  private static Content content(
      Task task, Digest digest, Manifests.Sized sized, List<String> tools) {
    Revision revision = task.revision();
    return new Content(
        new BundleEntry(
            task.input().bundle(),
            BundleRevision.of(digest),
            new SourceInfo(
                revision.source(),
                revision.url(),
                revision.ref(),
                revision.commit(),
                task.input().directory(),
                revision.signer().map(CommitSigner::text).orElse("")),
            tools,
            digest,
            sized.size()),
        sized.manifest());
  }
}
