package io.towline.hub.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.towline.hub.enroll.AgentsSettings;
import io.towline.hub.git.GitConfig;
import io.towline.hub.git.Source;
import io.towline.hub.git.SourceConfig;
import io.towline.hub.render.RenderConfig;
import io.towline.hub.render.Renderer;
import io.towline.hub.report.ConnectionSweep;
import io.towline.hub.report.ReportIntake;
import io.towline.hub.resolve.DeclarationSchema;
import io.towline.hub.resolve.Resolver;
import io.towline.hub.show.SourceReconciler;
import io.towline.hub.show.WebhookReceiver;
import io.towline.hub.sign.HubKeys;
import io.towline.hub.sign.SignConfig;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.Bundles;
import io.towline.hub.store.Changes;
import io.towline.hub.store.Clusters;
import io.towline.hub.store.CommitSignatures;
import io.towline.hub.store.Contacts;
import io.towline.hub.store.Deletions;
import io.towline.hub.store.Envelopes;
import io.towline.hub.store.Events;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.Publications;
import io.towline.hub.store.Renders;
import io.towline.hub.store.Reports;
import io.towline.hub.store.SealRecipients;
import io.towline.hub.store.Sources;
import io.towline.hub.store.Suspensions;
import io.towline.hub.store.Targets;
import io.towline.hub.stream.ReportSink;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import java.util.SplittableRandom;

/** Joins the steps of the journey from Git to signed envelopes, and the way back of reports. */
@Singleton
public class JourneyWiring {
  @Produces
  @Singleton
  HubKeys keys(DataDirectory directory) {
    return HubKeys.open(directory.path(), new SecureRandom());
  }

  @Produces
  @Singleton
  Signing signing(
      HubKeys keys,
      Fleet fleet,
      SignConfig config,
      Changes changes,
      DataDirectory directory,
      InstantSource clock) {
    Founding founding = new Founding(fleet, keys, directory.path(), clock);
    return new Signing(founding.newestRoot(), keys, fleet, config, changes, clock);
  }

  @Produces
  @Singleton
  Renderer renderer(RenderConfig config, DataDirectory directory) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    Path scratch = config.scratch().orElseGet(() -> directory.path().resolve("scratch"));
    return new Renderer(config, scratch, Renderer.searchPath(path));
  }

  @Produces
  @Singleton
  Resolver resolver() {
    return new Resolver(new DeclarationSchema());
  }

  @Produces
  @Singleton
  HubMetrics metrics(MeterRegistry registry) {
    return new HubMetrics(registry);
  }

  @Produces
  @Singleton
  Journey.Stores stores(
      BodyStore bodies,
      Renders renders,
      Publications publications,
      Clusters clusters,
      Targets targets,
      Deletions deletions,
      Envelopes envelopes,
      Bundles bundles,
      Sources sources,
      CommitSignatures signatures,
      Events events,
      SealRecipients seals,
      Suspensions suspensions,
      Changes changes) {
    return new Journey.Stores(
        bodies,
        renders,
        publications,
        clusters,
        targets,
        deletions,
        envelopes,
        bundles,
        sources,
        signatures,
        events,
        seals,
        suspensions,
        changes);
  }

  @Produces
  @Singleton
  Journey journey(
      SourceConfig sources,
      GitConfig git,
      DataDirectory directory,
      Journey.Stores stores,
      Resolver resolver,
      Renderer renderer,
      Signing signing,
      HubMetrics metrics,
      InstantSource clock) {
    return new Journey(
        Source.of(sources, git),
        git,
        directory.path().resolve("git"),
        stores,
        new Journey.Steps(
            resolver, renderer, signing::newest, metrics, clock, new SplittableRandom()));
  }

  @Produces
  @Singleton
  SourceReconciler reconciler(Journey journey) {
    SourceLoops sources = journey.sources();
    return new SourceReconciler() {
      @Override
      public void reconcile(String source) throws InterruptedException {
        sources.reconcile(source);
      }

      @Override
      public void approve(String source, String commit) throws InterruptedException {
        sources.approve(source, commit);
      }
    };
  }

  @Produces
  @Singleton
  WebhookReceiver webhooks(Journey journey) {
    return journey.sources()::deliver;
  }

  @Produces
  @Singleton
  ReportSink reportSink(
      Contacts contacts, Reports reports, MeterRegistry registry, InstantSource clock) {
    return new ReportIntake(contacts, reports, registry, clock);
  }

  @Produces
  @Singleton
  ConnectionSweep sweep(Contacts contacts, AgentsSettings settings, InstantSource clock) {
    return new ConnectionSweep(contacts, settings.heartbeatInterval(), clock);
  }
}
