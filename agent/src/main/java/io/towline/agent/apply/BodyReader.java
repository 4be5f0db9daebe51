package io.towline.agent.apply;

import io.towline.envelope.Digest;
import java.io.IOException;

/** Where the bytes of verified objects are read, one object at a time. Safe for many threads. */
public interface BodyReader {
  /**
   * The bytes of one object, exactly as they were signed.
   *
   * @throws IOException if they are not there or cannot be read
   */
  byte[] read(Digest digest) throws IOException;
}
