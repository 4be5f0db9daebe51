package io.towline.agent.apply;

import io.towline.envelope.ObjectIdentity;

/** Whether what others wait for is there; the step that watches is behind it. */
public interface BundleReadiness {
  /** Whether the newest desired manifest of that bundle is applied whole and healthy. */
  boolean ready(String bundle);

  /**
   * Whether an object of the newest desired state is applied, was seen since, and is healthy. A Job
   * has to be complete.
   */
  boolean ready(ObjectIdentity object);
}
