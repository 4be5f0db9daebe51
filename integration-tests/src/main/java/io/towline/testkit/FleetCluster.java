package io.towline.testkit;

/**
 * One cluster of a fleet: its control plane, and the agent that runs in it.
 *
 * @param name as the hub knows it
 * @param controlPlane the cluster itself
 * @param agent started and ready
 */
public record FleetCluster(String name, ControlPlane controlPlane, AgentProcess agent) {

  /** A client with all rights, for the test itself. */
  public KubeClient admin() {
    return controlPlane.admin();
  }

  /** A client with all rights whose changes are somebody's behind Git's back. */
  public KubeClient person() {
    return controlPlane.person();
  }
}
