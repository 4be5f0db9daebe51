package io.towline.agent.app;

import com.google.protobuf.util.Timestamps;
import io.towline.agent.report.ReportQueue;
import io.towline.agent.v1.EnvelopeVerdict;
import io.towline.agent.v1.EventReport;
import io.towline.agent.v1.Position;
import io.towline.vocabulary.LogKeys;
import io.towline.vocabulary.Reason;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * What the agent has to say of itself, to its log and to the hub: once when it begins, not again
 * while it lasts. Thread-safe.
 */
final class AgentNews {
  private static final Logger LOG = Logger.getLogger(AgentNews.class);
  private static final int MAX_MESSAGE = 2_000;
  private static final String NORMAL = "Normal";
  private static final String WARNING = "Warning";

  private final ReportQueue queue;
  private final InstantSource clock;
  private final long incarnation;
  private final AtomicLong events = new AtomicLong();
  private final Map<String, String> standing = new HashMap<>();

  AgentNews(ReportQueue queue, long incarnation, InstantSource clock) {
    this.queue = queue;
    this.incarnation = incarnation;
    this.clock = clock;
  }

  /** An envelope is held and enforced. */
  void accepted(Position position, int bundles) {
    ends("verify");
    LOG.infof(
        "envelope accepted %s=%d %s=%d %s=%d",
        LogKeys.EPOCH,
        position.getEpoch(),
        LogKeys.SEQUENCE,
        position.getSequence(),
        LogKeys.COUNT,
        bundles);
    queue.verdict(
        EnvelopeVerdict.newBuilder()
            .setPosition(position)
            .setAccepted(true)
            .setTime(Timestamps.fromMillis(clock.millis()))
            .build());
  }

  /** An envelope was refused, or the held one is past its expiry; what runs stays as it is. */
  void refused(Position position, Reason reason, String message) {
    queue.verdict(
        EnvelopeVerdict.newBuilder()
            .setPosition(position)
            .setAccepted(false)
            .setReason(reason.word())
            .setMessage(shortened(message))
            .setTime(Timestamps.fromMillis(clock.millis()))
            .build());
    warns("verify", position.getSequence(), reason, "Verify", message);
  }

  /** Something is wrong; told once until it ends or becomes something else. */
  void warns(String matter, long sequence, Reason reason, String action, String message) {
    synchronized (standing) {
      if ((reason.word() + sequence).equals(standing.put(matter, reason.word() + sequence))) {
        return;
      }
    }
    LOG.warnf("%s %s=%s %s=%d", message, LogKeys.REASON, reason.word(), LogKeys.SEQUENCE, sequence);
    queue.event(event(WARNING, sequence, reason, action, message));
  }

  /** Whether something was wrong that is not any more. */
  boolean ends(String matter) {
    synchronized (standing) {
      return standing.remove(matter) != null;
    }
  }

  /** As {@link #ends}, and says so if there was something. */
  void isWellAgain(String matter, String message) {
    if (ends(matter)) {
      LOG.info(message);
      queue.event(event(NORMAL, 0, Reason.RECONCILIATION_SUCCEEDED, "Verify", message));
    }
  }

  private EventReport event(
      String type, long sequence, Reason reason, String action, String message) {
    return EventReport.newBuilder()
        .setId(incarnation + "-" + events.incrementAndGet())
        .setType(type)
        .setReason(reason.word())
        .setAction(action)
        .setMessage(shortened(message))
        .setTime(Timestamps.fromMillis(clock.millis()))
        .setSequence(sequence)
        .build();
  }

  private static String shortened(String text) {
    return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE) + "…";
  }
}
