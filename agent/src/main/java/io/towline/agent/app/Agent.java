package io.towline.agent.app;

import com.google.protobuf.util.Timestamps;
import io.towline.agent.apply.ApplyConfig;
import io.towline.agent.apply.Bell;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.Pace;
import io.towline.agent.enroll.AgentConfig;
import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.EnrollException;
import io.towline.agent.enroll.Enrollment;
import io.towline.agent.enroll.HubAddress;
import io.towline.agent.enroll.Identity;
import io.towline.agent.enroll.LocalDisk;
import io.towline.agent.enroll.SealConfig;
import io.towline.agent.enroll.SealIdentities;
import io.towline.agent.observe.Observation;
import io.towline.agent.observe.ObserveConfig;
import io.towline.agent.report.ObservationReports;
import io.towline.agent.report.ReportLoop;
import io.towline.agent.report.ReportQueue;
import io.towline.agent.stream.Backoff;
import io.towline.agent.stream.Deliverer;
import io.towline.agent.stream.ExportFolder;
import io.towline.agent.stream.FolderLoop;
import io.towline.agent.stream.HubDeliverer;
import io.towline.agent.stream.HubException;
import io.towline.agent.stream.NewestEnvelope;
import io.towline.agent.stream.OfflineConfig;
import io.towline.agent.stream.StreamConfig;
import io.towline.agent.unseal.Unsealer;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.agent.verify.BodyStore;
import io.towline.agent.verify.EnvelopeIntake;
import io.towline.agent.verify.GuardConfig;
import io.towline.agent.verify.GuardRails;
import io.towline.agent.verify.TrustMirror;
import io.towline.agent.verify.TrustStore;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.vocabulary.LogKeys;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One agent, from its start to its end. The order is the promise: state is read, what was verified
 * last is enforced from disk, and only then is the hub asked for something newer.
 */
final class Agent {
  private static final Logger LOG = Logger.getLogger(Agent.class);
  private static final Duration STOPPING = Duration.ofSeconds(1);
  private static final int MAX_VERSION = 64;

  /** The configuration of every step. */
  record Config(
      AgentConfig agent,
      SealConfig seal,
      StreamConfig stream,
      OfflineConfig offline,
      GuardConfig guard,
      ApplyConfig apply,
      ObserveConfig observe) {}

  private final Config config;
  private final String version;
  private final AgentMetrics metrics;
  private final InstantSource clock;
  private final Pace pace;

  private final DurableFiles files;
  private final Enrollment enrollment;
  private final SealIdentities seals;
  private final ReportQueue queue = new ReportQueue();
  private final AgentNews news;
  private final Optional<HubSide> hub;
  private final NewestEnvelope inbox = new NewestEnvelope();
  private final Optional<ExportFolder> folder;
  private final Optional<FolderLoop> looking;
  private final KubeApi api;
  private final ApiServerProbe probe;
  private final Loops loops;
  private volatile @Nullable EnvelopeIntake intake;
  private volatile @Nullable Enforcement enforcement;
  private volatile boolean loaded;
  private volatile boolean unnamed;
  private volatile Optional<String> lostTrust = Optional.empty();

  /**
   * Finds out who it is.
   *
   * @throws io.towline.agent.enroll.EnrollException if it cannot
   * @throws io.towline.agent.enroll.StateException if the state directory cannot be used
   * @throws IOException if there is no way to the API server in the configuration
   */
  Agent(Config config, String version, AgentMetrics metrics, InstantSource clock, Pace pace)
      throws IOException {
    this.config = config;
    this.version = version.length() <= MAX_VERSION ? version : version.substring(0, MAX_VERSION);
    this.metrics = metrics;
    this.clock = clock;
    this.pace = pace;
    this.files = DurableFiles.open(new LocalDisk(), config.agent().stateDir());
    this.enrollment = Enrollment.of(config.agent(), files, clock);
    this.seals = SealIdentities.load(files, config.seal(), new SecureRandom());
    this.news = new AgentNews(queue, enrollment.incarnation(), clock);
    this.loops = new Loops(news);
    this.api = KubeApi.connect(config.apply().kubeconfig(), config.apply().requestTimeout());
    this.probe = new ApiServerProbe(api, clock);
    boolean offline =
        enrollment.identity().map(Identity::hub).filter(Optional::isEmpty).isPresent();
    this.hub = offline ? Optional.empty() : Optional.of(hubSide());
    this.folder = config.offline().dir().map(ExportFolder::new);
    this.looking = folder.map(this::looking);
    if (hub.isEmpty() && folder.isEmpty()) {
      throw new EnrollException(
          "an offline token, and no folder to take exports from: set TOWLINE_OFFLINE_DIR");
    }
  }

