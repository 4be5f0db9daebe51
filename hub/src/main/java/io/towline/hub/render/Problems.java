package io.towline.hub.render;

import io.towline.hub.resolve.Position;
import io.towline.hub.resolve.Problem;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Gathers what is wrong with one bundle, so that a person sees all of it at once. One thread. */
final class Problems {
  /** Nobody reads more than this at once, and a report has to stay small. */
  static final int MOST = 50;

  private static final Comparator<Problem> ORDER =
      Comparator.comparing(Problem::file)
          .thenComparingInt(Problem::line)
          .thenComparingInt(Problem::column);

  private final String bundle;
  private final List<Problem> found = new ArrayList<>();
  private int count;

  Problems(String bundle) {
    this.bundle = bundle;
  }

  void add(Reason reason, String file, String message) {
    add(new Problem(bundle, file, 0, 0, "", reason, message));
  }

  void add(Reason reason, String file, Position at, String field, String message) {
    add(new Problem(bundle, file, at.line(), at.column(), field, reason, message));
  }

  /** At a member of an object; where it stands in no file, the message names the object. */
  void add(Reason reason, Manifest manifest, String pointer, String message) {
    Optional<Position> at = manifest.at(pointer);
    if (at.isPresent()) {
      add(reason, manifest.file(), at.get(), field(pointer), message);
    } else {
      String where = pointer.isEmpty() ? "" : ", " + field(pointer);
      add(reason, manifest.file(), manifest.title() + where + ": " + message);
    }
  }

  /** How many were found so far, also beyond {@link #MOST}. */
  int count() {
    return count;
  }

  void add(Problem problem) {
    count++;
    if (found.size() < MOST) {
      found.add(problem);
    }
  }

  /** A failure that ends the render at once, whatever was found before. */
  RenderException fatal(Reason reason, String file, String message) {
    return new RenderException(new Problem(bundle, file, 0, 0, "", reason, message));
  }

  /** {@code /metadata/labels/a~1b} as people write it: {@code metadata.labels.a/b}. */
  static String field(String pointer) {
    return pointer.isEmpty()
        ? ""
        : pointer.substring(1).replace('/', '.').replace("~1", "/").replace("~0", "~");
  }

  /**
   * Ends the render if anything was found; the first problem in order of places gives the reason.
   *
   * @throws RenderException with all problems
   */
  void refuseIfAny() {
    if (!found.isEmpty()) {
      List<Problem> sorted = found.stream().sorted(ORDER).toList();
      throw new RenderException(sorted.getFirst().reason(), sorted);
    }
  }
}
