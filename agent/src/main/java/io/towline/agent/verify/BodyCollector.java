package io.towline.agent.verify;

import io.towline.agent.stream.Deliverer;
import io.towline.agent.stream.HubException;
import io.towline.agent.stream.Wanted;
import io.towline.envelope.BundleEntry;
import io.towline.envelope.Digest;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.envelope.VerifiedManifests;
import io.towline.envelope.VerifiedStatement;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Brings the bodies of a verified statement: the manifests first, which are checked before one
 * object that they name is asked for, then the objects. One thread uses it.
 */
final class BodyCollector {
  /** Fetches in a row of bodies that the disk loses again. */
  private static final int ROUNDS = 3;

  private final EnvelopeVerifier verifier;
  private final BodyStore bodies;
  private final BooleanSupplier superseded;

  BodyCollector(EnvelopeVerifier verifier, BodyStore bodies, BooleanSupplier superseded) {
    this.verifier = verifier;
    this.bodies = bodies;
    this.superseded = superseded;
  }

  /**
   * Fetches what is missing and checks all of it.
   *
   * @param from who brought the statement
   * @param held the envelope before, whose manifests deltas may start from
   * @return empty if a newer envelope came meanwhile
   * @throws VerificationException with the first reason to refuse it
   */
  Optional<VerifiedEnvelope> collect(
      Deliverer from, VerifiedStatement statement, Optional<VerifiedEnvelope> held)
      throws HubException, InterruptedException {
    for (int round = 1; ; round++) {
      try {
        if (fetchManifests(from, statement, held) == Deliverer.Outcome.SUPERSEDED) {
          return Optional.empty();
        }
        VerifiedManifests manifests = verifier.verifyManifests(statement, bodies);
        if (fetchObjects(from, manifests) == Deliverer.Outcome.SUPERSEDED) {
          return Optional.empty();
        }
        return Optional.of(verifier.verifyObjects(manifests, bodies, held));
      } catch (VerificationException e) {
        // The disk may have lost what was fetched, and somebody may be filling a folder.
        if (e.reason() != Reason.OBJECT_MISSING || round == ROUNDS) {
          throw e;
        }
      }
    }
  }

  private Deliverer.Outcome fetchManifests(
      Deliverer from, VerifiedStatement statement, Optional<VerifiedEnvelope> held)
      throws HubException, InterruptedException {
    Map<String, Digest> bases = new HashMap<>();
    held.ifPresent(
        envelope -> envelope.bundles().forEach(b -> bases.put(b.name(), b.entry().manifest())));
    List<Wanted> manifests = new ArrayList<>();
    for (BundleEntry entry : statement.statement().bundles()) {
      manifests.add(
          new Wanted(
              entry.manifest(),
              entry.manifestSize(),
              Optional.ofNullable(bases.get(entry.name())).map(List::of).orElse(List.of())));
    }
    return from.fetch(manifests, bodies, superseded);
  }

  private Deliverer.Outcome fetchObjects(Deliverer from, VerifiedManifests manifests)
      throws HubException, InterruptedException {
    Map<Digest, Wanted> objects = new LinkedHashMap<>();
    for (VerifiedBundle bundle : manifests.bundles()) {
      bundle.manifest().objects().forEach(object -> objects.put(object.digest(), wanted(object)));
    }
    return from.fetch(List.copyOf(objects.values()), bodies, superseded);
  }

  /** Fetches those bodies of a held envelope that the disk lost; durable on return. */
  void repair(Deliverer from, VerifiedEnvelope held) throws HubException, InterruptedException {
    Map<Digest, Wanted> all = new LinkedHashMap<>();
    for (VerifiedBundle bundle : held.bundles()) {
      Digest manifest = bundle.entry().manifest();
      all.put(manifest, new Wanted(manifest, bundle.entry().manifestSize(), List.of()));
      bundle.manifest().objects().forEach(object -> all.put(object.digest(), wanted(object)));
    }
    Deliverer.Outcome outcome = from.fetch(List.copyOf(all.values()), bodies, superseded);
    if (outcome == Deliverer.Outcome.COMPLETE) {
      bodies.makeDurable();
    }
  }

  private static Wanted wanted(ManifestEntry object) {
    return new Wanted(object.digest(), object.size(), List.of());
  }
}
