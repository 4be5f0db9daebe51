package io.towline.hub.stream;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.towline.agent.v1.Beat;
import io.towline.agent.v1.FollowResponse;
import io.towline.agent.v1.Position;
import io.towline.agent.v1.SignedEnvelope;
import io.towline.agent.v1.Welcome;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Place;
import io.towline.hub.store.PublishedEnvelope;

/**
 * One agent's envelope stream. Envelopes only go forward, and none is handed to the transport while
 * the one before still waits there: a reader that stalls costs one envelope and catches up with the
 * newest. Thread-safe; nothing here blocks.
 */
final class Follower implements AgentCall {
  private final KnownCluster cluster;
  private final Position held;
  private final ServerCallStreamObserver<FollowResponse> out;
  private Place sent = Place.NONE;
  private long lastSentNanos;
  private boolean welcomed;
  private boolean behind;
  private boolean ended;

  Follower(
      KnownCluster cluster,
      Position held,
      ServerCallStreamObserver<FollowResponse> out,
      long nowNanos) {
    this.cluster = cluster;
    this.held = held;
    this.out = out;
    this.lastSentNanos = nowNanos;
  }

  KnownCluster cluster() {
    return cluster;
  }

  @Override
  public Kind kind() {
    return Kind.FOLLOW;
  }

  /** Sends the first message; before it nothing else is sent. */
  synchronized void welcome(Welcome welcome, long nowNanos) {
    welcomed = true;
    send(FollowResponse.newBuilder().setWelcome(welcome).build(), nowNanos);
  }

  /** Whether an envelope at that place would be news. */
  synchronized boolean lacks(Place place) {
    return welcomed && !ended && place.compareTo(sent) > 0;
  }

  /** Whether the reader takes more; if not, remembers that there is something for it. */
  synchronized boolean readyOrBehind() {
    behind = !out.isReady();
    return !behind;
  }

  /** Whether the reader takes more again and was left behind; asks once. */
  synchronized boolean catchesUp() {
    if (ended || !behind || !out.isReady()) {
      return false;
    }
    behind = false;
    return true;
  }

  /** Sends an envelope unless it is no news or the reader is stalled. */
  synchronized void offer(PublishedEnvelope envelope, long nowNanos) {
    if (!lacks(envelope.place())) {
      return;
    }
    if (isHeld(envelope)) {
      sent = envelope.place();
      return;
    }
    if (!readyOrBehind()) {
      return;
    }
    sent = envelope.place();
    send(
        FollowResponse.newBuilder()
            .setEnvelope(
                SignedEnvelope.newBuilder()
                    .setPosition(
                        Position.newBuilder()
                            .setEpoch(envelope.place().epoch())
                            .setSequence(envelope.place().sequence())
                            .setPayloadSha256(envelope.payloadSha256()))
                    .setDsseGzip(UnsafeByteOperations.unsafeWrap(envelope.dsseGzip())))
            .build(),
        nowNanos);
  }

  /** Sends a beat if it was silent for that long. A stalled reader gets none: it has not read. */
  synchronized void beat(Beat beat, long nowNanos, long intervalNanos) {
    if (welcomed && !ended && nowNanos - lastSentNanos >= intervalNanos && out.isReady()) {
      send(FollowResponse.newBuilder().setBeat(beat).build(), nowNanos);
    }
  }

  @Override
  public synchronized void end(StatusRuntimeException why) {
    if (!ended) {
      ended = true;
      out.onError(why);
    }
  }

  /** The agent went away. */
  synchronized void gone() {
    ended = true;
  }

  private boolean isHeld(PublishedEnvelope envelope) {
    return held.getEpoch() == envelope.place().epoch()
        && held.getSequence() == envelope.place().sequence()
        && held.getPayloadSha256().equals(envelope.payloadSha256());
  }

  private void send(FollowResponse response, long nowNanos) {
    if (!ended) {
      lastSentNanos = nowNanos;
      out.onNext(response);
    }
  }
}
