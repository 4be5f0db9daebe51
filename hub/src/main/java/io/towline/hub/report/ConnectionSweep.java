package io.towline.hub.report;

import io.towline.hub.store.Contacts;
import io.towline.vocabulary.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Judges which clusters are late and which are offline. Idempotent; thread-safe. */
public final class ConnectionSweep {
  private final Contacts contacts;
  private final Duration heartbeat;
  private final InstantSource clock;
  private final Instant since;

  /**
   * Counts from now on at the earliest: a hub that was away blames nobody.
   *
   * @param heartbeat an agent is silent for no longer than this
   */
  public ConnectionSweep(Contacts contacts, Duration heartbeat, InstantSource clock) {
    this.contacts = contacts;
    this.heartbeat = heartbeat;
    this.clock = clock;
    this.since = clock.instant();
  }

  /** Sweeps once and gives how many clusters changed. */
  public int sweep() {
    return contacts.sweep(
        clock.instant(),
        since,
        heartbeat.multipliedBy(Connection.LATE_AFTER),
        heartbeat.multipliedBy(Connection.OFFLINE_AFTER));
  }
}
