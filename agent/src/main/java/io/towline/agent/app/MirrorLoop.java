package io.towline.agent.app;

import io.towline.agent.apply.Bell;
import io.towline.agent.enroll.StateException;
import io.towline.agent.stream.Backoff;
import io.towline.agent.verify.TrustMirror;
import io.towline.agent.verify.TrustStore;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.util.Optional;

/**
 * Keeps the mirror of trust up to date, and says when it cannot. The disk alone is enough to go on.
 * Runs on one thread and ends with its interruption.
 */
final class MirrorLoop {
  private static final String MATTER = "mirror";
  private static final Duration IDLE = Duration.ofHours(1);

  private final TrustStore trust;
  private final TrustMirror mirror;
  private final Bell bell;
  private final Backoff backoff;
  private final AgentNews news;

  MirrorLoop(TrustStore trust, TrustMirror mirror, Bell bell, Backoff backoff, AgentNews news) {
    this.trust = trust;
    this.mirror = mirror;
    this.bell = bell;
    this.backoff = backoff;
    this.news = news;
  }

  void run() throws InterruptedException {
    while (true) {
      Duration wait = IDLE;
      if (trust.mirrorIsBehind() && !update()) {
        wait = backoff.next();
      } else {
        backoff.reset();
      }
      bell.await(wait);
    }
  }

  private boolean update() throws InterruptedException {
    try {
      trust.updateMirror(mirror);
      news.isWellAgain(MATTER, "the trust Secret is up to date again");
      return true;
    } catch (TrustMirror.MirrorException e) {
      Reason reason =
          switch (e.kind()) {
            case DENIED -> Reason.FORBIDDEN;
            case UNAVAILABLE, CHANGED -> Reason.API_SERVER_UNAVAILABLE;
          };
      if (e.kind() != TrustMirror.MirrorException.Kind.CHANGED) {
        warn(reason, e);
      }
      return false;
    } catch (VerificationException e) {
      warn(e.reason(), e);
      return false;
    } catch (StateException e) {
      warn(e.reason(), e);
      return false;
    }
  }

  private void warn(Reason reason, Exception e) {
    news.warns(
        MATTER,
        0,
        reason,
        "Verify",
        "the trust Secret "
            + SecretTrustMirror.NAME
            + " is not up to date: "
            + Optional.ofNullable(e.getMessage()).orElse(""));
  }
}
