package io.towline.agent.stream;

import com.google.protobuf.ByteString;
import io.towline.agent.v1.FetchRequest;
import io.towline.agent.v1.FetchResponse;
import io.towline.agent.v1.Want;
import io.towline.envelope.Digest;
import io.towline.envelope.VerificationException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Fetches the bodies that are missing, and does not give up: a broken call goes on where it
 * stopped, byte by byte, until all is here or a newer envelope makes it pointless. What comes is
 * compared with the signed sizes before it is kept, so no answer can take more room than was signed
 * for. One thread uses it.
 */
public final class BodyFetcher {
  /** Bodies asked for in one call. */
  private static final int BATCH = 1_000;

  /** Calls in a row that may end with NOT_FOUND: a hub may still be publishing. */
  private static final int NOT_FOUND_TRIES = 3;

  private final HubCalls calls;
  private final StreamConfig config;
  private final Backoff backoff;
  private final Pause pause;

  public BodyFetcher(HubCalls calls, StreamConfig config, Backoff backoff, Pause pause) {
    this.calls = calls;
    this.config = config;
    this.backoff = backoff;
    this.pause = pause;
  }

  /**
   * Fetches into the sink what it does not have.
   *
   * @param superseded asked before every chunk
   * @throws HubException {@code NOT_FOUND} if the hub does not have a body, {@code PROTOCOL} if its
   *     answer breaks the API, {@code DENIED} if it knows this agent no more
   * @throws VerificationException if a body is not the one that was signed
   */
  public Deliverer.Outcome fetch(List<Wanted> wanted, BodySink sink, BooleanSupplier superseded)
      throws HubException, InterruptedException {
    Set<Digest> plainOnly = new HashSet<>();
    int notFound = 0;
    backoff.reset();
    while (true) {
      Pending pending = pending(wanted, sink);
      if (pending.isEmpty()) {
        return Deliverer.Outcome.COMPLETE;
      }
      int before = pending.size();
      try {
        if (fetchOnce(pending, sink, superseded, plainOnly) == Deliverer.Outcome.SUPERSEDED) {
          return Deliverer.Outcome.SUPERSEDED;
        }
        notFound = 0;
        backoff.reset();
        continue;
      } catch (HubException e) {
        notFound = e.kind() == HubException.Kind.NOT_FOUND ? notFound + 1 : 0;
        if (!worthAnotherTry(e.kind(), notFound)) {
          throw e;
        }
      }
      if (pending.size() < before) {
        backoff.reset();
      }
      if (superseded.getAsBoolean()) {
        return Deliverer.Outcome.SUPERSEDED;
      }
      pause.sleep(backoff.next());
      calls.tryAgain();
    }
  }

  private static boolean worthAnotherTry(HubException.Kind kind, int notFound) {
    return switch (kind) {
      case UNAVAILABLE, SILENT, REPLACED -> true;
      case NOT_FOUND -> notFound < NOT_FOUND_TRIES;
      case DENIED, PROTOCOL -> false;
    };
  }

  private static Pending pending(List<Wanted> wanted, BodySink sink) {
    Map<String, Wanted> missing = new LinkedHashMap<>();
    for (Wanted one : wanted) {
      if (missing.size() < BATCH && !sink.has(one.digest())) {
        missing.put(one.digest().hex(), one);
      }
    }
    return new Pending(missing);
  }

  private Deliverer.Outcome fetchOnce(
      Pending pending, BodySink sink, BooleanSupplier superseded, Set<Digest> plainOnly)
      throws HubException, InterruptedException {
    FetchRequest.Builder request = FetchRequest.newBuilder();
    for (Wanted one : pending.missing.values()) {
      request.addWants(want(one, sink.partialBytes(one), plainOnly.contains(one.digest())));
    }
    try (HubStream<FetchRequest, FetchResponse> stream = calls.fetch(request.build())) {
      while (!pending.isEmpty()) {
        if (superseded.getAsBoolean()) {
          return Deliverer.Outcome.SUPERSEDED;
        }
        Optional<FetchResponse> chunk = stream.read(config.chunkTimeout());
        if (chunk.isEmpty()) {
          throw new HubException(
              HubException.Kind.UNAVAILABLE, "the hub ended the fetch before its end");
        }
        take(chunk.get(), pending, sink, plainOnly);
      }
    }
    return Deliverer.Outcome.COMPLETE;
  }

