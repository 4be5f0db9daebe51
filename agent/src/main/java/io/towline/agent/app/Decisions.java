package io.towline.agent.app;

import io.towline.agent.apply.Bell;
import io.towline.agent.report.ReportQueue;
import io.towline.agent.v1.Position;
import io.towline.agent.verify.EnvelopeIntake;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.vocabulary.Reason;
import java.time.Instant;

/** What follows from a decision about an envelope. One thread calls it. */
final class Decisions implements EnvelopeIntake.Listener {
  private static final String CLOCK = "clock";

  private final Enforcement enforcing;
  private final BlockedBundles blocked;
  private final Bell mirrorBell;
  private final ReportQueue queue;
  private final AgentNews news;
  private final AgentMetrics metrics;

  Decisions(
      Enforcement enforcing,
      BlockedBundles blocked,
      Bell mirrorBell,
      ReportQueue queue,
      AgentNews news,
      AgentMetrics metrics) {
    this.enforcing = enforcing;
    this.blocked = blocked;
    this.mirrorBell = mirrorBell;
    this.queue = queue;
    this.news = news;
    this.metrics = metrics;
  }

  @Override
  public void accepted(VerifiedEnvelope envelope, EnvelopeIntake.Origin origin) {
    news.ends("state");
    enforcing.enforce(envelope, blocked.of(envelope, enforcing));
    queue.expect(envelope.bundles().stream().map(VerifiedBundle::name).toList());
    metrics.accepted(envelope.statement());
    news.accepted(position(envelope), envelope.bundles().size());
    mirrorBell.ring();
  }

  @Override
  public void refused(Position position, Reason reason, String message) {
    metrics.refused(reason);
    news.refused(position, reason, message);
  }

  @Override
  public void untidy(String message) {
    news.warns("tidy", 0, Reason.STATE_NOT_STORED, "Verify", message);
  }

  @Override
  public void expiry(VerifiedEnvelope held, boolean expired) {
    if (expired) {
      news.refused(
          position(held),
          Reason.ENVELOPE_EXPIRED,
          "the held envelope expired at "
              + held.statement().expiresAt()
              + "; it is enforced until a newer one comes");
    } else {
      news.accepted(position(held), held.bundles().size());
    }
  }

  @Override
  public void retired(VerifiedEnvelope held, boolean retired) {
    if (retired) {
      news.refused(
          position(held),
          Reason.SIGNED_BY_RETIRED_KEY,
          "the held envelope is signed by keys that the newest root trusts no more; it is"
              + " enforced until it is signed anew");
    } else {
      news.accepted(position(held), held.bundles().size());
    }
  }

  @Override
  public void clockBehind(Instant floor, boolean behind) {
    if (behind) {
      news.warns(
          CLOCK,
          0,
          Reason.CLOCK_SKEW,
          "Verify",
          "this cluster's clock is behind the last accepted envelope, which was issued at "
              + floor
              + "; that time counts until the clock is right");
    } else {
      news.isWellAgain(CLOCK, "this cluster's clock is no longer behind the accepted envelope");
    }
  }

  @Override
  public void rootRefused(Reason reason, String message) {
    news.warns("root", 0, reason, "Verify", message);
  }

  private Position position(VerifiedEnvelope envelope) {
    return Position.newBuilder()
        .setEpoch(envelope.position().epoch())
        .setSequence(envelope.position().sequence())
        .setPayloadSha256(envelope.position().payload().hex())
        .build();
  }
}
