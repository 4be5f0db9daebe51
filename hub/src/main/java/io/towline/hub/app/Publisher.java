package io.towline.hub.app;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.Intent;
import io.towline.envelope.Limits;
import io.towline.envelope.ObjectsIndex;
import io.towline.envelope.Previous;
import io.towline.envelope.SourceInfo;
import io.towline.envelope.Statement;
import io.towline.envelope.Suspension;
import io.towline.hub.rollout.Absence;
import io.towline.hub.rollout.Assignment;
import io.towline.hub.rollout.Assignments;
import io.towline.hub.rollout.Brake;
import io.towline.hub.rollout.ClusterPlan;
import io.towline.hub.rollout.Content;
import io.towline.hub.rollout.Hold;
import io.towline.hub.rollout.Wish;
import io.towline.hub.sign.EnvelopeSigner;
import io.towline.hub.sign.SignException;
import io.towline.hub.sign.SignedEnvelope;
import io.towline.hub.store.Contacts.Position;
import io.towline.hub.store.Envelopes.Head;
import io.towline.hub.store.Envelopes.Standing;
import io.towline.hub.store.Events.Event;
import io.towline.hub.store.KnownCluster;
import io.towline.hub.store.Publications;
import io.towline.hub.store.Publications.NewEnvelope;
import io.towline.hub.store.Publications.Outcome;
import io.towline.hub.store.Publications.Publication;
import io.towline.hub.store.Publications.TargetPlan;
import io.towline.hub.store.TargetState;
import io.towline.hub.store.TargetState.Held;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Takes one cluster from what Git says to what is published for it: plans, signs if the content
 * differs from the newest envelope, and stores. Cheap when nothing changed. Not thread-safe.
 */
final class Publisher {
  private final Publications publications;
  private final Manifests manifests;
  private final Supplier<EnvelopeSigner> signers;
  private final InstantSource clock;
  private final Map<List<Digest>, Digest> indexes = new HashMap<>();

  private EnvelopeSigner signer;

  /**
   * Makes one.
   *
   * @param signers gives the signer under the newest root
   */
  Publisher(
      Publications publications,
      Manifests manifests,
      Supplier<EnvelopeSigner> signers,
      InstantSource clock) {
    this.publications = publications;
    this.manifests = manifests;
    this.signers = signers;
    this.clock = clock;
    this.signer = signers.get();
  }

  /** One pass signs under one root: the newest when it begins. */
  void beginPass() {
    signer = signers.get();
  }

  /** What the agent has to leave alone: of what it has, or still has to delete. */
  private static List<Suspension> suspended(Work work, ClusterPlan plan) {
    List<Suspension> suspended = new ArrayList<>();
    for (Assignment assignment : plan.assignments()) {
      String bundle = assignment.bundle();
      if ((assignment.content().isPresent() || assignment.removing())
          && work.brakes().apply(bundle).orElse(null) instanceof Brake.Everything everything) {
        suspended.add(new Suspension(bundle, everything.hold().message(), everything.until()));
      } else if (assignment.content().isPresent()) {
        work.uncorrected().apply(bundle).ifPresent(suspended::add);
      }
    }
    return suspended;
  }

  /**
   * What a cluster has, what Git says, and how to judge the difference.
   *
   * @param uncorrected what of a bundle is not brought back for now
   */
  record Work(
      KnownCluster cluster,
      Standing standing,
      List<TargetState> targets,
      List<Deletion> pending,
      List<Wish> wishes,
      Function<Assignment, Absence> absence,
      Function<String, Optional<Brake>> brakes,
      Function<String, Optional<Suspension>> uncorrected,
      boolean offline) {}

  /** What became of it. */
  enum Result {
    UNCHANGED,
    /** Something that people see changed; the envelope stays. */
    NOTED,
    PUBLISHED,
    /** Someone was faster, or a body is gone: the whole pass has to be run again. */
    AGAIN
  }

  /** Publishes what has to be for one cluster. */
  Result publish(Work work) {
    List<Assignment> before = work.targets().stream().map(this::assignment).toList();
    ClusterPlan plan = plan(work, before);
    List<Suspension> suspended = suspended(work, plan);
    Digest content = contentDigest(work.cluster(), plan, suspended);
    Optional<NewEnvelope> envelope =
        needsEnvelope(work, plan, content)
            ? Optional.of(sign(work, plan, suspended, content))
            : Optional.empty();
    boolean waits =
        envelope.map(made -> !made.complete()).orElse(work.standing().pending().isPresent());
    List<TargetPlan> targets =
        plan.assignments().stream().map(assignment -> target(work, assignment, waits)).toList();
    if (envelope.isEmpty() && same(work.targets(), targets)) {
      return Result.UNCHANGED;
    }
    Publication publication =
        new Publication(
            work.cluster(),
            envelope,
            targets,
            plan.listed(),
            plan.unlisted(),
            events(work, targets));
    Outcome outcome = publications.publish(publication);
    return switch (outcome) {
      case PUBLISHED ->
          envelope.filter(made -> isTaken(work.standing(), made.head())).isPresent()
              ? Result.AGAIN
              : envelope.filter(NewEnvelope::complete).isPresent()
                  ? Result.PUBLISHED
                  : Result.NOTED;
      case OVERTAKEN, BODY_MISSING -> Result.AGAIN;
    };
  }

