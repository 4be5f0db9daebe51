package io.towline.hub.show;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import io.towline.fleet.v1.WatchEvent;
import io.towline.fleet.v1.WatchEvent.Kind;
import io.towline.fleet.v1.WatchRequest;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.FleetSeed;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Settings;
import io.towline.vocabulary.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchesTest {
  private final List<Thread> running = new ArrayList<>();
  private FleetFixture fixture;
  private FleetSeed seed;
  private Watches watches;
  private KnownCluster one;
  private KnownCluster two;

  @BeforeEach
  void open(@TempDir Path directory) {
    fixture = new FleetFixture(directory);
    seed = new FleetSeed(fixture);
    watches =
        new Watches(
            fixture.database,
            fixture.changes,
            Settings.of(
                ShowSettings.class,
                Map.of("towline.show.coalesce", "1ms", "towline.show.watches", "2")));
    seed.source("apps");
    seed.bundle("podinfo", "apps", "{}");
    one = fixture.cluster("store-0001", Map.of());
    two = fixture.cluster("store-0002", Map.of());
    seed.connection(one, "ONLINE", FleetFixture.NOW);
    seed.connection(two, "ONLINE", FleetFixture.NOW);
    seed.target("podinfo", one, Status.READY, "");
    seed.target("podinfo", two, Status.FAILED, "ApplyFailed");
  }

  @AfterEach
  void close() throws InterruptedException {
    for (Thread thread : running) {
      thread.interrupt();
      thread.join();
    }
    fixture.close();
  }

  @Test
  void beginsWithASnapshotThatABookmarkEnds() throws Exception {
    Reader reader = watch(WatchRequest.getDefaultInstance());

    List<String> names = new ArrayList<>();
    WatchEvent event = reader.next();
    while (event.getKind() == Kind.KIND_UPSERTED) {
      assertThat(event.getResumeToken()).isEmpty();
      names.add(nameOf(event));
      event = reader.next();
    }

    assertThat(names)
        .containsExactly(
            "clusters/store-0001",
            "clusters/store-0002",
            "bundles/podinfo",
            "bundles/podinfo/targets/store-0001",
            "bundles/podinfo/targets/store-0002");
    assertThat(event.getKind()).isEqualTo(Kind.KIND_BOOKMARK);
    assertThat(event.getResumeToken()).isNotEmpty();
  }

  @Test
  void goesOnFromABookmarkWithoutMissingAChange() throws Exception {
    String token = watch(targets("")).bookmark();
    seed.status("podinfo", one, Status.DEGRADED, "HealthCheckFailed");
    seed.status("podinfo", one, Status.BLOCKED, "SignatureInvalid");

    Reader reader = watch(targets("").toBuilder().setResumeToken(token).build());

    WatchEvent first = reader.next();
    assertThat(first.getTarget().getName()).isEqualTo("bundles/podinfo/targets/store-0001");
    assertThat(first.getTarget().getStatus()).isEqualTo(io.towline.fleet.v1.Status.STATUS_BLOCKED);
    assertThat(reader.next().getKind()).isEqualTo(Kind.KIND_BOOKMARK);
  }

  @Test
  void changesOfATargetBringItsBundleAndItsClusterAnew() throws Exception {
    Reader reader = watch(WatchRequest.getDefaultInstance());
    reader.bookmark();

    seed.status("podinfo", one, Status.DEGRADED, "HealthCheckFailed");

    List<String> names = new ArrayList<>();
    for (WatchEvent event = reader.next();
        event.getKind() != Kind.KIND_BOOKMARK;
        event = reader.next()) {
      names.add(nameOf(event));
    }
    assertThat(names)
        .containsExactly(
            "clusters/store-0001", "bundles/podinfo", "bundles/podinfo/targets/store-0001");
  }

  @Test
  void anObjectThatLeavesTheFilterIsRemoved() throws Exception {
    Reader reader = watch(targets("status = Failed"));
    assertThat(nameOf(reader.next())).isEqualTo("bundles/podinfo/targets/store-0002");
    reader.bookmark();

    seed.status("podinfo", two, Status.READY, "");

    WatchEvent removed = reader.next();
    assertThat(removed.getKind()).isEqualTo(Kind.KIND_REMOVED);
    assertThat(removed.getTarget().getName()).isEqualTo("bundles/podinfo/targets/store-0002");
    assertThat(removed.getTarget().getStatus())
        .isEqualTo(io.towline.fleet.v1.Status.STATUS_UNSPECIFIED);
    reader.bookmark();
    seed.status("podinfo", two, Status.FAILED, "ApplyFailed");
    assertThat(reader.next().getKind()).isEqualTo(Kind.KIND_UPSERTED);
  }

  @Test
  void isSilentAboutAnObjectThatDidNotChange() throws Exception {
    Reader reader = watch(targets(""));
    reader.bookmark();

    seed.changed("target", "bundles/podinfo/targets/store-0001");
    seed.status("podinfo", two, Status.READY, "");

    assertThat(nameOf(reader.next())).isEqualTo("bundles/podinfo/targets/store-0002");
  }

  @Test
  void startsOverWhereTheTokenIsTooOld() throws Exception {
    String token = watch(targets("")).bookmark();
    seed.status("podinfo", one, Status.DEGRADED, "HealthCheckFailed");
    seed.status("podinfo", two, Status.DEGRADED, "HealthCheckFailed");
    seed.trimChanges(Long.parseLong(token) + 1);

    Reader reader = watch(targets("").toBuilder().setResumeToken(token).build());

    assertThat(reader.next().getKind()).isEqualTo(Kind.KIND_RESET);
    assertThat(nameOf(reader.next())).isEqualTo("bundles/podinfo/targets/store-0001");
    reader.bookmark();
  }

  @Test
  void startsOverWhereTheTokenIsOfAnotherDatabase() throws Exception {
    Reader reader = watch(targets("").toBuilder().setResumeToken("999999").build());

    assertThat(reader.next().getKind()).isEqualTo(Kind.KIND_RESET);
  }

  @Test
  void sendsNothingToAReaderThatTakesNothingAndThenTheNewest() throws Exception {
    Reader reader = watch(targets(""));
    reader.bookmark();
    reader.ready.set(false);
    for (int i = 0; i < 50; i++) {
      seed.status("podinfo", one, i % 2 == 0 ? Status.DEGRADED : Status.FAILED, "ApplyFailed");
    }
    assertThat(reader.events).isEmpty();

    reader.ready.set(true);
    reader.readiness.changed();

    List<WatchEvent> upserted = new ArrayList<>();
    WatchEvent last = reader.next();
    while (last.getKind() != Kind.KIND_BOOKMARK
        || upserted.getLast().getTarget().getStatus() != io.towline.fleet.v1.Status.STATUS_FAILED) {
      if (last.getKind() == Kind.KIND_UPSERTED) {
        upserted.add(last);
      }
      last = reader.next();
    }
    assertThat(upserted).hasSizeLessThan(10);
  }

  @Test
  void refusesWhatItCannotShow() {
    assertThatThrownBy(() -> run(WatchRequest.newBuilder().addTypes("pod").build()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("There is no type");
    assertThatThrownBy(() -> run(WatchRequest.newBuilder().setFilter("name = a").build()))
        .hasMessageContaining("one type");
    assertThatThrownBy(() -> run(WatchRequest.newBuilder().setResumeToken("x").build()))
        .hasMessageContaining("no token");
  }

  @Test
  void refusesMoreWatchesThanItMayHave() throws Exception {
    watch(targets("")).bookmark();
    watch(targets("")).bookmark();

    assertThatThrownBy(() -> run(targets("")))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("RESOURCE_EXHAUSTED");
  }

  private static WatchRequest targets(String filter) {
    return WatchRequest.newBuilder().addTypes("target").setFilter(filter).build();
  }

  private void run(WatchRequest request) throws InterruptedException {
    watches.run(request, new Readiness(() -> true), event -> {});
  }

  private Reader watch(WatchRequest request) {
    Reader reader = new Reader();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    watches.run(request, reader.readiness, reader.events::add);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    running.add(thread);
    return reader;
  }

  private static String nameOf(WatchEvent event) {
    return switch (event.getObjectCase()) {
      case CLUSTER -> event.getCluster().getName();
      case BUNDLE -> event.getBundle().getName();
      case TARGET -> event.getTarget().getName();
      case SOURCE -> event.getSource().getName();
      case DRIFT -> event.getDrift().getName();
      case EVENT -> event.getEvent().getName();
      case OBJECT_NOT_SET -> event.getKind().name();
    };
  }

  private static final class Reader {
    private final BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
    private final AtomicBoolean ready = new AtomicBoolean(true);
    private final Readiness readiness = new Readiness(ready::get);

    WatchEvent next() throws InterruptedException {
      WatchEvent event = events.poll(20, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("nothing came");
      }
      return event;
    }

    /** Reads up to the next bookmark. */
    String bookmark() throws InterruptedException {
      WatchEvent event = next();
      while (event.getKind() != Kind.KIND_BOOKMARK) {
        event = next();
      }
      return event.getResumeToken();
    }
  }
}
