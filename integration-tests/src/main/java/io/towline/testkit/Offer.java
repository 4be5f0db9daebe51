package io.towline.testkit;

import com.google.protobuf.ByteString;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import java.util.HashMap;
import java.util.Map;

/**
 * What a {@link LyingHub} offers an agent: the bytes of an envelope, and what becomes of a request
 * for each of its bodies.
 *
 * @param envelope as it is sent
 * @param bodies by the digests under which they may be asked for
 * @param deliveries how a body is answered; whole, if nothing is said
 */
public record Offer(
    SignedEnvelope envelope, Map<Digest, byte[]> bodies, Map<Digest, Delivery> deliveries) {

  private static final Delivery WHOLE = new Delivery.Whole();

  public Offer {
    bodies = Map.copyOf(bodies);
    deliveries = Map.copyOf(deliveries);
  }

  /** An envelope whose position is said truthfully. */
  public static Offer of(Dsse dsse, long epoch, long sequence, Map<Digest, byte[]> bodies) {
    Position position =
        Position.newBuilder()
            .setEpoch(epoch)
            .setSequence(sequence)
            .setPayloadSha256(dsse.digest().hex())
            .build();
    return of(Gzip.zip(dsse.write()), position, bodies);
  }

  /** Any bytes in an envelope's place. */
  public static Offer of(byte[] dsseGzip, Position position, Map<Digest, byte[]> bodies) {
    return new Offer(
        SignedEnvelope.newBuilder()
            .setPosition(position)
            .setDsseGzip(ByteString.copyFrom(dsseGzip))
            .build(),
        bodies,
        Map.of());
  }

  /** The position that it claims. */
  public Position position() {
    return envelope.getPosition();
  }

  /** The envelope itself, unpacked. */
  public byte[] dsse() {
    return Gzip.unzip(envelope.getDsseGzip().toByteArray());
  }

  /** The same with another envelope in its place; the bodies stay. */
  public Offer sending(byte[] dsse) {
    return new Offer(
        envelope.toBuilder().setDsseGzip(ByteString.copyFrom(Gzip.zip(dsse))).build(),
        bodies,
        deliveries);
  }

  /** The same with another position claimed. */
  public Offer claiming(Position position) {
    return new Offer(envelope.toBuilder().setPosition(position).build(), bodies, deliveries);
  }

  /** The same with a body delivered in another way. */
  public Offer delivering(Digest body, Delivery delivery) {
    Map<Digest, Delivery> more = new HashMap<>(deliveries);
    more.put(body, delivery);
    return new Offer(envelope, bodies, more);
  }

  Delivery delivery(Digest body) {
    return deliveries.getOrDefault(body, WHOLE);
  }
}
