package io.towline.hub.app;

import io.agroal.api.AgroalDataSource;
import io.towline.hub.report.Judgement;
import io.towline.hub.store.BodyKey;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.Bundles;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.CommitSignatures;
import io.towline.hub.store.Contacts;
import io.towline.hub.store.Database;
import io.towline.hub.store.Deletions;
import io.towline.hub.store.Enrollments;
import io.towline.hub.store.Envelopes;
import io.towline.hub.store.Events;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.PendingEnvelopes;
import io.towline.hub.store.Pools;
import io.towline.hub.store.Publications;
import io.towline.hub.store.Renders;
import io.towline.hub.store.Reports;
import io.towline.hub.store.Retention;
import io.towline.hub.store.SealRecipients;
import io.towline.hub.store.Sources;
import io.towline.hub.store.Suspensions;
import io.towline.hub.store.Targets;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.flywaydb.core.Flyway;

/** Joins the store: the data directory, the database with its schema, and what is kept in it. */
@Singleton
public class StoreWiring {
  @Produces
  @Singleton
  DataDirectory dataDirectory(@ConfigProperty(name = "towline.data-dir") Path path) {
    return DataDirectory.take(path);
  }

  void release(@Disposes DataDirectory directory) {
    directory.close();
  }

  @Produces
  @Singleton
  InstantSource clock() {
    return Clock.systemUTC();
  }

  @Produces
  @Singleton
  Changes changes() {
    return new Changes();
  }

  /**
   * Whoever asks for the database gets one that this hub alone uses and whose schema is current.
   *
   * @param directory not read here: it is asked for so that it is taken before the database opens
   */
  @Produces
  @Singleton
  Database database(DataDirectory directory, AgroalDataSource source, Flyway flyway) {
    flyway.migrate();
    return new Database(source);
  }

  @Produces
  @Singleton
  BodyStore bodies(Database database, DataDirectory directory, InstantSource clock) {
    return new BodyStore(database, BodyKey.below(directory.path(), new SecureRandom()), clock);
  }

  @Produces
  @Singleton
  Fleet fleet(Database database, InstantSource clock) {
    return new Fleet(database, clock);
  }

  @Produces
  @Singleton
  Clusters clusters(Database database, Changes changes, InstantSource clock) {
    return new Clusters(database, changes, clock);
  }

  @Produces
  @Singleton
  Enrollments enrollments(Database database, Changes changes, InstantSource clock) {
    return new Enrollments(database, changes, clock);
  }

  @Produces
  @Singleton
  Pools pools(Database database, Changes changes, InstantSource clock) {
    return new Pools(database, changes, clock);
  }

  @Produces
  @Singleton
  Contacts contacts(Database database, Changes changes) {
    return new Contacts(database, changes);
  }

  @Produces
  @Singleton
  Renders renders(Database database, InstantSource clock) {
    return new Renders(database, clock);
  }

  @Produces
  @Singleton
  Envelopes envelopes(Database database) {
    return new Envelopes(database);
  }

  @Produces
  @Singleton
  PendingEnvelopes pendingEnvelopes(Database database, Changes changes, InstantSource clock) {
    return new PendingEnvelopes(database, changes, clock);
  }

  @Produces
  @Singleton
  Publications publications(Database database, Changes changes, InstantSource clock) {
    return new Publications(database, changes, new Judgement(), clock);
  }

  @Produces
  @Singleton
  Reports reports(Database database, Changes changes, InstantSource clock) {
    return new Reports(database, changes, new Judgement(), clock);
  }

  @Produces
  @Singleton
  Targets targets(Database database) {
    return new Targets(database);
  }

  @Produces
  @Singleton
  Deletions deletions(Database database) {
    return new Deletions(database);
  }

  @Produces
  @Singleton
  SealRecipients sealRecipients(Database database) {
    return new SealRecipients(database);
  }

  @Produces
  @Singleton
  Bundles bundles(Database database, Changes changes, InstantSource clock) {
    return new Bundles(database, changes, clock);
  }

  @Produces
  @Singleton
  Sources sources(Database database, Changes changes, InstantSource clock) {
    return new Sources(database, changes, clock);
  }

  @Produces
  @Singleton
  Suspensions suspensions(Database database, Changes changes, InstantSource clock) {
    return new Suspensions(database, changes, clock);
  }

  @Produces
  @Singleton
  CommitSignatures commitSignatures(Database database) {
    return new CommitSignatures(database);
  }

  @Produces
  @Singleton
  Events events(Database database, Changes changes) {
    return new Events(database, changes);
  }

  @Produces
  @Singleton
  Retention retention(Database database, InstantSource clock) {
    return new Retention(database, clock);
  }
}
