package io.towline.agent.observe;

import io.towline.agent.apply.Account;
import io.towline.agent.apply.ApiResource;
import io.towline.agent.apply.Bell;
import io.towline.agent.apply.Discovery;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.KubeException;
import io.towline.agent.apply.Pace;
import io.towline.envelope.ObjectRef;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps exactly the watches that are needed: one per account and kind, over all namespaces where
 * the account may, namespace by namespace where it may not. Safe for many threads.
 */
final class Watches implements AutoCloseable {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  /**
   * A kind that has to be watched, and where.
   *
   * @param alone whether only that object is meant, because it may not bear Towline's label
   */
  record Need(Account account, ObjectRef example, boolean alone) {}

  private record Kind(Account account, String apiVersion, String kind, String name) {
    static Kind of(WatchKey key) {
      return new Kind(
          key.account(), key.resource().apiVersion(), key.resource().kind(), key.name());
    }
  }

  /** A watch that does not work. */
  record Failure(KubeException cause, Instant since) {}

  private final KubeApi api;
  private final Discovery discovery;
  private final KindWatch.Events events;
  private final KubeApi.Selector selector;
  private final ObserveConfig config;
  private final Pace pace;
  private final Bell bell = new Bell();
  private final Map<Kind, Set<String>> needed = new HashMap<>();
  private final Set<Kind> byNamespace = new HashSet<>();
  private final Set<Kind> unresolved = new HashSet<>();
  private final Map<WatchKey, KindWatch> running = new HashMap<>();
  private final Map<WatchKey, Failure> failures = new HashMap<>();
  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param selector of what is watched, but for objects that are watched alone
   */
  Watches(
      KubeApi api,
      Discovery discovery,
      KindWatch.Events events,
      KubeApi.Selector selector,
      ObserveConfig config,
      Pace pace) {
    this.api = api;
    this.discovery = discovery;
    this.events = events;
    this.selector = selector;
    this.config = config;
    this.pace = pace;
    this.thread = Thread.ofVirtual().name("towline-watches").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Only these are needed from now on. */
  void needOnly(Set<Need> needs) {
    synchronized (this) {
      needed.clear();
      needs.forEach(this::add);
    }
    bell.ring();
  }

  /** This is needed too. Cheap when it is there already. */
  void need(Need need) {
    boolean added;
    synchronized (this) {
      added = add(need) || unresolved.contains(kindOf(need));
    }
    if (added) {
      bell.ring();
    }
  }

  private boolean add(Need need) {
    return needed
        .computeIfAbsent(kindOf(need), k -> new HashSet<>())
        .add(need.example().namespace());
  }

  private static Kind kindOf(Need need) {
    return new Kind(
        need.account(),
        need.example().apiVersion(),
        need.example().kind(),
        need.alone() ? need.example().name() : "");
  }

  /**
   * Told by a watch how it is doing.
   *
   * @return whether it works again
   */
  boolean state(WatchKey key, Optional<KubeException> failure) {
    boolean split = false;
    boolean recovered = false;
    synchronized (this) {
      if (failure.isEmpty()) {
        recovered = failures.remove(key) != null;
      } else {
        Failure before = failures.get(key);
        Instant since = before == null ? pace.clock().instant() : before.since();
        failures.put(key, new Failure(failure.get(), since));
        if (failure.get().code() == 403
            && key.namespace().isEmpty()
            && key.resource().namespaced()) {
          split = byNamespace.add(Kind.of(key));
        }
      }
    }
    if (split) {
      bell.ring();
    }
    return recovered;
  }

  /** Why the objects of that kind cannot be seen; empty if they can. */
  synchronized Optional<Failure> failure(Account account, ObjectRef ref) {
    for (Map.Entry<WatchKey, Failure> failed : failures.entrySet()) {
      WatchKey key = failed.getKey();
      if (key.account().equals(account)
          && key.resource().kind().equals(ref.kind())
          && key.resource().apiVersion().equals(ref.apiVersion())
          && (key.namespace().isEmpty() || key.namespace().equals(ref.namespace()))
          && (key.name().isEmpty() || key.name().equals(ref.name()))) {
        return Optional.of(failed.getValue());
      }
    }
    return Optional.empty();
  }

  private void run() {
    try {
      while (!closed) {
        boolean complete = arrange();
        bell.await(complete && !anyRunning() ? Duration.ofHours(1) : LOOK_AGAIN);
        synchronized (this) {
          running.values().forEach(KindWatch::cutIfSilent);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean anyRunning() {
    return !running.isEmpty();
  }

  /** Starts what is missing and ends what is not needed; false if a kind is not known yet. */
  private boolean arrange() throws InterruptedException {
    Map<Kind, Set<String>> wanted = new HashMap<>();
    synchronized (this) {
      needed.forEach((kind, namespaces) -> wanted.put(kind, Set.copyOf(namespaces)));
    }
    Set<WatchKey> keys = new HashSet<>();
    boolean complete = true;
    for (Map.Entry<Kind, Set<String>> want : wanted.entrySet()) {
      Optional<ApiResource> resource = resolve(want.getKey());
      synchronized (this) {
        if (resource.isEmpty()) {
          unresolved.add(want.getKey());
        } else {
          unresolved.remove(want.getKey());
        }
      }
      if (resource.isEmpty()) {
        complete = false;
        continue;
      }
      keys.addAll(keys(want.getKey(), resource.get(), want.getValue()));
    }
    synchronized (this) {
      if (closed) {
        return true;
      }
      boolean everything = complete;
      running
          .entrySet()
          .removeIf(
              entry -> {
                boolean keep =
                    keys.contains(entry.getKey()) || (!everything && !isSplit(entry.getKey()));
                if (!keep) {
                  entry.getValue().close();
                  failures.remove(entry.getKey());
                }
                return !keep;
              });
      for (WatchKey key : keys) {
        if (!running.containsKey(key)) {
          KindWatch watch = new KindWatch(key, api, events, selector, config, pace);
          running.put(key, watch);
          watch.start();
        }
      }
    }
    return complete;
  }

  private boolean isSplit(WatchKey key) {
    return key.namespace().isEmpty() && byNamespace.contains(Kind.of(key));
  }

  private Set<WatchKey> keys(Kind kind, ApiResource resource, Set<String> namespaces) {
    boolean split;
    synchronized (this) {
      // One object is watched where it is: that takes the least rights.
      split = byNamespace.contains(kind) || (!kind.name().isEmpty() && resource.namespaced());
    }
    Set<WatchKey> keys = new HashSet<>();
    if (split) {
      namespaces.forEach(
          ns ->
              keys.add(
                  new WatchKey(
                      kind.account(), resource, ns.isEmpty() ? "default" : ns, kind.name())));
    } else {
      keys.add(new WatchKey(kind.account(), resource, "", kind.name()));
    }
    return keys;
  }

  private Optional<ApiResource> resolve(Kind kind) throws InterruptedException {
    try {
      return discovery.find(new ObjectRef(kind.apiVersion(), kind.kind(), "", "any"));
    } catch (KubeException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    closed = true;
    synchronized (this) {
      running.values().forEach(KindWatch::close);
      running.clear();
    }
    bell.ring();
    thread.interrupt();
  }
}
