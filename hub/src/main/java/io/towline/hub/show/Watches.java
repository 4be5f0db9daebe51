package io.towline.hub.show;

import io.grpc.Status.Code;
import io.towline.fleet.v1.WatchEvent;
import io.towline.fleet.v1.WatchEvent.Kind;
import io.towline.fleet.v1.WatchRequest;
import io.towline.hub.store.ChangeQueries;
import io.towline.hub.store.ChangeQueries.Change;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Database;
import io.towline.hub.store.TargetQueries;
import io.towline.hub.stream.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * The watches that are open. Each reads the change table from where it stands and the objects named
 * there anew, so nothing is queued for a slow reader: it finds what is newest when it comes round,
 * and a reader that falls behind the table's memory starts over. Thread-safe.
 */
public final class Watches {
  /** Changes that are looked at together; an object named several times is read once. */
  private static final int BATCH = 1_000;

  /** Objects of which a watch remembers what it sent, to keep silent when nothing changed. */
  private static final int REMEMBERED = 1_024;

  private final ChangeQueries changes;
  private final WatchObjects objects;
  private final Wakeups wakeups;
  private final Semaphore open;
  private final Duration bookmarkInterval;
  private final Duration coalesce;

  public Watches(Database database, Changes changes, ShowSettings settings) {
    this.changes = new ChangeQueries(database);
    this.objects = new WatchObjects(database);
    this.wakeups = new Wakeups();
    this.open = new Semaphore(settings.watches());
    this.bookmarkInterval = settings.bookmarkInterval();
    this.coalesce = settings.coalesce();
    // Lives as long as the hub, as this does.
    changes.listen(
        topic -> {
          if (topic == Changes.Topic.FLEET) {
            wakeups.wake();
          }
        });
  }

  /**
   * Runs one watch until its thread is interrupted.
   *
   * @param readiness of its reader, waited for before each event
   * @param out takes events; must not block
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT, RESOURCE_EXHAUSTED
   * @throws io.towline.hub.store.StoreException if the database is away
   */
  void run(WatchRequest request, Readiness readiness, Consumer<WatchEvent> out)
      throws InterruptedException {
    WatchQuery query = WatchQuery.of(request);
    if (!open.tryAcquire()) {
      throw Refusal.of(
          Code.RESOURCE_EXHAUSTED, "TOO_MANY_WATCHES", "Too many watches are open; try later.");
    }
    try {
      new Watch(query, readiness, out).run();
    } finally {
      open.release();
    }
  }

  /** One watch. */
  private final class Watch {
    private final WatchQuery query;
    private final Readiness readiness;
    private final Consumer<WatchEvent> out;
    private final Map<String, Integer> sent =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > REMEMBERED;
          }
        };
    private long position;

    Watch(WatchQuery query, Readiness readiness, Consumer<WatchEvent> out) {
      this.query = query;
      this.readiness = readiness;
      this.out = out;
    }

    void run() throws InterruptedException {
      if (query.resumeAfter().isPresent()) {
        position = query.resumeAfter().getAsLong();
        if (!changes.range().reachesBackTo(position)) {
          reset();
        }
      } else {
        snapshot();
      }
      long seen = wakeups.count();
      while (!Thread.interrupted()) {
        List<Change> batch = changes.after(position, BATCH);
        if (batch.isEmpty()) {
          if (!wakeups.await(seen, bookmarkInterval)) {
            bookmark();
          } else {
            wakeups.pause(coalesce);
          }
          seen = wakeups.count();
        } else if (batch.getFirst().id() > position + 1
            && !changes.range().reachesBackTo(position)) {
          reset();
        } else {
          send(batch);
        }
      }
    }

    private void reset() throws InterruptedException {
      emit(WatchEvent.newBuilder().setKind(Kind.KIND_RESET), "");
      sent.clear();
      snapshot();
    }

    /** What changes while it is read comes again afterwards. */
    private void snapshot() throws InterruptedException {
      position = changes.range().newest();
      for (WatchType type : WatchType.values()) {
        if (query.types().contains(type)) {
          objects.snapshot(type, query.filter(), upserted -> upsert(upserted, ""));
        }
      }
      bookmark();
    }

    private void bookmark() throws InterruptedException {
      emit(WatchEvent.newBuilder().setKind(Kind.KIND_BOOKMARK), Long.toString(position));
    }

    private void send(List<Change> batch) throws InterruptedException {
      // Whoever resumes after one of these events has to see the others of the batch again.
      String before = Long.toString(position);
      Map<WatchType, Set<String>> touched = touched(batch);
      boolean any = false;
      for (Map.Entry<WatchType, Set<String>> entry : touched.entrySet()) {
        List<String> names = new ArrayList<>(entry.getValue());
        for (int from = 0; from < names.size(); from += BATCH) {
          List<String> part = names.subList(from, Math.min(from + BATCH, names.size()));
          Map<String, WatchEvent.Builder> found =
              objects.named(entry.getKey(), part, query.filter());
          for (String name : part) {
            WatchEvent.Builder upserted = found.get(name);
            any |=
                upserted == null ? remove(entry.getKey(), name, before) : upsert(upserted, before);
          }
        }
      }
      position = batch.getLast().id();
      if (any) {
        bookmark();
      }
    }

    /** The objects to read again: counts of bundles and clusters change with their targets. */
    private Map<WatchType, Set<String>> touched(List<Change> batch) {
      Map<WatchType, Set<String>> touched = new EnumMap<>(WatchType.class);
      for (Change change : batch) {
        for (WatchType type : WatchType.values()) {
          if (type.word().equals(change.type())) {
            touch(touched, type, change.name());
          }
        }
        if (change.type().equals(WatchType.TARGET.word())) {
          TargetQueries.Name target = ResourceNames.targetOf(change.name());
          touch(touched, WatchType.BUNDLE, ResourceNames.bundle(target.bundle()));
          touch(touched, WatchType.CLUSTER, ResourceNames.cluster(target.cluster()));
        }
      }
      return touched;
    }

    private void touch(Map<WatchType, Set<String>> touched, WatchType type, String name) {
      if (query.types().contains(type)) {
        touched.computeIfAbsent(type, t -> new LinkedHashSet<>()).add(name);
      }
    }

    private boolean upsert(WatchEvent.Builder upserted, String token) throws InterruptedException {
      upserted.setKind(Kind.KIND_UPSERTED);
      int content = upserted.build().hashCode();
      Integer last = sent.put(nameOf(upserted), content);
      if (last != null && last == content) {
        return false;
      }
      emit(upserted, token);
      return true;
    }

    private boolean remove(WatchType type, String name, String token) throws InterruptedException {
      WatchEvent.Builder removed = WatchObjects.nameOnly(type, name).setKind(Kind.KIND_REMOVED);
      int content = removed.build().hashCode();
      Integer last = sent.put(name, content);
      if (last != null && last == content) {
        return false;
      }
      emit(removed, token);
      return true;
    }

    private void emit(WatchEvent.Builder event, String token) throws InterruptedException {
      readiness.await();
      out.accept(event.setResumeToken(token).build());
    }
  }

  private static String nameOf(WatchEvent.Builder event) {
    return switch (event.getObjectCase()) {
      case CLUSTER -> event.getCluster().getName();
      case BUNDLE -> event.getBundle().getName();
      case TARGET -> event.getTarget().getName();
      case SOURCE -> event.getSource().getName();
      case DRIFT -> event.getDrift().getName();
      case EVENT -> event.getEvent().getName();
      case OBJECT_NOT_SET -> "";
    };
  }
}