  /** Whether the agent holds that sequence already, of a hub that was restored: one more is due. */
  private static boolean isTaken(Standing standing, Head made) {
    return standing
        .held()
        .filter(held -> held.epoch() == made.epoch() && held.sequence() == made.sequence())
        .isPresent();
  }

  private static ClusterPlan plan(Work work, List<Assignment> before) {
    return Assignments.plan(
        before,
        work.pending(),
        work.wishes(),
        work.absence(),
        work.brakes(),
        work.standing().next());
  }

  /** Forgets what was only worth keeping during one pass. */
  void endOfPass() {
    indexes.clear();
  }

  private Assignment assignment(TargetState target) {
    return new Assignment(
        target.bundle(),
        target.matchedTarget(),
        target.matchedOverrides(),
        target
            .desired()
            .map(entry -> new Content(entry, manifests.get(entry.manifest()).manifest())),
        target
            .held()
            // Said anew with every plan: it is of the envelope, not of what Git says.
            .filter(held -> held.reason() != Reason.SIGNATURE_REQUIRED)
            .map(held -> new Hold(held.reason(), held.message())),
        target.removing());
  }

  private TargetPlan target(Work work, Assignment assignment, boolean waits) {
    Optional<Held> held = assignment.hold().map(hold -> new Held(hold.reason(), hold.message()));
    return new TargetPlan(
        assignment.bundle(),
        assignment.matchedTarget(),
        assignment.matchedOverrides(),
        assignment.content().map(Content::entry),
        held.isEmpty() && waits && !isPublished(work, assignment)
            ? Optional.of(waiting(work.cluster()))
            : held,
        assignment.removing());
  }

  /** Whether the newest published envelope says of a target what the plan says. */
  private static boolean isPublished(Work work, Assignment assignment) {
    long newest = work.standing().newest().map(Head::sequence).orElse(0L);
    return work.targets().stream()
        .filter(state -> state.bundle().equals(assignment.bundle()))
        .anyMatch(
            state ->
                state.sequence() <= newest
                    && state.removing() == assignment.removing()
                    && state
                        .desired()
                        .map(BundleEntry::manifest)
                        .equals(assignment.content().map(content -> content.entry().manifest())));
  }

  private Held waiting(KnownCluster cluster) {
    EnvelopeRole role = signer.root().roleFor(cluster.id()).orElseThrow();
    return new Held(
        Reason.SIGNATURE_REQUIRED,
        "The envelope waits for signatures: role "
            + role.name()
            + " of the root asks for "
            + role.keys().threshold()
            + ".");
  }

  private static boolean same(List<TargetState> before, List<TargetPlan> after) {
    if (before.size() != after.size()) {
      return false;
    }
    Map<String, TargetState> byBundle =
        before.stream().collect(Collectors.toMap(TargetState::bundle, Function.identity()));
    return after.stream()
        .allMatch(
            plan -> {
              TargetState state = byBundle.get(plan.bundle());
              return state != null && plan.same(state);
            });
  }

  private boolean needsEnvelope(Work work, ClusterPlan plan, Digest content) {
    boolean empty = entries(plan).isEmpty();
    if (work.standing().latest().isEmpty()) {
      // Nothing was ever published: nothing to run is what the agent does anyway.
      return !empty;
    }
    Head newest = work.standing().latest().get();
    return !newest.content().equals(content)
        || !plan.listed().isEmpty()
        || !plan.unlisted().isEmpty()
        || newest.epoch() != signer.root().epoch()
        || hasToOvertake(work.standing())
        || isHalfOver(newest)
        || isTooShort(work, newest);
  }

  /** Whether it was signed before it was known that somebody has to carry it. */
  private boolean isTooShort(Work work, Head head) {
    return work.offline()
        && Duration.between(head.issuedAt(), head.expiresAt())
                .compareTo(signer.envelopeLife(work.cluster().id(), true))
            < 0;
  }

