package io.towline.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The order of {@code docs/verify.md}, clause by clause: whatever two clauses an envelope breaks,
 * the earlier one's reason is given. Clauses 1 and 3 and those after 14 are the agent's ({@code
 * EnvelopeIntakeTest}).
 */
class OrderTest {
  /**
   * One clause.
   *
   * @param step its number in the list
   * @param facet clauses of one facet exclude each other: a sequence is below the floor or equal to
   *     it, a body is missing or wrong
   */
  record Clause(int step, String what, String facet, Reason reason, Consumer<Attempt> breach) {
    @Override
    public String toString() {
      return step + " " + what;
    }
  }

  record Pair(Clause earlier, Clause later) {
    @Override
    public String toString() {
      return earlier + ", then " + later;
    }
  }

  private static Clause clause(int step, String what, Reason reason, Consumer<Attempt> breach) {
    return new Clause(step, what, what, reason, breach);
  }

  private static Clause ofStatement(
      int step, String what, Reason reason, Consumer<ObjectNode> change) {
    return clause(
        step,
        what,
        reason,
        attempt -> attempt.statement.add(json -> change.accept(attempt.predicate(json))));
  }

  static List<Clause> clauses() {
    return Stream.of(beforeTheStatement(), ofTheStatement(), ofTheBodies())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Clause> beforeTheStatement() {
    return List.of(
        clause(2, "shape", Reason.ENVELOPE_MALFORMED, attempt -> attempt.cut = true),
        clause(4, "root expired", Reason.ROOT_EXPIRED, attempt -> attempt.rootExpired = true),
        clause(5, "scope", Reason.SCOPE_MISSING, attempt -> attempt.scope = Attempt.other()),
        clause(
            6,
            "payload type",
            Reason.PAYLOAD_TYPE_WRONG,
            attempt -> attempt.payloadType = "application/json"),
        clause(
            7, "threshold", Reason.SIGNATURE_INVALID, attempt -> attempt.key = TestKeys.ofSeed(9)));
  }

  private static List<Clause> ofTheStatement() {
    return List.of(
        clause(
            8,
            "type of the statement",
            Reason.STATEMENT_MALFORMED,
            attempt -> attempt.statement.add(json -> json.put("_type", "other"))),
        ofStatement(
            8,
            "version",
            Reason.SPEC_VERSION_UNSUPPORTED,
            predicate -> predicate.put("specVersion", "2.0")),
        ofStatement(
            8,
            "critical",
            Reason.CRITICAL_UNSUPPORTED,
            predicate -> predicate.putArray("critical").add("quorum")),
        ofStatement(
            8, "members", Reason.STATEMENT_MALFORMED, predicate -> predicate.remove("intent")),
        ofStatement(
            9, "fleet", Reason.WRONG_FLEET, predicate -> predicate.put("fleet", Attempt.other())),
        ofStatement(
            9,
            "cluster",
            Reason.WRONG_CLUSTER,
            predicate -> predicate.put("cluster", Attempt.other())),
        ofStatement(
            10,
            "root version",
            Reason.ROOT_VERSION_MISMATCH,
            predicate -> predicate.put("rootVersion", 2)),
        clause(10, "epoch", Reason.EPOCH_MISMATCH, attempt -> attempt.rootEpoch = 2),
        new Clause(
            10,
            "rollback",
            "place",
            Reason.SEQUENCE_ROLLBACK,
            attempt -> attempt.floorSequence = 43),
        new Clause(
            10,
            "equivocation",
            "place",
            Reason.EQUIVOCATION,
            attempt -> attempt.floorSequence = 42),
        new Clause(
            10,
            "chain",
            "place",
            Reason.CHAIN_BROKEN,
            attempt -> attempt.floorPayload = Digest.of(new byte[] {2})),
        new Clause(
            11,
            "not yet valid",
            "time",
            Reason.ENVELOPE_NOT_YET_VALID,
            attempt -> attempt.beforeIssue = true),
        clause(
            11, "lifetime", Reason.LIFETIME_TOO_LONG, attempt -> attempt.life = Duration.ofDays(8)),
        new Clause(
            11, "expired", "time", Reason.ENVELOPE_EXPIRED, attempt -> attempt.afterExpiry = true),
        ofStatement(12, "too many bundles", Reason.LIMIT_EXCEEDED, OrderTest::addBundles));
  }

  private static List<Clause> ofTheBodies() {
    return List.of(
        new Clause(
            14,
            "manifest missing",
            "manifest",
            Reason.OBJECT_MISSING,
            attempt -> attempt.manifestDelivery = Attempt.Delivery.MISSING),
        new Clause(
            14,
            "manifest changed",
            "manifest",
            Reason.OBJECT_DIGEST_MISMATCH,
            attempt -> attempt.manifestDelivery = Attempt.Delivery.CHANGED),
        clause(
            8,
            "manifest malformed",
            Reason.STATEMENT_MALFORMED,
            attempt -> attempt.manifest.add(json -> json.put("objectCount", 1_000))),
        clause(
            12,
            "object too large",
            Reason.LIMIT_EXCEEDED,
            attempt ->
                attempt.entry(
                    entry ->
                        new ManifestEntry(
                            entry.ref(), entry.digest(), Limits.OBJECT_BYTES + 1L, 0, false))),
        clause(
            13,
            "index",
            Reason.INDEX_MISMATCH,
            attempt ->
                attempt.statement.add(
                    json ->
                        ((ObjectNode) json.path("subject").get(0).path("digest"))
                            .put("sha256", "a".repeat(64)))),
        new Clause(
            14,
            "object missing",
            "object",
            Reason.OBJECT_MISSING,
            attempt -> attempt.objectDelivery = Attempt.Delivery.MISSING),
        new Clause(
            14,
            "object changed",
            "object",
            Reason.OBJECT_DIGEST_MISMATCH,
            attempt -> attempt.objectDelivery = Attempt.Delivery.CHANGED),
        clause(
            14,
            "identity",
            Reason.OBJECT_IDENTITY_MISMATCH,
            attempt ->
                attempt.entry(
                    entry -> {
                      byte[] body = "{\"kind\":\"Other\"}".getBytes(StandardCharsets.UTF_8);
                      return new ManifestEntry(
                          entry.ref(), attempt.fleet.keep(body), body.length, 0, false);
                    })),
        clause(
            14,
            "duplicate",
            Reason.OBJECT_DUPLICATE,
            attempt -> attempt.more.add(attempt.fleet.entry("v2", "ConfigMap", "demo", "a", ""))));
  }

  private static void addBundles(ObjectNode predicate) {
    ArrayNode bundles = (ArrayNode) predicate.path("bundles");
    for (int i = 0; i < Limits.BUNDLES; i++) {
      ObjectNode copy = bundles.get(0).deepCopy();
      bundles.add(copy.put("name", "more-" + i));
    }
  }

  @Test
  void acceptsWhatBreaksNoClause() {
    assertThat(new Attempt().verdict()).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("clauses")
  void refusesWhatBreaksOneClauseWithItsReason(Clause clause) {
    Attempt attempt = new Attempt();
    clause.breach().accept(attempt);

    assertThat(attempt.verdict()).contains(clause.reason());
  }

  /** Every two clauses that can be broken at once, neighbours among them. */
  static List<Pair> pairs() {
    List<Clause> all = clauses();
    return IntStream.range(0, all.size())
        .boxed()
        .flatMap(
            first ->
                all.subList(first + 1, all.size()).stream()
                    .map(later -> new Pair(all.get(first), later)))
        .filter(pair -> !pair.earlier().facet().equals(pair.later().facet()))
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pairs")
  void ofTwoBrokenClausesTheEarlierOneGivesTheReason(Pair pair) {
    Attempt attempt = new Attempt();
    pair.later().breach().accept(attempt);
    pair.earlier().breach().accept(attempt);

    assertThat(attempt.verdict()).contains(pair.earlier().reason());
  }

  @Test
  void leavesNoReasonOfAnEnvelopeOut() {
    Set<Reason> agents =
        Set.of(
            Reason.ROOT_INVALID,
            Reason.SIGNED_BY_RETIRED_KEY,
            Reason.TRUST_STATE_LOST,
            Reason.GUARD_RAIL,
            Reason.STATE_NOT_STORED);
    List<Reason> ofEnvelopes =
        Stream.of(Reason.values())
            .filter(reason -> reason.compareTo(Reason.STATE_NOT_STORED) <= 0)
            .filter(reason -> !agents.contains(reason))
            .toList();

    assertThat(clauses()).extracting(Clause::reason).containsAll(ofEnvelopes);
  }
}
