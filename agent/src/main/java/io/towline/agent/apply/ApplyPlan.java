package io.towline.agent.apply;

import io.towline.envelope.ManifestEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

  /** Objects that may be applied at once. */
  record Step(Stage stage, List<ManifestEntry> objects) {}

  /** Objects of one place are applied, or deleted, in no order. */
  record Place(Stage stage, int rank) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
        Comparator.comparing(Place::stage).thenComparingInt(Place::rank);

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  static ApplyPlan of(DesiredBundle bundle, Inventory inventory) {
    List<ManifestEntry> foundations = new ArrayList<>();
    Map<Place, List<ManifestEntry>> places = new TreeMap<>();
    int lastWave = Stage.lastWave(bundle.objects());
    int confirmed = 0;
    for (ManifestEntry entry : bundle.objects()) {
      if (isConfirmed(entry, bundle, inventory)) {
        confirmed++;
        continue;
      }
      Stage stage = Stage.of(entry, lastWave);
      switch (stage.phase()) {
        case FOUNDATIONS -> foundations.add(entry);
        case WAVES, GATES ->
            places
                .computeIfAbsent(
                    new Place(stage, KindOrder.rank(entry.ref())), p -> new ArrayList<>())
                .add(entry);
      }
    }
    List<Step> steps = new ArrayList<>();
    places.forEach((place, objects) -> steps.add(new Step(place.stage(), List.copyOf(objects))));
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

  /** The objects that have to be ready before anything of that stage is applied. */
  List<ManifestEntry> before(Stage stage) {
    int lastWave = Stage.lastWave(bundle.objects());
    return bundle.objects().stream()
        .filter(entry -> stage.waitsFor(Stage.of(entry, lastWave)))
        .toList();
  }
}
