package io.towline.vocabulary;

/** What has to happen before a {@link Reason} goes away. */
public enum Remedy {
  /** Trying again may help, and Towline does. */
  RETRY,
  /** Nothing: it passes by itself. */
  WAIT,
  /** A person has to change something in Git, in the cluster or in the configuration. */
  CHANGE,
  /** What was offered is not trusted and stays refused. */
  REFUSE
}
