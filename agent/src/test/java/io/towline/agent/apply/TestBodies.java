package io.towline.agent.apply;

import io.towline.envelope.Digest;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Bodies in memory. */
public final class TestBodies implements BodyReader {
  private final Map<Digest, byte[]> bodies = new ConcurrentHashMap<>();
  private final AtomicInteger reads = new AtomicInteger();

  Digest put(byte[] body) {
    Digest digest = Digest.of(body);
    bodies.put(digest, body);
    return digest;
  }

  /** How often a body was read. */
  public int reads() {
    return reads.get();
  }

  @Override
  public byte[] read(Digest digest) throws IOException {
    reads.incrementAndGet();
    byte[] body = bodies.get(digest);
    if (body == null) {
      throw new IOException("no such body");
    }
    return body.clone();
  }
}
