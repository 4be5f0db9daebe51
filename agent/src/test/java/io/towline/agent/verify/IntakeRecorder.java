package io.towline.agent.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.agent.v1.Position;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.vocabulary.Reason;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What an intake said, in order. */
public final class IntakeRecorder implements EnvelopeIntake.Listener {
  /** One thing that it said. */
  public sealed interface Said {
    record Accepted(VerifiedEnvelope envelope, EnvelopeIntake.Origin origin) implements Said {}

    record Refused(Position position, Reason reason, String message) implements Said {}

    record Expiry(boolean expired) implements Said {}

    record Retired(boolean retired) implements Said {}

    record ClockBehind(boolean behind) implements Said {}

    record RootRefused(Reason reason) implements Said {}

    record Untidy(String message) implements Said {}
  }

  private final BlockingQueue<Said> said = new LinkedBlockingQueue<>();

  /** The next thing, which has to come. */
  public Said next() throws InterruptedException {
    Said next = said.poll(60, TimeUnit.SECONDS);
    assertThat(next).as("what the intake says").isNotNull();
    return next;
  }

  public VerifiedEnvelope nextAccepted() throws InterruptedException {
    Said next = next();
    assertThat(next).isInstanceOf(Said.Accepted.class);
    return ((Said.Accepted) next).envelope();
  }

  public Said.Refused nextRefused() throws InterruptedException {
    Said next = next();
    assertThat(next).isInstanceOf(Said.Refused.class);
    return (Said.Refused) next;
  }

  /** Whether everything that was said was asked for. */
  public boolean isSilent() {
    return said.isEmpty();
  }

  @Override
  public void accepted(VerifiedEnvelope envelope, EnvelopeIntake.Origin origin) {
    said.add(new Said.Accepted(envelope, origin));
  }

  @Override
  public void refused(Position position, Reason reason, String message) {
    said.add(new Said.Refused(position, reason, message));
  }

  @Override
  public void untidy(String message) {
    said.add(new Said.Untidy(message));
  }

  @Override
  public void expiry(VerifiedEnvelope held, boolean expired) {
    said.add(new Said.Expiry(expired));
  }

  @Override
  public void retired(VerifiedEnvelope held, boolean retired) {
    said.add(new Said.Retired(retired));
  }

  @Override
  public void clockBehind(Instant floor, boolean behind) {
    said.add(new Said.ClockBehind(behind));
  }

  @Override
  public void rootRefused(Reason reason, String message) {
    said.add(new Said.RootRefused(reason));
  }
}
