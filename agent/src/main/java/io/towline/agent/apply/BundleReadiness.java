package io.towline.agent.apply;

/** Whether a bundle is there to be depended on; the step that watches is behind it. */
public interface BundleReadiness {
  /** Whether the newest desired manifest of that bundle is applied whole and healthy. */
  boolean ready(String bundle);
}
