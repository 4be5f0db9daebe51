package io.towline.hub.render;

import io.towline.hub.resolve.Problem;
import io.towline.vocabulary.Reason;
import java.util.List;

/** A bundle could not be rendered. Carries every problem found, each with its place. */
public final class RenderException extends RuntimeException {
  private final Reason reason;
  private final List<Problem> problems;

  /**
   * Makes one.
   *
   * @param reason of the failure as a whole
   * @param problems at least one
   */
  public RenderException(Reason reason, List<Problem> problems) {
    super(summary(problems));
    this.reason = reason;
    this.problems = List.copyOf(problems);
  }

  /** A failure with one problem, whose reason is that of the whole. */
  public RenderException(Problem problem) {
    this(problem.reason(), List.of(problem));
  }

  /** Why, for the target's status. */
  public Reason reason() {
    return reason;
  }

  /** What is wrong and where, in the order of files and lines. */
  public List<Problem> problems() {
    return problems;
  }

  private static String summary(List<Problem> problems) {
    Problem first = problems.getFirst();
    String rest = problems.size() == 1 ? "" : " (and " + (problems.size() - 1) + " more)";
    return (first.place().isEmpty() ? "" : first.place() + ": ") + first.message() + rest;
  }
}
