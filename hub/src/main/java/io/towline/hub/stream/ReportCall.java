package io.towline.hub.stream;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.towline.agent.v1.FullStateRequest;
import io.towline.agent.v1.ReportAck;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.agent.v1.ReportRequest;
import io.towline.agent.v1.ReportResponse;
import io.towline.agent.v1.ReportWelcome;
import io.towline.hub.enroll.Caller;
import io.towline.hub.enroll.EnrollException;
import io.towline.hub.enroll.Enrolling;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.StoreException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * One agent's report stream. One message is taken at a time, and the next one asked for only after
 * it is stored and the agent's pace allows it, so a flood waits in the agent and not in the hub.
 * gRPC calls it for one message after the other; {@link #end} may come from any thread.
 */
final class ReportCall extends OpenCall<ReportResponse> implements StreamObserver<ReportRequest> {
  /** As the API states. */
  static final int MAX_BATCH_BYTES = 256 * 1024;

  private static final Logger LOG = Logger.getLogger(ReportCall.class);

  private final Caller caller;
  private final KnownCluster cluster;
  private final Enrolling enrolling;
  private final Calls calls;
  private final ReportSink sink;
  private final ServerCallStreamObserver<ReportResponse> out;
  private final ScheduledExecutorService timer;
  private final LongSupplier nanoTime;
  private final Pace pace;
  private final Duration heartbeatInterval;
  private boolean greeted;
  private long incarnation;
  private long lastNumber;

  ReportCall(
      Caller caller,
      Enrolling enrolling,
      ReportSink sink,
      ServerCallStreamObserver<ReportResponse> out,
      Calls calls,
      ScheduledExecutorService timer,
      LongSupplier nanoTime,
      Pace pace,
      Duration heartbeatInterval) {
    super(caller.cluster(), out, calls);
    this.caller = caller;
    this.cluster = caller.cluster();
    this.enrolling = enrolling;
    this.calls = calls;
    this.sink = sink;
    this.out = out;
    this.timer = timer;
    this.nanoTime = nanoTime;
    this.pace = pace;
    this.heartbeatInterval = heartbeatInterval;
  }

  @Override
  public Kind kind() {
    return Kind.REPORT;
  }

  @Override
  public void onNext(ReportRequest request) {
    try {
      switch (request.getMessageCase()) {
        case HELLO -> hello(request.getHello());
        case HEARTBEAT -> {
          requireGreeting();
          sink.heartbeat(cluster, request.getHeartbeat());
        }
        case BATCH -> batch(request.getBatch());
        case MESSAGE_NOT_SET ->
            throw Refusal.badField("MESSAGE_MISSING", "message", "A report message is empty.");
      }
      askForNext();
    } catch (StatusRuntimeException e) {
      end(e);
    } catch (EnrollException e) {
      end(Refusal.of(e));
    } catch (StoreException e) {
      LOG.warn("A report could not be stored", e);
      end(Calls.unavailable());
    }
  }

  private void hello(ReportHello hello) {
    if (greeted) {
      throw Refusal.badField("SECOND_HELLO", "hello", "A report stream has one hello.");
    }
    Facts.check(hello.getFacts());
    enrolling.requireSameCluster(caller, hello.getFacts().getKubeSystemUid());
    // Only now the older stream is ended for this one: a copy of the agent must not do that.
    calls.opened(caller, this);
    ReportSink.Standing standing = sink.hello(cluster, hello);
    greeted = true;
    incarnation = hello.getIncarnation();
    lastNumber = standing.lastNumber();
    send(
        ReportResponse.newBuilder()
            .setWelcome(
                ReportWelcome.newBuilder()
                    .setLastNumber(lastNumber)
                    .setHeartbeatInterval(ProtoTime.of(heartbeatInterval)))
            .build());
    askForFullState(standing);
  }

  private void batch(ReportBatch batch) {
    requireGreeting();
    if (batch.getSerializedSize() > MAX_BATCH_BYTES) {
      throw Refusal.badField(
          "BATCH_TOO_LARGE", "batch", "A batch has at most " + MAX_BATCH_BYTES + " bytes.");
    }
    if (Long.compareUnsigned(batch.getNumber(), lastNumber) > 0) {
      if (batch.getNumber() != lastNumber + 1) {
        throw Refusal.badField(
            "BATCH_NUMBER_GAP", "batch.number", "Batches are numbered without gaps.");
      }
      ReportSink.Standing standing = sink.batch(cluster, incarnation, batch);
      lastNumber = batch.getNumber();
      acknowledge();
      askForFullState(standing);
    } else {
      acknowledge();
    }
  }

  private void requireGreeting() {
    if (!greeted) {
      throw Refusal.badField("HELLO_MISSING", "message", "A report stream begins with a hello.");
    }
  }

  private void acknowledge() {
    send(ReportResponse.newBuilder().setAck(ReportAck.newBuilder().setNumber(lastNumber)).build());
  }

  private void askForFullState(ReportSink.Standing standing) {
    if (standing.fullStateWanted()) {
      send(ReportResponse.newBuilder().setFullState(FullStateRequest.getDefaultInstance()).build());
    }
  }

  private void askForNext() {
    long waitNanos = pace.next(nanoTime.getAsLong());
    if (waitNanos == 0) {
      out.request(1);
    } else {
      var unused = timer.schedule(() -> out.request(1), waitNanos, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void onError(Throwable cause) {
    gone();
  }

  @Override
  public void onCompleted() {
    complete();
  }
}
