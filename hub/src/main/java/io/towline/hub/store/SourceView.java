package io.towline.hub.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A source as people see it.
 *
 * @param url without user information
 * @param commitsPolicy which commits have to be signed: none, head or strict
 * @param signer of the last good commit; empty when signatures are not asked for
 * @param refusedCommit fetched well and not taken; empty if there is none
 * @param reason why the last attempt failed, a word; empty when it was good
 * @param problems what is wrong in its declarations, in order
 * @param bundles how many it declares
 */
public record SourceView(
    String name,
    String url,
    String ref,
    Optional<String> commit,
    String commitsPolicy,
    String signer,
    String refusedCommit,
    Optional<Instant> lastSuccessAt,
    Optional<Instant> lastAttemptAt,
    Optional<String> reason,
    String message,
    List<StoredProblem> problems,
    int bundles) {

  /** Something wrong in a declaration; bundle is empty when it is of the whole source. */
  public record StoredProblem(
      String bundle,
      String file,
      int line,
      int column,
      String field,
      String reason,
      String message) {}

  public SourceView {
    problems = List.copyOf(problems);
  }

  SourceView withProblems(List<StoredProblem> found) {
    return new SourceView(
        name,
        url,
        ref,
        commit,
        commitsPolicy,
        signer,
        refusedCommit,
        lastSuccessAt,
        lastAttemptAt,
        reason,
        message,
        found,
        bundles);
  }
}
