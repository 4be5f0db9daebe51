package io.towline.testkit;

import com.google.protobuf.ByteString;
import io.towline.envelope.Digest;
import java.util.List;

/**
 * How a {@link LyingHub} answers when it is asked for one body. Sizes and offsets count bytes of
 * the encoded form, which is what travels.
 */
public sealed interface Delivery {

  /** As the API wants it: the body in chunks of 256 KiB from the offset that was asked for. */
  record Whole() implements Delivery {}

  /** As the API wants it, in chunks of another size. */
  record InChunksOf(int bytes) implements Delivery {}

  /** The call breaks at these offsets, one after the other; then the body comes whole. */
  record CutAt(List<Integer> offsets) implements Delivery {
    public CutAt {
      offsets = List.copyOf(offsets);
    }
  }

  /** NOT_FOUND. */
  record Withheld() implements Delivery {}

  /** Other bytes in the body's place, well encoded. */
  record Instead(ByteString body) implements Delivery {}

  /** These bytes as the encoded form, whatever they are. */
  record Encoded(ByteString bytes) implements Delivery {}

  /** The chunks of another order than the API's: the last one first. */
  record LastChunkFirst() implements Delivery {}

  /** More and more bytes, beyond the size that every chunk declares. */
  record Endless() implements Delivery {}

  /** As much as the reader takes, with a size declared that would allow for it. */
  record Boundless() implements Delivery {}

  /** A chunk of a body that nobody asked for. */
  record Unasked() implements Delivery {}

  /**
   * A delta against a base.
   *
   * @param base what it claims to start from
   * @param delta the delta itself, not yet compressed
   */
  record Delta(Digest base, ByteString delta) implements Delivery {}
}
