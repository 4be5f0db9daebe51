package io.towline.agent.verify;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much may be deleted at once ({@link GuardConfig#maxDeletions()}). */
sealed interface DeletionCap {
  /** As many objects of one bundle. */
  record Count(int most) implements DeletionCap {
    @Override
    public String toString() {
      return most + " deletions of a bundle at once";
    }
  }

  /** As many hundredths of all objects that were applied to the cluster. */
  record Share(int percent) implements DeletionCap {
    /** Rounded up, so that a small cluster can change at all. */
    int of(int applied) {
      return Math.ceilDiv(applied * percent, 100);
    }

    @Override
    public String toString() {
      return percent + "% of what is applied to this cluster to be deleted at once";
    }
  }

  /** A number of at most six digits, or a share of at most a whole. */
  Pattern WRITTEN = Pattern.compile("(?<number>\\d{1,6})(?<share>%)?");

  /**
   * The one that the owner set.
   *
   * @throws GuardException if it is neither a number nor a share
   */
  static Optional<DeletionCap> of(GuardConfig config) {
    return config.maxDeletions().map(DeletionCap::parse);
  }

  private static DeletionCap parse(String text) {
    Matcher written = WRITTEN.matcher(text.strip());
    if (written.matches()) {
      int number = Integer.parseInt(written.group("number"));
      if (written.group("share") == null) {
        return new Count(number);
      }
      if (number <= 100) {
        return new Share(number);
      }
    }
    throw new GuardException(
        "towline.guard.max-deletions: \""
            + text
            + "\" is neither a number of objects, as 20, nor a share, as 25%");
  }
}
