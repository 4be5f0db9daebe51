package io.towline.hub.store;

import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;

/**
 * What a target is for people, as SQL over {@code target t join cluster c}: the one place where the
 * connection of a cluster overrides what is known of its targets. Offline: Unknown. Never called:
 * Waiting, unless the hub itself cannot give it what Git says.
 */
final class StatusSql {
  static final String TARGETS = "target t join cluster c on c.id = t.cluster_id";

  private static final String PENDING = "c.connection = 'PENDING' and t.hub_reason is null";

  /** The word of the status. */
  static final String EFFECTIVE =
      "case when c.connection = 'OFFLINE' then '"
          + Status.UNKNOWN.word()
          + "' when "
          + PENDING
          + " then '"
          + Status.WAITING.word()
          + "' else t.status end";

  /** The word of the reason; empty when there is none. */
  static final String REASON =
      "case when c.connection = 'OFFLINE' then '"
          + Reason.AGENT_OFFLINE.word()
          + "' when "
          + PENDING
          + " and c.offline then '"
          + Reason.CARRIED.word()
          + "' when "
          + PENDING
          + " then '"
          + Reason.AGENT_PENDING.word()
          + "' else coalesce(t.reason, '') end";

  private StatusSql() {}

  /** The rank of a status word, as {@link Status#rank}. */
  static String rank(String word) {
    StringBuilder cases = new StringBuilder("case " + word);
    for (Status status : Status.values()) {
      cases.append(" when '").append(status.word()).append("' then ").append(status.rank());
    }
    return cases.append(" else 0 end").toString();
  }
}
