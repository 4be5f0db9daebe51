package io.towline.hub.cli;

import com.google.protobuf.Message;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.towline.fleet.v1.Event;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Says who tried in vain to enrol for one cluster, from now on and while a person waits for its
 * agent. Closing it ends that.
 */
final class RefusedAttempts implements Changes.Watcher, AutoCloseable {
  /** Of the events that tell of an attempt to enrol. */
  static final String ACTION = "Enroll";

  private final Terminal terminal;
  private final Instant since;
  private final Context.CancellableContext context = Context.current().withCancellation();

  private RefusedAttempts(Terminal terminal) {
    this.terminal = terminal;
    this.since = terminal.now();
  }

  static RefusedAttempts follow(Hub hub, Terminal terminal, String cluster) {
    RefusedAttempts attempts = new RefusedAttempts(terminal);
    String filter = new Filter().with("cluster", cluster).toString();
    Thread.ofVirtual()
        .start(
            attempts.context.wrap(
                () -> {
                  try {
                    new Changes(hub, terminal)
                        .follow(List.of(Kind.EVENT), filter, Optional.empty(), attempts);
                  } catch (StatusRuntimeException e) {
                    // Over with the waiting, or the hub is away: the waiting itself says that.
                  }
                }));
    return attempts;
  }

  @Override
  public Changes.Answer upserted(Kind kind, Message item) {
    if (item instanceof Event event
        && event.getAction().equals(ACTION)
        && Instant.ofEpochSecond(event.getTime().getSeconds()).isAfter(since.minusSeconds(2))) {
      terminal.say(
          terminal.sign("✖ ", "")
              + "an agent was refused: "
              + Cell.plain(event.getMessage())
              + " ["
              + event.getReason()
              + "]");
    }
    return Changes.Answer.MORE;
  }

  @Override
  public void close() {
    var unused = context.cancel(null);
  }
}
