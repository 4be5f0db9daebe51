package io.towline.agent.app;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.agent.apply.Account;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.KubeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Whether the API server answers, for the readiness probe, and what it is. An idle cluster is to
 * see next to no requests of an agent, so a good answer is believed for minutes unless something
 * gives reason to doubt it. Thread-safe.
 */
final class ApiServerProbe {
  private static final Duration GOOD_FOR = Duration.ofMinutes(5);
  private static final Duration BAD_FOR = Duration.ofSeconds(5);
  private static final int MAX_CHARACTERS = 64;

  private final KubeApi api;
  private final InstantSource clock;
  private Instant lastAsked = Instant.MIN;
  private boolean reachable;
  private volatile String version = "";
  private volatile String kubeSystemUid = "";

  ApiServerProbe(KubeApi api, InstantSource clock) {
    this.api = api;
    this.clock = clock;
  }

  /** Whether it answers, or did a short while ago. May take as long as one request. */
  synchronized boolean reachable() throws InterruptedException {
    Instant now = clock.instant();
    Duration age = lastAsked.equals(Instant.MIN) ? GOOD_FOR : Duration.between(lastAsked, now);
    if (age.compareTo(reachable ? GOOD_FOR : BAD_FOR) >= 0) {
      reachable = ask();
      lastAsked = now;
    }
    return reachable;
  }

  /** Something could not be done: the next question is asked anew. */
  synchronized void doubt() {
    lastAsked = Instant.MIN;
  }

  private boolean ask() throws InterruptedException {
    try {
      JsonNode answer = api.get(Account.SELF, "/version");
      version = shortened(answer.path("gitVersion").asText(""));
      if (kubeSystemUid.isEmpty()) {
        learnUid();
      }
      return true;
    } catch (KubeException e) {
      // A refusal is an answer too.
      return e.code() != KubeException.UNREACHABLE;
    }
  }

  /** Tells people that an agent runs in another cluster than they think; not needed otherwise. */
  private void learnUid() throws InterruptedException {
    try {
      JsonNode namespace = api.get(Account.SELF, "/api/v1/namespaces/kube-system");
      kubeSystemUid = shortened(namespace.path("metadata").path("uid").asText("-"));
    } catch (KubeException e) {
      kubeSystemUid = e.code() == KubeException.UNREACHABLE ? "" : "-";
    }
  }

  /** The version of Kubernetes; empty if not known yet. */
  String kubernetesVersion() {
    return version;
  }

  /** The UID of the namespace kube-system; empty if not known. */
  String kubeSystemUid() {
    return kubeSystemUid.equals("-") ? "" : kubeSystemUid;
  }

  private static String shortened(String text) {
    return text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS);
  }
}
