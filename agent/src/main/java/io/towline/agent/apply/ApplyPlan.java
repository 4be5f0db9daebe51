package io.towline.agent.apply;

import io.towline.envelope.ManifestEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * In which order the objects of one bundle are applied, and which need not be. Pure.
 *
 * @param bundle what is applied
 * @param foundations Namespaces and CustomResourceDefinitions, before everything else
 * @param steps one after the other; the objects of a step at once
 * @param confirmed objects that are applied already
 */
record ApplyPlan(
    DesiredBundle bundle, List<ManifestEntry> foundations, List<Step> steps, int confirmed) {

  /**
   * Objects that may be applied at once.
   *
   * @param wave empty for what comes after all waves: webhooks, policies and APIServices
   */
  record Step(Optional<Integer> wave, List<ManifestEntry> objects) {}

  private record Place(int wave, int rank) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      return wave != other.wave
          ? Integer.compare(wave, other.wave)
          : Integer.compare(rank, other.rank);
    }
  }

  static ApplyPlan of(DesiredBundle bundle, Inventory inventory) {
    List<ManifestEntry> foundations = new ArrayList<>();
    List<ManifestEntry> gates = new ArrayList<>();
    Map<Place, List<ManifestEntry>> waves = new TreeMap<>();
    int confirmed = 0;
    for (ManifestEntry entry : bundle.objects()) {
      if (isConfirmed(entry, bundle, inventory)) {
        confirmed++;
        continue;
      }
      int rank = KindOrder.rank(entry.ref());
      if (rank == KindOrder.FOUNDATION) {
        foundations.add(entry);
      } else if (rank == KindOrder.GATES) {
        gates.add(entry);
      } else {
        waves.computeIfAbsent(new Place(entry.wave(), rank), p -> new ArrayList<>()).add(entry);
      }
    }
    List<Step> steps = new ArrayList<>();
    waves.forEach(
        (place, objects) -> steps.add(new Step(Optional.of(place.wave()), List.copyOf(objects))));
    if (!gates.isEmpty()) {
      steps.add(new Step(Optional.empty(), List.copyOf(gates)));
    }
    return new ApplyPlan(bundle, List.copyOf(foundations), List.copyOf(steps), confirmed);
  }

  private static boolean isConfirmed(
      ManifestEntry entry, DesiredBundle bundle, Inventory inventory) {
    if (bundle.leavesAlone(entry)) {
      return true;
    }
    return inventory
        .find(entry.ref().identity())
        .filter(InventoryEntry::confirmed)
        .filter(known -> known.digest().equals(entry.digest()))
        .filter(known -> known.bundle().equals(bundle.name()))
        .isPresent();
  }

  /** Whether nothing has to be applied. */
  boolean isEmpty() {
    return foundations.isEmpty() && steps.isEmpty();
  }
}
