package io.towline.hub.stream;

import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.Heartbeat;
import io.towline.agent.v1.ReportBatch;
import io.towline.agent.v1.ReportHello;
import io.towline.hub.store.KnownCluster;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

/** Remembers what it is given, and stores a batch only when it is let. */
final class RecordingSink implements ReportSink {
  final List<String> calls = new CopyOnWriteArrayList<>();
  final Semaphore mayStore = new Semaphore(Integer.MAX_VALUE / 2);
  private final Semaphore storing = new Semaphore(0);
  volatile long lastNumber;
  volatile boolean fullStateWanted;

  @Override
  public void followed(KnownCluster cluster, FollowRequest request) {
    calls.add("followed " + cluster.name());
  }

  @Override
  public Standing hello(KnownCluster cluster, ReportHello hello) {
    calls.add("hello " + cluster.name() + " " + hello.getIncarnation());
    return new Standing(lastNumber, fullStateWanted);
  }

  @Override
  public void heartbeat(KnownCluster cluster, Heartbeat heartbeat) {
    calls.add("heartbeat " + cluster.name());
  }

  /** Waits until a batch is being stored. */
  void awaitStoring() throws InterruptedException {
    storing.acquire();
  }

  @Override
  public Standing batch(KnownCluster cluster, long incarnation, ReportBatch batch) {
    storing.release();
    mayStore.acquireUninterruptibly();
    calls.add("batch " + cluster.name() + " " + incarnation + "/" + batch.getNumber());
    return new Standing(batch.getNumber(), false);
  }
}
