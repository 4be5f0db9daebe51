package io.towline.agent.stream;

import io.towline.agent.v1.SignedEnvelope;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** The hub as a deliverer. Safe for use by many threads, but for {@link #fetch}. */
public final class HubDeliverer implements Deliverer {
  private final HubCalls calls;
  private final BodyFetcher fetcher;
  private final NewestEnvelope inbox;
  private final AtomicLong offered = new AtomicLong();

  /**
   * @param inbox where the envelopes go that come
   */
  public HubDeliverer(HubCalls calls, BodyFetcher fetcher, NewestEnvelope inbox) {
    this.calls = calls;
    this.fetcher = fetcher;
    this.inbox = inbox;
  }

  /** An envelope came. */
  public void received(SignedEnvelope envelope) {
    inbox.put(new Delivered(this, envelope));
  }

  /** The hub says that it has roots up to this version: they are followed at once. */
  public void rootOffered(long version) {
    if (offered.getAndAccumulate(version, Math::max) < version) {
      inbox.wake();
    }
  }

  @Override
  public long newestRoot() {
    return offered.get();
  }

  @Override
  public List<byte[]> roots(long afterVersion) throws HubException {
    return calls.roots(afterVersion).stream().map(root -> root.getDsse().toByteArray()).toList();
  }

  @Override
  public Outcome fetch(List<Wanted> wanted, BodySink sink, BooleanSupplier superseded)
      throws HubException, InterruptedException {
    return fetcher.fetch(wanted, sink, superseded);
  }
}
