package io.towline.agent.verify;

import io.towline.envelope.Digest;
import io.towline.envelope.Floor;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What an agent never goes below again: the same few words on disk and in their mirror.
 *
 * @param fleet whose trust this is
 * @param cluster whose trust this is
 * @param rootVersion newest root that was accepted; 0 before the first
 * @param rootPayload digest of its payload; empty before the first
 * @param floor place and time of the last accepted envelope
 */
record TrustRecord(
    UUID fleet, UUID cluster, long rootVersion, Optional<Digest> rootPayload, Floor floor) {
  private static final int MAX_CHARACTERS = 4_096;
  private static final String FORMAT = "towline-trust";
  private static final String CHECKSUM = "sha256";
  private static final String NONE = "-";

  TrustRecord {
    if (rootVersion < 0 || (rootVersion == 0) != rootPayload.isEmpty()) {
      throw new IllegalArgumentException("a root has a version and a digest, or there is none");
    }
  }

  /** Before the first root and the first envelope. */
  static TrustRecord founded(UUID fleet, UUID cluster) {
    return new TrustRecord(fleet, cluster, 0, Optional.empty(), Floor.none());
  }

  TrustRecord withFloor(Floor next) {
    return new TrustRecord(fleet, cluster, rootVersion, rootPayload, next);
  }

  TrustRecord withRoot(long version, Digest payload) {
    return new TrustRecord(fleet, cluster, version, Optional.of(payload), floor);
  }

  /**
   * The record that forbids what either forbids.
   *
   * @throws VerificationException {@code TrustStateLost} if they contradict each other
   */
  TrustRecord highest(TrustRecord other) {
    int place = comparePlace(floor, other.floor);
    if (!fleet.equals(other.fleet)
        || !cluster.equals(other.cluster)
        || (place == 0 && !floor.payload().equals(other.floor.payload()))
        || (rootVersion == other.rootVersion && !rootPayload.equals(other.rootPayload))) {
      throw new VerificationException(
          Reason.TRUST_STATE_LOST, "the trust on disk and its mirror contradict each other");
    }
    Floor higher = place >= 0 ? floor : other.floor;
    Instant time = floor.time().isAfter(other.floor.time()) ? floor.time() : other.floor.time();
    TrustRecord newerRoot = rootVersion >= other.rootVersion ? this : other;
    return new TrustRecord(
        fleet,
        cluster,
        newerRoot.rootVersion,
        newerRoot.rootPayload,
        new Floor(higher.epoch(), higher.sequence(), higher.payload(), time));
  }

  static int comparePlace(Floor one, Floor other) {
    int epochs = Long.compare(one.epoch(), other.epoch());
    return epochs != 0 ? epochs : Long.compare(one.sequence(), other.sequence());
  }

  /** One word and one value a line, and a checksum over them at the end. */
  String text() {
    StringBuilder text = new StringBuilder();
    line(text, FORMAT, "1");
    line(text, "fleet", fleet.toString());
    line(text, "cluster", cluster.toString());
    line(text, "root-version", Long.toString(rootVersion));
    line(text, "root-payload", rootPayload.map(Digest::hex).orElse(NONE));
    line(text, "epoch", Long.toString(floor.epoch()));
    line(text, "sequence", Long.toString(floor.sequence()));
    line(text, "payload", floor.payload().map(Digest::hex).orElse(NONE));
    line(text, "time", floor.time().toString());
    line(text, CHECKSUM, Digest.of(text.toString().getBytes(StandardCharsets.UTF_8)).hex());
    return text.toString();
  }

  private static void line(StringBuilder text, String word, String value) {
    text.append(word).append(' ').append(value).append('\n');
  }

  /**
   * Reads a record.
   *
   * @throws VerificationException {@code TrustStateLost} if it is not one, was changed, or is of a
   *     newer format
   */
  static TrustRecord parse(String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw malformed();
    }
    Map<String, String> values = new LinkedHashMap<>();
    int sum = text.lastIndexOf(CHECKSUM + " ");
    for (String line : text.split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space > 0) {
        values.put(line.substring(0, space), line.substring(space + 1));
      }
    }
    String expected =
        sum < 0 ? "" : Digest.of(text.substring(0, sum).getBytes(StandardCharsets.UTF_8)).hex();
    if (!expected.equals(values.get(CHECKSUM)) || !"1".equals(values.get(FORMAT))) {
      throw malformed();
    }
    try {
      return new TrustRecord(
          UUID.fromString(value(values, "fleet")),
          UUID.fromString(value(values, "cluster")),
          Long.parseLong(value(values, "root-version")),
          digest(value(values, "root-payload")),
          new Floor(
              Long.parseLong(value(values, "epoch")),
              Long.parseLong(value(values, "sequence")),
              digest(value(values, "payload")),
              Instant.parse(value(values, "time"))));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw malformed();
    }
  }

  private static String value(Map<String, String> values, String word) {
    String value = values.get(word);
    if (value == null) {
      throw malformed();
    }
    return value;
  }

  private static Optional<Digest> digest(String value) {
    return value.equals(NONE) ? Optional.empty() : Optional.of(new Digest(value));
  }

  private static VerificationException malformed() {
    return new VerificationException(
        Reason.TRUST_STATE_LOST, "the trust record is damaged or of another version");
  }
}
