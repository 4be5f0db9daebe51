package io.towline.agent.apply;

import io.towline.envelope.Digest;
import io.towline.envelope.ObjectIdentity;
import io.towline.vocabulary.Remedy;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Remembers what failed, so that one pass after the other tries it again ever more slowly, and
 * tries nothing else with it. Safe for many threads.
 */
final class Attempts {
  /** What failed, of which body, and when it may be tried again. */
  private record Failed(Digest digest, ObjectProblem problem, int count, Instant notBefore) {}

  private final ApplyConfig config;
  private final Pace pace;
  private final Map<ObjectIdentity, Failed> failures = new HashMap<>();

  Attempts(ApplyConfig config, Pace pace) {
    this.config = config;
    this.pace = pace;
  }

  /** The problem that keeps this body of this object from being tried now. */
  synchronized Optional<ObjectProblem> resting(ObjectIdentity identity, Digest digest) {
    Failed failed = failures.get(identity);
    return failed != null
            && failed.digest().equals(digest)
            && pace.clock().instant().isBefore(failed.notBefore())
        ? Optional.of(failed.problem())
        : Optional.empty();
  }

  synchronized void failed(
      ObjectIdentity identity,
      Digest digest,
      ObjectProblem problem,
      Optional<Duration> retryAfter) {
    Failed before = failures.get(identity);
    int count = 1;
    if (before != null
        && before.digest().equals(digest)
        && before.problem().reason() == problem.reason()) {
      count = before.count() + 1;
    }
    Duration longest =
        problem.reason().remedy() == Remedy.RETRY ? config.retryLongest() : config.refusedLongest();
    Duration wait = pace.backoff(config.retryFirst(), longest, count);
    if (retryAfter.isPresent() && retryAfter.get().compareTo(wait) > 0) {
      wait = retryAfter.get();
    }
    failures.put(identity, new Failed(digest, problem, count, pace.clock().instant().plus(wait)));
  }

  synchronized void succeeded(ObjectIdentity identity) {
    failures.remove(identity);
  }

  /** Forgets everything that is not of this state. */
  synchronized void retain(Set<ObjectIdentity> identities) {
    failures.keySet().retainAll(identities);
  }

  /** Lets everything be tried at once, because something changed that may help. */
  synchronized void wake() {
    failures.replaceAll(
        (identity, failed) ->
            new Failed(failed.digest(), failed.problem(), failed.count(), Instant.MIN));
  }

  /** When the next of the failed things may be tried; empty if nothing failed. */
  synchronized Optional<Instant> next() {
    return failures.values().stream().map(Failed::notBefore).min(Instant::compareTo);
  }
}
