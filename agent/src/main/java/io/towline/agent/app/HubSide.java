package io.towline.agent.app;

import io.towline.agent.enroll.Credentials;
import io.towline.agent.enroll.DurableFiles;
import io.towline.agent.enroll.Enrollment;
import io.towline.agent.enroll.Identity;
import io.towline.agent.report.ReportLoop;
import io.towline.agent.report.ReportQueue;
import io.towline.agent.stream.Backoff;
import io.towline.agent.stream.BodyFetcher;
import io.towline.agent.stream.CredentialLoop;
import io.towline.agent.stream.FollowLoop;
import io.towline.agent.stream.HubCalls;
import io.towline.agent.stream.HubDeliverer;
import io.towline.agent.stream.HubRoute;
import io.towline.agent.stream.NewestEnvelope;
import io.towline.agent.stream.StreamConfig;
import io.towline.agent.v1.AgentFacts;
import io.towline.vocabulary.Reason;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** All that speaks to the hub, of an agent that has one. */
final class HubSide {
  private final HubCalls calls;
  private final StreamConfig config;
  private final CredentialLoop credentialLoop;
  private final CertificateNews certificateNews;
  private final InstantSource clock;
  private final RandomGenerator random;

  HubSide(
      String userAgent,
      StreamConfig config,
      Enrollment enrollment,
      DurableFiles files,
      Supplier<AgentFacts> facts,
      AgentNews news,
      InstantSource clock,
      RandomGenerator random) {
    this.calls = new HubCalls(userAgent, HubRoute.of(config), clock);
    this.config = config;
    this.clock = clock;
    this.random = random;
    this.certificateNews = new CertificateNews(news);
    this.credentialLoop =
        new CredentialLoop(
            calls,
            enrollment.identity(),
            new Credentials(files, new SecureRandom()),
            enrollment::token,
            enrollment.proposal(),
            facts,
            config,
            backoff(),
            Thread::sleep,
            clock,
            random,
            certificateNews);
  }

  private Backoff backoff() {
    return new Backoff(config.firstBackoff(), config.longestBackoff(), random);
  }

  /** Enrols, renews and reports from now on. */
  void start(Loops loops, ReportQueue queue, ReportLoop.Self self) {
    loops.start("credential", credentialLoop::run);
    ReportLoop reports =
        new ReportLoop(calls, config, queue, self, backoff(), Thread::sleep, clock);
    loops.start("report", reports::run);
  }

  /** Who the agent is; waits until the hub has said it, where its token is a pool's. */
  Identity awaitIdentity() throws InterruptedException {
    return credentialLoop.awaitIdentity();
  }

  /** Who brings what the hub publishes. */
  HubDeliverer deliverer(NewestEnvelope inbox) {
    return new HubDeliverer(calls, new BodyFetcher(calls, config, backoff(), Thread::sleep), inbox);
  }

  /** Follows the cluster's envelope from now on. */
  void follow(Loops loops, FollowLoop.Listener listener) {
    FollowLoop follow = new FollowLoop(calls, config, backoff(), Thread::sleep, clock, listener);
    loops.start("follow", follow::run);
  }

  /** The hub said of a stream what only a certificate or a person can mend. */
  void denied(Reason reason, String message) {
    if (reason == Reason.CERTIFICATE_EXPIRED) {
      credentialLoop.doubt();
    } else {
      certificateNews.refused(reason, message);
    }
  }

  /** Ends every call. Returns within about four seconds. */
  void close() {
    calls.close();
  }
}
