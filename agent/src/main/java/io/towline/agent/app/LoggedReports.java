package io.towline.agent.app;

import io.towline.agent.report.ReportQueue;
import io.towline.agent.v1.DriftReport;
import io.towline.agent.v1.ObjectProblem;
import io.towline.agent.v1.ObjectRef;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.v1.TargetReport;
import io.towline.vocabulary.LogKeys;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Takes the place of the hub as the reader of reports where there is none: says them to the log, in
 * the same words. What the agent says of itself is there already. Runs on one thread and ends with
 * its interruption.
 */
final class LoggedReports {
  private static final Logger LOG = Logger.getLogger(LoggedReports.class);
  private static final Duration IDLE = Duration.ofHours(1);

  private final ReportQueue queue;
  private final Map<String, String> said = new HashMap<>();

  LoggedReports(ReportQueue queue) {
    this.queue = queue;
  }

  void run() throws InterruptedException {
    while (true) {
      Optional<ReportBatch> batch = queue.next();
      if (batch.isPresent()) {
        batch.get().getItemsList().forEach(this::say);
        queue.acknowledged(batch.get().getNumber());
      } else {
        queue.await(IDLE);
      }
    }
  }

  private void say(ReportItem item) {
    switch (item.getItemCase()) {
      case TARGET -> target(item.getTarget());
      case TARGET_REMOVED -> {
        String bundle = item.getTargetRemoved().getBundle();
        said.remove(bundle);
        LOG.infof("%s=%s is gone", LogKeys.BUNDLE, bundle);
      }
      case DRIFT -> drift(item.getDrift());
      case DELETION ->
          LOG.infof(
              "a deletion is done %s=%s %s=%s",
              LogKeys.BUNDLE,
              item.getDeletion().getBundle(),
              LogKeys.OBJECT,
              name(item.getDeletion().getObject()));
      case VERDICT, EVENT, ITEM_NOT_SET -> {
        // The agent said it itself.
      }
    }
  }

  private void target(TargetReport report) {
    String now = report.getStatus() + " " + report.getReason() + " " + report.getMessage();
    if (now.equals(said.put(report.getBundle(), now))) {
      return;
    }
    Logger.Level level = isWrong(report.getStatus()) ? Logger.Level.WARN : Logger.Level.INFO;
    LOG.logf(
        level,
        "%s=%s is %s: %d of %d objects are current %s=%s %s=%d %s",
        LogKeys.BUNDLE,
        report.getBundle(),
        report.getStatus(),
        report.getObjectsCurrent(),
        report.getObjects(),
        LogKeys.REASON,
        report.getReason(),
        LogKeys.SEQUENCE,
        report.getSequence(),
        report.getMessage());
    for (ObjectProblem problem : report.getProblemsList()) {
      LOG.logf(
          level,
          "%s=%s %s=%s %s=%s %s",
          LogKeys.BUNDLE,
          report.getBundle(),
          LogKeys.OBJECT,
          name(problem.getObject()),
          LogKeys.REASON,
          problem.getReason(),
          problem.getMessage());
    }
    Reason.ofWord(report.getReason())
        .map(Reason::nextStep)
        .filter(step -> !step.isEmpty() && isWrong(report.getStatus()))
        .ifPresent(step -> LOG.warnf("%s=%s next: %s", LogKeys.BUNDLE, report.getBundle(), step));
  }

  private static boolean isWrong(String word) {
    return Status.ofWord(word).map(Status::needsAttention).orElse(true);
  }

  private static void drift(DriftReport report) {
    String action =
        switch (report.getAction()) {
          case ACTION_CORRECTED -> "was corrected";
          case ACTION_REPORTED -> "is left";
          case ACTION_FAILED -> "could not be corrected";
          case ACTION_RESOLVED -> "is over";
          case ACTION_UNSPECIFIED, UNRECOGNIZED -> "is seen";
        };
    LOG.infof(
        "a drift %s %s=%s %s=%s manager=%s %s=%d %s",
        action,
        LogKeys.BUNDLE,
        report.getBundle(),
        LogKeys.OBJECT,
        name(report.getObject()),
        report.getManager(),
        LogKeys.COUNT,
        report.getFieldsCount(),
        report.getMessage());
  }

  private static String name(ObjectRef object) {
    String namespace = object.getNamespace().isEmpty() ? "" : object.getNamespace() + "/";
    return object.getKind() + " " + namespace + object.getName();
  }
}
