package io.towline.agent.stream;

import io.towline.agent.v1.SignedEnvelope;

/**
 * An envelope that came, unverified.
 *
 * @param from who has its bodies and its roots
 */
public record Delivered(Deliverer from, SignedEnvelope envelope) {}
