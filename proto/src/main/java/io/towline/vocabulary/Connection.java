package io.towline.vocabulary;

/** Whether a cluster's agent is heard of. */
public enum Connection {
  /** Heard within two heartbeats. */
  ONLINE,
  /** Two heartbeats missed: its age is shown, its targets keep their status. */
  LATE,
  /** Five heartbeats missed: its targets are {@link Status#UNKNOWN}. */
  OFFLINE,
  /** Registered, but has never called. */
  PENDING;

  /** Missed heartbeats after which a cluster is {@link #LATE}. */
  public static final int LATE_AFTER = 2;

  /** Missed heartbeats after which a cluster is {@link #OFFLINE}. */
  public static final int OFFLINE_AFTER = 5;
}
