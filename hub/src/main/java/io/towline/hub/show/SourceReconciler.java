package io.towline.hub.show;

/** Takes a source through the journey now instead of at its next poll. */
public interface SourceReconciler {
  /**
   * Fetches, resolves, renders, signs and publishes, and returns when that is done or has failed;
   * which of them is in the store. Idempotent; runs that are asked for at the same time may be one.
   *
   * @param source name of a source that exists in the store
   * @throws InterruptedException if the calling thread was interrupted; the run goes on
   */
  void reconcile(String source) throws InterruptedException;

  /**
   * As {@link #reconcile}, and takes over exactly this commit though it does not follow from the
   * last good one. An approval is good for this one run. Idempotent.
   *
   * @param commit in full
   */
  void approve(String source, String commit) throws InterruptedException;
}
