package io.towline.hub.store;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Wakes whoever waits for a change of the store, after the transaction that made it. Nothing is
 * handed over: a listener reads what it needs again. Thread-safe; a listener must not block.
 */
public final class Changes {
  /** What may have changed. */
  public enum Topic {
    /** An envelope was published for some cluster. */
    ENVELOPE,
    /** There is a newer root. */
    ROOT,
    /** A cluster was registered, or one needs a new envelope. */
    CLUSTERS,
    /** Rows were added to the change table. */
    FLEET
  }

  /** Called on the thread that made the change. */
  @FunctionalInterface
  public interface Listener {
    void changed(Topic topic);
  }

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /** Adds a listener; closing what is returned removes it. */
  public AutoCloseable listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Wakes all listeners. */
  public void announce(Topic topic) {
    for (Listener listener : listeners) {
      listener.changed(topic);
    }
  }
}
