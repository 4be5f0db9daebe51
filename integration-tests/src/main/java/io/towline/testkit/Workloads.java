package io.towline.testkit;

/** Whether anything acts on the objects of a cluster. */
public enum Workloads {
  /**
   * Controllers, scheduler and fake nodes: Deployments get Pods, and Pods that fit become Ready.
   */
  RUN,
  /** Controllers and scheduler without a node: Pods wait until a {@link Node} runs them. */
  PLACED,
  /** An API server alone: objects are kept and served, and stay as they were written. */
  KEPT
}
