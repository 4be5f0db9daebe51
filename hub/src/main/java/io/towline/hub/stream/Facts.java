package io.towline.hub.stream;

import io.towline.agent.v1.AgentFacts;

/** The limits of what an agent says of itself. */
final class Facts {
  private static final int MAX_CHARACTERS = 64;
  private static final int MAX_RECIPIENTS = 16;

  private Facts() {}

  /** Refuses facts that are longer than the API states. */
  static void check(AgentFacts facts) {
    check("facts.agent_version", facts.getAgentVersion());
    check("facts.kubernetes_version", facts.getKubernetesVersion());
    check("facts.kube_system_uid", facts.getKubeSystemUid());
    if (facts.getSealRecipientsCount() > MAX_RECIPIENTS) {
      throw Refusal.badField(
          "LIMIT_EXCEEDED",
          "facts.seal_recipients",
          "facts.seal_recipients has at most " + MAX_RECIPIENTS + " entries.");
    }
    facts.getSealRecipientsList().forEach(one -> check("facts.seal_recipients", one));
  }

  private static void check(String field, String value) {
    if (value.length() > MAX_CHARACTERS) {
      throw Refusal.badField(
          "LIMIT_EXCEEDED", field, field + " has at most " + MAX_CHARACTERS + " characters.");
    }
  }
}
