package io.towline.hub.rollout;

/** What it means that Git says nothing of a target that a cluster has. */
public sealed interface Absence {
  /** Git was read and does not want it there any more. */
  record Left() implements Absence {}

  /** Git was read and is wrong there: it stays as it is, with a reason. */
  record Stays(Hold hold) implements Absence {}

  /** Git was not read: it stays as it is. */
  record Unread() implements Absence {}
}
