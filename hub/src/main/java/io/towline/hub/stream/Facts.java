package io.towline.hub.stream;

import io.towline.agent.v1.AgentFacts;

/** The limits of what an agent says of itself. */
final class Facts {
  private static final int MAX_CHARACTERS = 64;

  private Facts() {}

  /** Refuses facts that are longer than the API states. */
  static void check(AgentFacts facts) {
    check("facts.agent_version", facts.getAgentVersion());
    check("facts.kubernetes_version", facts.getKubernetesVersion());
    check("facts.kube_system_uid", facts.getKubeSystemUid());
  }

  private static void check(String field, String value) {
    if (value.length() > MAX_CHARACTERS) {
      throw Refusal.badField(
          "LIMIT_EXCEEDED", field, field + " has at most " + MAX_CHARACTERS + " characters.");
    }
  }
}