  /** Starts; returns at once. */
  void start() {
    LOG.infof(
        "agent %s of %s=%s",
        version,
        LogKeys.CLUSTER,
        enrollment
            .identity()
            .map(Agent::described)
            .orElse(enrollment.proposal().name() + ", which its hub has not let in yet"));
    if (hub.isEmpty()) {
      // With a hub it is told to the hub, which shows it to whoever seals.
      seals.recipients().forEach(one -> LOG.infof("seal files for this cluster for %s", one));
    }
    loops.start("start", this::takeUp);
  }

  private static String described(Identity identity) {
    return identity.clusterName()
        + identity
            .hub()
            .map(address -> ", hub " + HubAddress.parse(address))
            .orElse(", which never calls a hub");
  }

  /** Everything in order, on a thread of its own; it may have to wait for the API server. */
  private void takeUp() throws InterruptedException {
    seals
        .problem()
        .ifPresent(problem -> news.warns("seal", 0, Reason.SEALED_FOR_OTHERS, "Unseal", problem));
    if (!probe.reachable()) {
      news.warns(
          "api-server",
          0,
          Reason.API_SERVER_UNAVAILABLE,
          "Apply",
          "the cluster's API server does not answer; waiting for it");
    }
    hub.ifPresentOrElse(
        side -> side.start(loops, queue, new Self()),
        () -> loops.start("report", new LoggedReports(queue)::run));
    SecretTrustMirror mirror = new SecretTrustMirror(api, config.agent().namespace());
    TrustMirror.Reading reading = readPatiently(mirror);
    news.ends("api-server");
    Identity identity = awaitIdentity();
    TrustStore trust;
    try {
      trust = TrustStore.load(files, identity, enrollment.knownBefore(), reading);
    } catch (VerificationException e) {
      refuseEverything(e);
      return;
    }
    enrollment.keep(identity);
    try {
      enforceAndFollow(identity, trust, mirror);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Who it is: known at once, or said by the hub where its token is a pool's. */
  private Identity awaitIdentity() throws InterruptedException {
    if (enrollment.identity().isPresent()) {
      return enrollment.identity().get();
    }
    unnamed = true;
    Identity identity = hub.orElseThrow().awaitIdentity();
    unnamed = false;
    return identity;
  }

  private TrustMirror.Reading readPatiently(TrustMirror mirror) throws InterruptedException {
    Backoff backoff = backoff();
    while (true) {
      try {
        return mirror.read();
      } catch (TrustMirror.MirrorException e) {
        Thread.sleep(backoff.next());
      }
    }
  }

  private void enforceAndFollow(Identity identity, TrustStore trust, TrustMirror mirror)
      throws IOException, InterruptedException {
    Path root = files.root();
    BodyStore bodies = new BodyStore(files.disk(), root, this::repair);
    ObservationReports reports = new ObservationReports(queue);
    GuardRails guard = new GuardRails(config.guard(), config.agent().namespace(), bodies);
    BlockedBundles blocked = new BlockedBundles(guard, queue, clock);
    Consumer<Observation> sink =
        observation -> {
          metrics.observed(observation);
          if (!blocked.speaksFor(observation)) {
            reports.accept(observation);
          }
        };
    InventoryFile inventory = new InventoryFile(files.disk(), root);
    Enforcement enforcing =
        new Enforcement(
            api,
            inventory,
            bodies,
            new Unsealer(seals),
            config.apply(),
            config.observe(),
            config.agent().namespace(),
            sink::accept,
            metrics,
            probe,
            pace);
    if (inventory.wasCut()) {
      news.warns(
          "inventory",
          0,
          Reason.STATE_NOT_STORED,
          "Apply",
          "the inventory ends with a write that is not whole; going on without it");
    }
    Bell mirrorBell = new Bell();
    Optional<HubDeliverer> calling = hub.map(side -> side.deliverer(inbox));
    EnvelopeIntake taking =
        new EnvelopeIntake(
            identity,
            trust,
            files,
            bodies,
            calling.<Deliverer>map(one -> one).or(() -> folder).orElseThrow(),
            inbox,
            enforcing::bodiesInUse,
            clock,
            backoff(),
            new Decisions(enforcing, blocked, mirrorBell, queue, news, metrics));
    intake = taking;
    enforcement = enforcing;
    enforcing.start();
    Optional<VerificationException> notRestored = taking.restore();
    notRestored.ifPresent(
        e ->
            news.warns(
                "state",
                trust.floor().sequence(),
                e.reason(),
                "Verify",
                "what was accepted before is not whole on disk, waiting for it to come again: "
                    + e.getMessage()));
    if (taking.held().isEmpty() && notRestored.isEmpty()) {
      queue.expect(List.of());
    }
    loaded = true;
    loops.start("verify", taking::run);
    loops.start("mirror", new MirrorLoop(trust, mirror, mirrorBell, backoff(), news)::run);
    looking.ifPresent(loop -> loops.start("folder", loop::run));
    calling.ifPresent(from -> follow(from::received, from::rootOffered, taking::held));
  }

  private void repair() {
    EnvelopeIntake taking = intake;
    if (taking != null) {
      taking.repair();
    }
  }

  /** Without a floor nothing can be believed: what runs stays, and every envelope is refused. */
  private void refuseEverything(VerificationException why) throws InterruptedException {
    String message = Optional.ofNullable(why.getMessage()).orElse("trust is lost");
    lostTrust = Optional.of(message);
    news.warns("trust", 0, why.reason(), "Verify", message);
    follow(
        envelope -> news.refused(envelope.getPosition(), why.reason(), message),
        offered -> {},
        Optional::empty);
  }

  private void follow(
      Consumer<SignedEnvelope> received,
      LongConsumer rootOffered,
      Supplier<Optional<Position>> held) {
    hub.ifPresent(
        side ->
            side.follow(
                loops,
                new HubListener(
                    received, rootOffered, held, this::facts, side::denied, metrics, clock)));
  }

  private HubSide hubSide() {
    return new HubSide(
        "towline-agent/" + version,
        config.stream(),
        enrollment,
        files,
        this::facts,
        news,
        clock,
        pace.random());
  }

  private FolderLoop looking(ExportFolder from) {
    return new FolderLoop(
        from,
        inbox,
        config.offline().interval(),
        Thread::sleep,
        clock,
        new FolderNews(from.path(), news));
  }

  private Backoff backoff() {
    return new Backoff(
        config.stream().firstBackoff(), config.stream().longestBackoff(), pace.random());
  }

  private AgentFacts facts() {
    return AgentFacts.newBuilder()
        .setAgentVersion(version)
        .setKubernetesVersion(probe.kubernetesVersion())
        .setKubeSystemUid(probe.kubeSystemUid())
        .addAllSealRecipients(seals.recipients())
        .setAgentTime(Timestamps.fromMillis(clock.millis()))
        .build();
  }

  /** Whether its state was read and is sound. */
  boolean isLoaded() {
    return loaded;
  }

  /**
   * Whether its hub has not said yet which cluster it is: its token is a pool's, and there is no
   * state to be read before that.
   */
  boolean isUnnamed() {
    return unnamed;
  }

  /** Why it refuses everything; empty if it does not. */
  Optional<String> lostTrust() {
    return lostTrust;
  }

  /** What is enforced, and until when it is good, for people. */
  String held() {
    EnvelopeIntake taking = intake;
    return Optional.ofNullable(taking)
        .flatMap(EnvelopeIntake::heldEnvelope)
        .map(VerifiedEnvelope::statement)
        .map(
            statement ->
                "epoch "
                    + statement.epoch()
                    + ", sequence "
                    + statement.sequence()
                    + ", good until "
                    + statement.expiresAt())
        .orElse("none");
  }

  /** Whether the API server answers. May take as long as one request. */
  boolean reachesApiServer() throws InterruptedException {
    return probe.reachable();
  }

  /** Ends everything within about five seconds. What is accepted stays, on disk and in force. */
  void stop() throws InterruptedException {
    loops.stop(STOPPING);
    Thread closing = Thread.ofVirtual().start(() -> hub.ifPresent(HubSide::close));
    Enforcement enforcing = enforcement;
    if (enforcing != null) {
      Thread stopping =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      enforcing.stop();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  });
      boolean ended = stopping.join(STOPPING.multipliedBy(2));
      if (!ended) {
        LOG.debug("requests to the API server were left under way");
      }
    }
    boolean closed = closing.join(STOPPING);
    if (!closed) {
      LOG.debug("the connection to the hub was left open");
    }
    api.close();
    files.close();
  }

  /** What the stream of reports says of the agent. */
  private final class Self implements ReportLoop.Self {
    @Override
    public long incarnation() {
      return enrollment.incarnation();
    }

    @Override
    public AgentFacts facts() {
      return Agent.this.facts();
    }

    @Override
    public Optional<Position> held() {
      EnvelopeIntake taking = intake;
      return taking == null ? Optional.empty() : taking.held();
    }

    @Override
    public void lost(HubException why, Duration wait) {
      LOG.debugf("the stream of reports ended: %s", why.getMessage());
    }
  }
}
