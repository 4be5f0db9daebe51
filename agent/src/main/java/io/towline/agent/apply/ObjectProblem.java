package io.towline.agent.apply;

import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Reason;

/**
 * Why one object is not as it should be.
 *
 * @param message for people: nothing secret, nothing that varies with time
 */
public record ObjectProblem(ObjectRef object, Reason reason, String message) {}
