package io.towline.agent.apply;

import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import java.util.Collection;
import java.util.Comparator;

/**
 * Where an object stands in the order of its bundle. Deleting goes the other way round.
 *
 * @param wave as declared; gates are of the last wave at least, since they come after all
 */
record Stage(Phase phase, int wave) implements Comparable<Stage> {
  /** The parts of a bundle, in order. */
  enum Phase {
    /** Namespaces and definitions of kinds. */
    FOUNDATIONS,
    /** Everything that is of a wave. */
    WAVES,
    /** What can refuse or redirect the requests of others. */
    GATES
  }

  private static final Comparator<Stage> ORDER =
      Comparator.comparing(Stage::phase).thenComparingInt(Stage::wave);

  /** The last wave that something other than a gate is of. */
  static int lastWave(Collection<ManifestEntry> objects) {
    return objects.stream()
        .filter(entry -> phaseOf(entry.ref()) == Phase.WAVES)
        .mapToInt(ManifestEntry::wave)
        .max()
        .orElse(-ManifestEntry.MAX_WAVE);
  }

  static Stage of(ManifestEntry entry, int lastWave) {
    return of(entry.ref(), entry.wave(), lastWave);
  }

  static Stage of(ObjectRef ref, int wave, int lastWave) {
    Phase phase = phaseOf(ref);
    return new Stage(phase, phase == Phase.GATES ? Math.max(wave, lastWave) : wave);
  }

  private static Phase phaseOf(ObjectRef ref) {
    int rank = KindOrder.rank(ref);
    if (rank == KindOrder.FOUNDATION) {
      return Phase.FOUNDATIONS;
    }
    return rank == KindOrder.GATES ? Phase.GATES : Phase.WAVES;
  }

  /**
   * Whether nothing of this stage is applied before what is of the other one is ready. Within a
   * wave nothing waits, so that a bundle without waves is as fast as it can be.
   */
  boolean waitsFor(Stage other) {
    return other.phase != Phase.FOUNDATIONS && other.wave < wave;
  }

  @Override
  public int compareTo(Stage other) {
    return ORDER.compare(this, other);
  }
}
