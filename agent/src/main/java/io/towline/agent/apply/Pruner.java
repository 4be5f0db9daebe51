package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.Deletion;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Names;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Carries out the deletions of a statement. An object is deleted only if the statement lists it,
 * the inventory holds it with the UID that it still has, and no bundle of the envelope contains it;
 * never because something is missing, and never while it is not known what the API server serves.
 * What is applied last goes first, and an earlier wave of a bundle stays until the later ones are
 * gone.
 */
final class Pruner {
  private final KubeApi api;
  private final Discovery discovery;
  private final Inventory inventory;
  private final Accounts accounts;
  private final Attempts attempts;

  Pruner(
      KubeApi api, Discovery discovery, Inventory inventory, Accounts accounts, Attempts attempts) {
    this.api = api;
    this.discovery = discovery;
    this.inventory = inventory;
    this.accounts = accounts;
    this.attempts = attempts;
  }

  /**
   * Deletes what may be deleted now.
   *
   * @param incomplete bundles of the envelope that are not applied whole: what left them stays
   *     until they are, so that a renamed object never goes before its successor is there
   * @return what became of each deletion that was due
   */
  List<DeletionOutcome> prune(DesiredState state, Set<String> incomplete, PassState pass)
      throws IOException, InterruptedException {
    Set<ObjectIdentity> desired = state.identities();
    Map<String, DesiredBundle> bundles = new HashMap<>();
    state.bundles().forEach(bundle -> bundles.put(bundle.name(), bundle));
    List<DeletionOutcome> outcomes = new ArrayList<>();
    List<InventoryChange> released = new ArrayList<>();
    SortedMap<ApplyPlan.Place, List<Deletion>> due = new TreeMap<>(Collections.reverseOrder());
    for (Deletion deletion : state.deletions()) {
      ObjectIdentity identity = deletion.ref().identity();
      Optional<InventoryEntry> known = inventory.find(identity);
      if (desired.contains(identity)) {
        outcomes.add(new DeletionOutcome.Done(deletion, DeletionOutcome.How.HANDED_OVER));
      } else if (known.isEmpty()) {
        outcomes.add(new DeletionOutcome.Done(deletion, DeletionOutcome.How.UNKNOWN));
      } else if (KindOrder.isProtected(deletion.ref())
          || isPruneDisabled(bundles.get(deletion.bundle()))) {
        released.add(new InventoryChange.Remove(identity));
        outcomes.add(new DeletionOutcome.Done(deletion, DeletionOutcome.How.KEPT));
      } else if (!incomplete.contains(deletion.bundle())) {
        due.computeIfAbsent(place(known.get()), p -> new ArrayList<>()).add(deletion);
      }
    }
    inventory.write(released);
    if (!due.isEmpty()) {
      pruneDue(due, outcomes, pass);
    }
    return outcomes;
  }

  private static boolean isPruneDisabled(@org.jspecify.annotations.Nullable DesiredBundle bundle) {
    return bundle != null && !bundle.policy().prune().enabled();
  }

  private static ApplyPlan.Place place(InventoryEntry known) {
    return new ApplyPlan.Place(
        Stage.of(known.ref(), known.wave(), known.wave()), KindOrder.rank(known.ref()));
  }

  private void pruneDue(
      SortedMap<ApplyPlan.Place, List<Deletion>> due,
      List<DeletionOutcome> outcomes,
      PassState pass)
      throws IOException, InterruptedException {
    Set<String> unknown;
    try {
      // A kind that is not served any more has no objects, but only a fresh look can say so.
      discovery.refresh();
      unknown = discovery.staleGroups();
    } catch (KubeException e) {
      due.values()
          .forEach(list -> list.forEach(d -> outcomes.add(failed(d, Refusals.ofDelete(e), e))));
      return;
    }
    Map<String, List<Stage>> stillThere = new HashMap<>();
    for (Map.Entry<ApplyPlan.Place, List<Deletion>> place : due.entrySet()) {
      Stage stage = place.getKey().stage();
      for (Deletion deletion : place.getValue()) {
        if (pass.stopped()) {
          return;
        }
        List<Stage> later = stillThere.computeIfAbsent(deletion.bundle(), b -> new ArrayList<>());
        if (later.stream().anyMatch(other -> other.waitsFor(stage))) {
          continue;
        }
        DeletionOutcome outcome =
            unknown.isEmpty() ? pruneOne(deletion) : notKnown(deletion, unknown);
        outcomes.add(outcome);
        if (!(outcome instanceof DeletionOutcome.Done)) {
          later.add(stage);
        }
      }
    }
  }