  private static Want want(Wanted wanted, long offset, boolean plainOnly) {
    Want.Builder want = Want.newBuilder().setSha256(wanted.digest().hex()).setOffset(offset);
    if (offset == 0 && !plainOnly) {
      wanted.bases().forEach(base -> want.addHeldBases(base.hex()));
    }
    return want.build();
  }

  private static void take(
      FetchResponse chunk, Pending pending, BodySink sink, Set<Digest> plainOnly)
      throws HubException {
    Wanted wanted = pending.missing.get(chunk.getSha256());
    if (wanted == null) {
      throw new HubException(HubException.Kind.PROTOCOL, "a chunk of a body nobody asked for");
    }
    if (chunk.getEncodedSize() < 1 || chunk.getEncodedSize() > wanted.maxEncodedSize()) {
      throw new HubException(
          HubException.Kind.PROTOCOL, "a body is larger on the wire than it was signed to be");
    }
    boolean whole =
        switch (chunk.getEncoding()) {
          case ENCODING_GZIP -> takeGzip(chunk, wanted, pending, sink);
          case ENCODING_DELTA_GZIP -> takeDelta(chunk, wanted, pending, sink, plainOnly);
          case ENCODING_UNSPECIFIED, UNRECOGNIZED ->
              throw new HubException(HubException.Kind.PROTOCOL, "an encoding nobody asked for");
        };
    if (whole) {
      pending.missing.remove(chunk.getSha256());
      pending.delta.reset();
    }
  }

  private static boolean takeGzip(
      FetchResponse chunk, Wanted wanted, Pending pending, BodySink sink) throws HubException {
    long held = sink.partialBytes(wanted);
    if (chunk.getOffset() == 0 && held > 0) {
      sink.drop(wanted);
      held = 0;
    }
    checkPlace(chunk, held);
    long begun = pending.firstOffset(chunk);
    sink.append(wanted, chunk.getData());
    if (held + chunk.getData().size() < chunk.getEncodedSize()) {
      return false;
    }
    try {
      sink.complete(wanted);
      return true;
    } catch (VerificationException e) {
      if (begun == 0) {
        throw e;
      }
      // What an earlier fetch left may be to blame: once more, from its first byte.
      sink.drop(wanted);
      throw new HubException(HubException.Kind.UNAVAILABLE, "a resumed body is not whole");
    }
  }

  private static boolean takeDelta(
      FetchResponse chunk, Wanted wanted, Pending pending, BodySink sink, Set<Digest> plainOnly)
      throws HubException {
    Optional<Digest> base =
        wanted.bases().stream().filter(b -> b.hex().equals(chunk.getBaseSha256())).findFirst();
    if (base.isEmpty() || plainOnly.contains(wanted.digest())) {
      throw new HubException(HubException.Kind.PROTOCOL, "a delta against what was not offered");
    }
    checkPlace(chunk, pending.delta.size());
    write(pending.delta, chunk.getData());
    if (pending.delta.size() < chunk.getEncodedSize()) {
      return false;
    }
    try {
      sink.completeDelta(wanted, base.get(), pending.delta.toByteArray());
      return true;
    } catch (VerificationException e) {
      // The base may be to blame: the body itself decides.
      plainOnly.add(wanted.digest());
      throw new HubException(HubException.Kind.UNAVAILABLE, "a delta does not lead to its body");
    }
  }

  private static void checkPlace(FetchResponse chunk, long expected) throws HubException {
    int length = chunk.getData().size();
    if (chunk.getOffset() != expected
        || length == 0
        || expected + length > chunk.getEncodedSize()) {
      throw new HubException(HubException.Kind.PROTOCOL, "a chunk does not follow the one before");
    }
  }

  private static void write(ByteArrayOutputStream out, ByteString data) {
    try {
      data.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What one call still has to bring. */
  private static final class Pending {
    private final Map<String, Wanted> missing;
    private final Map<String, Long> firstOffsets = new LinkedHashMap<>();
    private final ByteArrayOutputStream delta = new ByteArrayOutputStream();

    Pending(Map<String, Wanted> missing) {
      this.missing = missing;
    }

    boolean isEmpty() {
      return missing.isEmpty();
    }

    int size() {
      return missing.size();
    }

    /** Where this call began the body of the chunk. */
    long firstOffset(FetchResponse chunk) {
      return firstOffsets.computeIfAbsent(chunk.getSha256(), sha -> chunk.getOffset());
    }
  }
}
