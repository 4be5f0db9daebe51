package io.towline.hub.stream;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;

/** Times and durations as both APIs carry them. */
public final class ProtoTime {
  private ProtoTime() {}

  public static Timestamp of(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  public static com.google.protobuf.Duration of(Duration duration) {
    // A protobuf duration's two parts have one sign, a Java duration's nanos are never negative.
    boolean borrowed = duration.getSeconds() < 0 && duration.getNano() > 0;
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(borrowed ? duration.getSeconds() + 1 : duration.getSeconds())
        .setNanos(borrowed ? duration.getNano() - 1_000_000_000 : duration.getNano())
        .build();
  }
}
