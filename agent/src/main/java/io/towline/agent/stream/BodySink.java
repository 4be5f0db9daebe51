package io.towline.agent.stream;

import com.google.protobuf.ByteString;
import io.towline.envelope.Digest;

/**
 * Where fetched bodies go. Owned by this step, kept by {@code verify}. One thread calls it.
 *
 * <p>Every method may throw a {@link io.towline.agent.enroll.StateException} if the disk fails.
 */
public interface BodySink {
  /** Whether the whole body is here and was checked. */
  boolean has(Digest digest);

  /** Bytes of the body's gzip form that an earlier fetch left; 0 if none. */
  long partialBytes(Wanted wanted);

  /** Adds to the gzip form. */
  void append(Wanted wanted, ByteString data);

  /** Drops what there is of the gzip form. */
  void drop(Wanted wanted);

  /**
   * The gzip form is whole: checks it against the signed digest and size, and keeps it.
   *
   * @throws io.towline.envelope.VerificationException if it is another body; nothing is kept then
   */
  void complete(Wanted wanted);

  /**
   * The body came as a delta.
   *
   * @param base which body it starts from, one of {@link Wanted#bases()}
   * @param deltaGzip the manifest delta, gzip
   * @throws io.towline.envelope.VerificationException if it does not lead to the body; nothing is
   *     kept then
   */
  void completeDelta(Wanted wanted, Digest base, byte[] deltaGzip);
}
