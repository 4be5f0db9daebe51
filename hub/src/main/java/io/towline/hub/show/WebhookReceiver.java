package io.towline.hub.show;

import java.util.Map;

/** Takes a Git server's webhook: it can do no more than wake a fetch of what is configured. */
@FunctionalInterface
public interface WebhookReceiver {
  /** More than any Git server needs to say of one push of interest. */
  int MAX_BODY_BYTES = 1 << 20;

  /** What became of a delivery. */
  enum Verdict {
    /** Genuine: the source is fetched soon. */
    ACCEPTED,
    /** No such source, no secret configured for it, or the signature is wrong: one answer. */
    REFUSED,
    /** Genuine, but there were too many lately. */
    TOO_MANY
  }

  /**
   * Judges a delivery by its signature alone and, if it is genuine, wakes the fetch without
   * waiting.
   *
   * @param source from the path, not checked
   * @param headers by lower-case name; of repeated ones the first
   * @param body as received, at most {@link #MAX_BODY_BYTES}
   */
  Verdict deliver(String source, Map<String, String> headers, byte[] body);
}
