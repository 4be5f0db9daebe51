package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.KubeException;
import io.towline.agent.apply.Pace;
import io.towline.envelope.ObjectIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Follows one kind: lists it, then watches from there, goes on where it was after a break, and
 * lists again when the API server has forgotten that place. Restricted by labels, or to one name.
 * Holds one object at a time.
 */
final class KindWatch implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(KindWatch.class);

  /** What a watch tells. */
  interface Events {
    /** An object is as it is given. */
    void seen(WatchKey key, JsonNode object) throws InterruptedException;

    /** An object was deleted, or lost its label. */
    void gone(WatchKey key, JsonNode object) throws InterruptedException;

    /** These are all there were of the kind at that resource version. */
    void listed(WatchKey key, Set<ObjectIdentity> there, String version)
        throws InterruptedException;

    /** The watch works, or does not and why. */
    void state(WatchKey key, Optional<KubeException> failure);
  }

  private final WatchKey key;
  private final KubeApi api;
  private final Events events;
  private final KubeApi.Selector selector;
  private final ObserveConfig config;
  private final Pace pace;
  private final Thread thread;

  private volatile boolean closed;
  private volatile Optional<KubeApi.Watch> running = Optional.empty();
  private volatile Instant heard;
  private volatile Duration silence;
  private volatile boolean cutForSilence;

  KindWatch(
      WatchKey key,
      KubeApi api,
      Events events,
      KubeApi.Selector labelled,
      ObserveConfig config,
      Pace pace) {
    this.key = key;
    this.api = api;
    this.events = events;
    this.selector = key.name().isEmpty() ? labelled : KubeApi.Selector.name(key.name());
    this.config = config;
    this.pace = pace;
    this.heard = pace.clock().instant();
    this.silence = config.watchSilence();
    this.thread =
        Thread.ofVirtual()
            .name("towline-watch-" + key.resource().qualifiedName())
            .unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    Optional<String> position = Optional.empty();
    int failures = 0;
    try {
      while (!closed) {
        try {
          if (position.isEmpty()) {
            position = Optional.of(list());
          }
          position = follow(position.get());
          failures = 0;
        } catch (KubeException e) {
          if (closed) {
            return;
          }
          if (e.gone()) {
            position = Optional.empty();
          } else if (cutForSilence) {
            cutForSilence = false;
          } else {
            failures++;
            events.state(key, Optional.of(e));
            Duration wait =
                pace.backoff(config.watchRetryFirst(), config.watchRetryLongest(), failures);
            pace.sleeper()
                .sleep(e.retryAfter().filter(asked -> asked.compareTo(wait) > 0).orElse(wait));
          }
        } catch (RuntimeException e) {
          // One event that cannot be read must not end the watch: everything is read anew.
          LOG.errorf(e, "the watch of %s begins anew", key.resource().qualifiedName());
          failures++;
          position = Optional.empty();
          pace.sleeper()
              .sleep(pace.backoff(config.watchRetryFirst(), config.watchRetryLongest(), failures));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String list() throws KubeException, InterruptedException {
    Set<ObjectIdentity> there = new HashSet<>();
    String version =
        api.list(
            key.account(),
            key.resource(),
            key.namespace(),
            selector,
            object -> {
              there.add(key.identityOf(object));
              events.seen(key, object);
            });
    events.listed(key, there, version);
    return version;
  }

  /** Reads events until the watch ends; returns where it ended. */
  private Optional<String> follow(String from) throws KubeException, InterruptedException {
    String position = from;
    try (KubeApi.Watch watch =
        api.watch(
            key.account(),
            key.resource(),
            key.namespace(),
            selector,
            from,
            jittered(config.watchTimeout()))) {
      running = Optional.of(watch);
      events.state(key, Optional.empty());
      heard = pace.clock().instant();
      while (!closed) {
        Optional<JsonNode> event = watch.next();
        if (event.isEmpty()) {
          break;
        }
        heard = pace.clock().instant();
        silence = config.watchSilence();
        position = take(event.get()).orElse(position);
      }
    } catch (KubeException e) {
      if (!e.gone() && !position.equals(from)) {
        // What was seen is not asked for again.
        return Optional.of(resumeLater(e, position));
      }
      throw e;
    } finally {
      running = Optional.empty();
    }
    return Optional.of(position);
  }

  private String resumeLater(KubeException e, String position) throws InterruptedException {
    if (cutForSilence) {
      cutForSilence = false;
    } else if (!closed) {
      events.state(key, Optional.of(e));
      pace.sleeper().sleep(pace.backoff(config.watchRetryFirst(), config.watchRetryLongest(), 1));
    }
    return position;
  }

  private Optional<String> take(JsonNode event) throws KubeException, InterruptedException {
    JsonNode object = event.path("object");
    switch (event.path("type").asText("")) {
      case "ADDED", "MODIFIED" -> events.seen(key, object);
      case "DELETED" -> events.gone(key, object);
      case "BOOKMARK" -> {}
      case "ERROR" -> throw KubeApi.errorOf(object);
      default -> {
        return Optional.empty();
      }
    }
    return Optional.of(object.path("metadata").path("resourceVersion").asText(""))
        .filter(version -> !version.isEmpty());
  }

  private Duration jittered(Duration whole) {
    long tenth = Math.max(whole.toMillis() / 10, 1);
    return whole.minusMillis(pace.random().nextLong(tenth));
  }

  /** Cuts a watch that was silent for too long; called now and then. */
  void cutIfSilent() {
    Optional<KubeApi.Watch> watch = running;
    if (watch.isPresent()
        && Duration.between(heard, pace.clock().instant()).compareTo(silence) > 0) {
      Duration doubled = silence.multipliedBy(2);
      silence = doubled.compareTo(config.watchTimeout()) > 0 ? config.watchTimeout() : doubled;
      cutForSilence = true;
      watch.get().close();
    }
  }

  @Override
  public void close() {
    closed = true;
    running.ifPresent(KubeApi.Watch::close);
    thread.interrupt();
  }
}