  private static DeletionOutcome notKnown(Deletion deletion, Set<String> groups) {
    return new DeletionOutcome.Failed(
        deletion,
        Reason.PRUNE_FAILED,
        "nothing is deleted while an API group does not answer: "
            + String.join(", ", groups.stream().sorted().toList()));
  }

  private DeletionOutcome pruneOne(Deletion deletion) throws IOException, InterruptedException {
    ObjectIdentity identity = deletion.ref().identity();
    InventoryEntry entry = inventory.find(identity).orElseThrow();
    Optional<ObjectProblem> resting = attempts.resting(identity, entry.digest());
    if (resting.isPresent()) {
      return resting.get().reason() == Reason.PROGRESSING
          ? new DeletionOutcome.Pending(deletion)
          : new DeletionOutcome.Failed(deletion, resting.get().reason(), resting.get().message());
    }
    DeletionOutcome outcome;
    try {
      outcome = delete(deletion, entry);
    } catch (KubeException e) {
      outcome =
          neverMade(entry, e)
              ? new DeletionOutcome.Done(deletion, DeletionOutcome.How.UNKNOWN)
              : failed(deletion, Refusals.ofDelete(e), e);
    }
    switch (outcome) {
      case DeletionOutcome.Done done -> {
        inventory.write(List.of(new InventoryChange.Remove(identity)));
        attempts.succeeded(identity);
      }
      case DeletionOutcome.Pending pending ->
          attempts.failed(
              identity,
              entry.digest(),
              new ObjectProblem(deletion.ref(), Reason.PROGRESSING, "waits for its finalizers"),
              Optional.empty());
      case DeletionOutcome.Failed failed ->
          attempts.failed(
              identity,
              entry.digest(),
              new ObjectProblem(deletion.ref(), failed.reason(), failed.message()),
              Optional.empty());
    }
    return outcome;
  }

  /**
   * An object that no apply was ever granted for, and that its account may not even read: what a
   * bundle reached for and let go of again is none of its own, and must not hold it up.
   */
  private static boolean neverMade(InventoryEntry entry, KubeException e) {
    return entry.uid().isEmpty() && e.code() == 403;
  }

  private DeletionOutcome delete(Deletion deletion, InventoryEntry entry)
      throws KubeException, InterruptedException {
    ObjectRef ref = deletion.ref();
    Optional<ApiResource> resource = discovery.findAnyVersion(ref);
    if (resource.isEmpty()) {
      return new DeletionOutcome.Done(deletion, DeletionOutcome.How.ABSENT);
    }
    Account account = accounts.of(entry.serviceAccount());
    Optional<String> uid = entry.uid();
    if (uid.isEmpty()) {
      // The process ended between asking for the apply and hearing the answer.
      Optional<JsonNode> live = find(account, resource.get(), ref);
      if (live.isEmpty()) {
        return new DeletionOutcome.Done(deletion, DeletionOutcome.How.ABSENT);
      }
      if (!isOurs(live.get(), entry.bundle())) {
        return new DeletionOutcome.Done(deletion, DeletionOutcome.How.FOREIGN);
      }
      uid = Optional.of(live.get().path("metadata").path("uid").asText());
    }
    return switch (api.delete(account, resource.get(), ref.namespace(), ref.name(), uid.get())) {
      case GONE -> new DeletionOutcome.Done(deletion, DeletionOutcome.How.DELETED);
      case ABSENT -> new DeletionOutcome.Done(deletion, DeletionOutcome.How.ABSENT);
      case FOREIGN -> new DeletionOutcome.Done(deletion, DeletionOutcome.How.FOREIGN);
      case PENDING -> new DeletionOutcome.Pending(deletion);
    };
  }

  private Optional<JsonNode> find(Account account, ApiResource resource, ObjectRef ref)
      throws KubeException, InterruptedException {
    try {
      return Optional.of(api.get(account, resource, ref.namespace(), ref.name()));
    } catch (KubeException e) {
      if (e.notFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The label alone proves nothing, anyone can copy it: the field manager has to be there too. */
  static boolean isOurs(JsonNode live, String bundle) {
    JsonNode metadata = live.path("metadata");
    if (!metadata.path("labels").path(Names.BUNDLE_LABEL).asText("").equals(bundle)) {
      return false;
    }
    for (JsonNode fields : metadata.path("managedFields")) {
      // By an apply, or by a create of what is only made where it is absent.
      if (fields.path("manager").asText().equals(Names.FIELD_MANAGER)) {
        return true;
      }
    }
    return false;
  }

  private static DeletionOutcome failed(Deletion deletion, Reason reason, KubeException e) {
    return new DeletionOutcome.Failed(
        deletion,
        reason,
        e.code() == KubeException.UNREACHABLE
            ? "the API server does not answer"
            : "the API server answered " + e.code() + " " + e.statusReason());
  }
}