  /**
   * Whether the agent holds what this hub did not sign, as after a restore, and a new envelope
   * would be above it. Where none would be, signing does not help, and the agent's refusal says so.
   */
  private boolean hasToOvertake(Standing standing) {
    long held = standing.held().map(Position::sequence).orElse(0L);
    boolean above = standing.pending().filter(head -> head.sequence() > held).isPresent();
    return standing.overtaken() && standing.reachable(signer.root().epoch()) && !above;
  }

  /** An envelope is renewed at half its life, so that a hub may be away for the other half. */
  private boolean isHalfOver(Head head) {
    Instant half =
        head.issuedAt().plus(Duration.between(head.issuedAt(), head.expiresAt()).dividedBy(2));
    return !clock.instant().isBefore(half);
  }

  private static List<BundleEntry> entries(ClusterPlan plan) {
    return plan.assignments().stream()
        .flatMap(assignment -> assignment.content().stream())
        .map(Content::entry)
        .toList();
  }

  /** Of everything that makes an envelope worth signing: neither times nor commits do. */
  private Digest contentDigest(KnownCluster cluster, ClusterPlan plan, List<Suspension> suspended) {
    StringBuilder text = new StringBuilder();
    text.append(cluster.name()).append('\n').append(signer.root().version()).append('\n');
    for (BundleEntry entry : entries(plan)) {
      SourceInfo source = entry.source();
      for (String part :
          List.of(
              entry.name(),
              entry.manifest().hex(),
              source.name(),
              source.repo(),
              source.ref(),
              source.path())) {
        text.append(part.length()).append(':').append(part);
      }
      text.append('\n');
    }
    suspended.forEach(suspension -> text.append(suspension).append('\n'));
    return Digest.of(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private NewEnvelope sign(
      Work work, ClusterPlan plan, List<Suspension> suspended, Digest content) {
    if (work.standing().next() < 1 || work.standing().next() > Limits.MAX_INTEGER) {
      throw new SignException(
          Reason.LIMIT_EXCEEDED,
          "there is no sequence " + work.standing().next() + ": register the cluster anew");
    }
    List<BundleEntry> entries = entries(plan);
    Map<String, Digest> byBundle = new TreeMap<>();
    entries.forEach(entry -> byBundle.put(entry.name(), entry.manifest()));
    Instant now = clock.instant();
    long epoch = signer.root().epoch();
    Optional<Previous> previous =
        work.standing()
            .newest()
            // What the agent holds instead is not known here, and it would refuse another chain.
            .filter(head -> head.epoch() == epoch && !work.standing().overtaken())
            .map(head -> new Previous(head.sequence(), head.payload()));
    Statement statement =
        new Statement(
                Statement.SPEC_VERSION,
                List.of(),
                signer.root().fleet(),
                work.cluster().id(),
                work.cluster().name(),
                epoch,
                work.standing().next(),
                signer.root().version(),
                now,
                now.plus(signer.envelopeLife(work.cluster().id(), work.offline())),
                previous,
                entries.isEmpty() ? Intent.CLEAR : Intent.APPLY,
                plan.deletions(),
                entries,
                index(plan))
            .suspending(suspended);
    SignedEnvelope signed = signer.sign(statement);
    return new NewEnvelope(
        new Head(
            work.cluster().id(),
            statement.epoch(),
            statement.sequence(),
            signed.payload(),
            content,
            statement.issuedAt(),
            statement.expiresAt()),
        signed.dsse(),
        byBundle,
        signed.missing() == 0);
  }

  private Digest index(ClusterPlan plan) {
    List<Content> contents =
        plan.assignments().stream().flatMap(assignment -> assignment.content().stream()).toList();
    List<Digest> key = contents.stream().map(content -> content.entry().manifest()).toList();
    return Objects.requireNonNull(
        indexes.computeIfAbsent(
            key,
            digests -> {
              Set<Digest> all = new HashSet<>(digests);
              for (Content content : contents) {
                content.manifest().objects().forEach(entry -> all.add(entry.digest()));
              }
              return ObjectsIndex.digestOf(all);
            }));
  }

  /** A target that cannot have what Git says is worth an event when that begins. */
  private List<Event> events(Work work, List<TargetPlan> targets) {
    Map<String, Optional<Held>> before = new HashMap<>();
    work.targets().forEach(target -> before.put(target.bundle(), target.held()));
    List<Event> events = new ArrayList<>();
    for (TargetPlan target : targets) {
      // That something is suspended was told once, of all of it.
      if (target.held().filter(held -> held.reason() != Reason.SUSPENDED).isEmpty()
          || target.held().equals(before.getOrDefault(target.bundle(), Optional.empty()))) {
        continue;
      }
      Held held = target.held().get();
      events.add(
          Event.ofHub(
              Optional.of(work.cluster().id()),
              true,
              held.reason(),
              "Publish",
              target.bundle(),
              held.message(),
              clock.instant()));
    }
    return events;
  }
}
