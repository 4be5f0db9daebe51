package io.towline.hub.rollout;

import io.towline.envelope.SourceInfo;
import io.towline.hub.resolve.Holds;
import io.towline.hub.resolve.Problem;
import io.towline.vocabulary.Reason;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells what left Git from what cannot be seen there. Only a source that was read, is sound in that
 * place and declares something takes a target away; or one that left the hub's configuration.
 *
 * @param configured names of the sources that the hub is told to watch
 * @param read names of those of which there is a revision
 * @param declaring names of those that declare at least one bundle
 * @param holds what must stay because a declaration is wrong
 * @param problems by source
 */
public record AbsenceRule(
    Set<String> configured,
    Set<String> read,
    Set<String> declaring,
    Holds holds,
    Map<String, List<Problem>> problems) {
  private static final String UNREADABLE =
      "Its declaration cannot be read; what was published last stays.";

  public AbsenceRule {
    configured = Set.copyOf(configured);
    read = Set.copyOf(read);
    declaring = Set.copyOf(declaring);
    problems = Map.copyOf(problems);
  }

  /** Judges a target that a cluster has and that no wish names. */
  public Absence of(Assignment target, String cluster) {
    if (target.content().isEmpty()) {
      // Nothing of it was ever delivered, so there is nothing that could stay.
      return new Absence.Left();
    }
    SourceInfo source = target.content().get().entry().source();
    if (!configured.contains(source.name())) {
      return new Absence.Left();
    }
    if (!read.contains(source.name())) {
      return new Absence.Unread();
    }
    if (holds.keeps(source.name(), target.bundle(), source.path(), cluster)) {
      return new Absence.Stays(why(source, target.bundle()));
    }
    if (!declaring.contains(source.name())) {
      return new Absence.Stays(new Hold(Reason.SOURCE_EMPTY, Reason.SOURCE_EMPTY.explanation()));
    }
    return new Absence.Left();
  }

  /** The problem that keeps the bundle, as near to it as there is one. */
  private Hold why(SourceInfo source, String bundle) {
    List<Problem> all = problems.getOrDefault(source.name(), List.of());
    String below = source.path().isEmpty() ? "" : source.path() + "/";
    return all.stream()
        .filter(problem -> problem.bundle().equals(bundle))
        .findFirst()
        .or(
            () ->
                all.stream()
                    .filter(problem -> !below.isEmpty() && problem.file().startsWith(below))
                    .findFirst())
        .or(() -> all.stream().filter(problem -> problem.bundle().isEmpty()).findFirst())
        .map(problem -> new Hold(problem.reason(), problem.place() + ": " + problem.message()))
        .orElse(new Hold(Reason.DECLARATION_INVALID, UNREADABLE));
  }
}
