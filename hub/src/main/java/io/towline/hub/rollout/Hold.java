package io.towline.hub.rollout;

import io.towline.vocabulary.Reason;

/** Why a target cannot have what Git says, for people. */
public record Hold(Reason reason, String message) {}
