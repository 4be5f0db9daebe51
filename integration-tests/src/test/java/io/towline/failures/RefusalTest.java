package io.towline.failures;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.agent.v1.EnvelopeVerdict;
import io.towline.agent.v1.ReportItem;
import io.towline.agent.v1.Want;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.ObjectRef;
import io.towline.testkit.AgentProcess;
import io.towline.testkit.ApiServer;
import io.towline.testkit.AuditEvent;
import io.towline.testkit.AuditLog;
import io.towline.testkit.ControlPlane;
import io.towline.testkit.Deadline;
import io.towline.testkit.Delivery;
import io.towline.testkit.Draft;
import io.towline.testkit.Fleet;
import io.towline.testkit.Folders;
import io.towline.testkit.Forge;
import io.towline.testkit.Gzip;
import io.towline.testkit.HeardReports;
import io.towline.testkit.KubeClient;
import io.towline.testkit.LyingHub;
import io.towline.testkit.Offer;
import io.towline.testkit.Rendered;
import io.towline.testkit.Workloads;
import io.towline.vocabulary.Names;
import io.towline.vocabulary.Reason;
import io.towline.vocabulary.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The packaged agent before a real API server and a hub that lies. Each case begins with an
 * envelope that is accepted and applied, and ends with one: so a refusal has neither moved the
 * floor nor stopped the agent. The API server's audit log is the witness of what was not done.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RefusalTest {

  private static final String OBJECTS = "/api/v1/namespaces/" + Scene.BUNDLE + "/configmaps";
  private static final String SETTINGS = OBJECTS + "/" + Scene.SETTINGS;
  private static final String TRUST_SECRET =
      "/api/v1/namespaces/" + Names.DEFAULT_AGENT_NAMESPACE + "/secrets/towline-agent-trust";
  private static final Pattern SEQUENCE = Pattern.compile("(?m)^sequence (\\d+)$");
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Long enough to be accepted and applied on a busy machine. */
  private static final Duration SHORT_LIFE = Duration.ofSeconds(5);

  /** What may be sent of a body without an end: windows of the transport, and no more. */
  private static final long BOUNDED_BYTES = 8 << 20;

  private final Forge forge = new Forge("store-0107", InstantSource.system());
  private ControlPlane cluster;
  private LyingHub hub;
  private AgentProcess agent;
  private @Nullable Scene scene;
  private int barriers;

  @BeforeAll
  void start(@TempDir Path scratch) {
    cluster = ControlPlane.start("lied-to", scratch.resolve("cluster"), Workloads.KEPT);
    Fleet.welcomeAgent(cluster.admin());
    hub = LyingHub.start(forge);
    agent =
        AgentProcess.in(scratch.resolve("agent"), cluster.apiServer().kubeconfig(ApiServer.AGENT))
            .withJoinToken(hub.joinToken())
            .with("towline.stream.first-backoff", "50ms")
            .with("towline.stream.longest-backoff", "200ms")
            .start();
  }

  @AfterAll
  void end() {
    agent.close();
    hub.close();
    cluster.close();
  }

  static List<Lie> lies() {
    return Lie.all();
  }

  static List<Oddity> oddities() {
    return Oddity.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lies")
  void refusesWithTheReasonAndChangesNothing(Lie lie) {
    settle();
    Untouched untouched = untouched();
    long sentBefore = hub.bytesSent();

    refuses(lie.tell(held(), lie.name()), lie.reason());

    untouched.verify();
    assertThat(hub.bytesSent() - sentBefore).isLessThan(BOUNDED_BYTES);
    settle();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oddities")
  void acceptsWhatIsStrangeAndTrue(Oddity oddity) {
    settle();
    HeardReports.Mark mark = hub.heard().mark();
    Offer offer = oddity.make(held(), oddity.name());

    hub.offer(offer);

    hub.heard().awaitTarget(mark, Scene.BUNDLE, held().sequence() + 1, Status.READY.word(), SOON);
    assertThat(liveValue()).isEqualTo(oddity.name());
    hold(held().sequence() + 1, payload(offer), Scene.honest(oddity.name()));
    settle();
  }

  @Test
  void goesOnWithABodyWhereItsStreamWasCut() {
    settle();
    String value = "a stream that is cut";
    Rendered bundle = Scene.honest(value);
    Digest body = bundle.entry(Scene.CATALOGUE).digest();
    int size = Gzip.zip(bundle.body(Scene.CATALOGUE)).length;

    accept(
        forge
            .offer(held().next(bundle))
            .delivering(body, new Delivery.CutAt(List.of(0, size / 3, size / 2, size - 1))),
        bundle);

    assertThat(hub.wants(body))
        .extracting(Want::getOffset)
        .containsExactly(0L, 0L, size / 3L, size / 2L, size - 1L);
  }

  @Test
  void refusesARootThatItsPredecessorDidNotSign() {
    settle();
    Untouched untouched = untouched();
    byte[] first = Forge.signed(forge.root(), forge.rootKey());
    byte[] usurped =
        Forge.signed(
            forge.root(2, forge.strangersKey(), forge.strangersKey()), forge.strangersKey());
    Draft draft = held().next(Scene.tempting("an envelope of a usurper")).underRoot(2);
    HeardReports.Mark mark = hub.heard().mark();

    hub.publishRoots(List.of(first, usurped));
    hub.awaitFollower(SOON);
    Offer offer = forge.offer(draft, forge.strangersKey());
    hub.offer(offer);

    EnvelopeVerdict verdict = hub.heard().awaitVerdict(mark, offer, SOON);
    assertThat(verdict.getReason()).isEqualTo(Reason.ROOT_INVALID.word());
    untouched.verify();
    hub.publishRoots(List.of(first));
    hub.awaitFollower(SOON);
    settle();
  }

  @Test
  void refusesAnOlderSequenceAfterARestart() {
    settle();
    settle();
    agent.stop();
    Untouched untouched = untouched();

    agent.start();

    refuses(older("after a restart"), Reason.SEQUENCE_ROLLBACK);
    untouched.verify();
    settle();
  }

  @Test
  void refusesAnOlderSequenceThoughItsStateIsGoneAndOnlyItsSecretIsLeft() throws IOException {
    settle();
    settle();
    awaitMirrored(held().sequence());
    agent.stop();
    Folders.delete(agent.stateDirectory());
    Untouched untouched = untouched();
    HeardReports.Mark mark = hub.heard().mark();
    Offer offer = older("without its state");
    hub.offer(offer);

    agent.start();

    EnvelopeVerdict verdict = hub.heard().awaitVerdict(mark, offer, SOON);
    assertThat(verdict.getReason()).isEqualTo(Reason.SEQUENCE_ROLLBACK.word());
    untouched.verify();
    settle();
  }

  @Test
  void goesOnEnforcingWhatItHoldsWhenThatExpires() {
    settle();
    Rendered bundle = Scene.honest("short-lived");
    Instant expiry = forge.now().plus(SHORT_LIFE);
    accept(
        forge.offer(held().next(bundle).valid(expiry.minus(Duration.ofMinutes(1)), expiry)),
        bundle);
    AuditLog.Mark accepted = barrier();
    Deadline.in(SOON).until("the envelope expires", () -> Instant.now().isAfter(expiry));
    HeardReports.Mark mark = hub.heard().mark();

    // Whatever comes has the agent look at the clock, which it does by itself every half minute.
    hub.offer(
        forge.offer(held().next(Scene.tempting("for another")).forCluster(UUID.randomUUID())));

    hub.heard().await(mark, SOON, "the expiry is reported", RefusalTest::expiryIn);
    cluster
        .person()
        .patch(SETTINGS, KubeClient.MERGE_PATCH, Map.of("data", Map.of("value", "edited")));

    cluster
        .admin()
        .await(
            SETTINGS,
            SOON,
            "is corrected",
            object -> object.at("/data/value").asText().equals("short-lived"));
    barrier();
    assertThat(cluster.auditLog().writesBy(ApiServer.AGENT, accepted))
        .extracting(AuditEvent::verb)
        .doesNotContain("delete", "deletecollection");
    settle();
  }

  @Test
  void deletesOnlyWhatItAppliedAndAStatementLists() {
    settle();
    String value = "with an object to delete";
    String legacy = OBJECTS + "/legacy";
    String foreign = OBJECTS + "/foreign";
    Rendered bundle =
        Rendered.of(
            Scene.BUNDLE,
            Scene.namespace(),
            Scene.settings(value),
            Scene.configMap("legacy", "value", value));
    accept(forge.offer(held().next(bundle)), bundle);
    cluster
        .person()
        .create(
            OBJECTS,
            """
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"foreign",\
            "labels":{"%s":"%s"}},"data":{"mine":"yes"}}"""
                .formatted(Names.BUNDLE_LABEL, Scene.BUNDLE));

    settle();
    assertThat(cluster.admin().get(legacy)).as("left out, but not listed").isPresent();

    long sequence = held().sequence() + 1;
    Rendered without = Scene.honest("deletions listed");
    accept(
        forge.offer(
            held()
                .next(without)
                .deleting(new Deletion(Scene.BUNDLE, configMap("legacy"), sequence))
                .deleting(new Deletion(Scene.BUNDLE, configMap("foreign"), sequence))),
        without);
    cluster.admin().awaitGone(legacy, SOON);
    hub.heard()
        .await(
            HeardReports.Mark.START,
            SOON,
            "the deletion of the foreign object is answered",
            item ->
                Optional.of(item)
                    .filter(ReportItem::hasDeletion)
                    .filter(done -> done.getDeletion().getObject().getName().equals("foreign")));
    assertThat(cluster.admin().get(foreign)).as("listed, but not Towline's").isPresent();
    settle();
  }

  @Test
  void callsNobodyButTheHubThatItsPinnedAuthorityVouchesFor() {
    settle();
    Untouched untouched = untouched();
    hub.close();
    try (LyingHub impostor = hub.impostor()) {
      impostor.offer(held().offer("of an impostor"));
      Deadline.in(SOON).until("the agent tries again", () -> impostor.handshakes() > 2);

      assertThat(impostor.calls().granted() + impostor.calls().refused()).isZero();
    } finally {
      hub = hub.again();
    }
    untouched.verify();
    settle();
  }

  /** Lets the agent accept and apply the next sequence. */
  private void settle() {
    long sequence = scene == null ? 1 : scene.sequence() + 1;
    Rendered bundle = Scene.honest("good " + sequence);
    Draft draft = scene == null ? forge.draft(sequence).with(bundle) : scene.next(bundle);
    accept(forge.offer(draft), bundle);
  }

  private void accept(Offer offer, Rendered bundle) {
    HeardReports.Mark mark = hub.heard().mark();
    hub.offer(offer);
    EnvelopeVerdict verdict = hub.heard().awaitVerdict(mark, offer, SOON);
    assertThat(verdict.getAccepted()).as(verdict::toString).isTrue();
    long sequence = offer.position().getSequence();
    hub.heard().awaitTarget(mark, Scene.BUNDLE, sequence, Status.READY.word(), SOON);
    hold(sequence, payload(offer), bundle);
    assertThat(liveValue())
        .isEqualTo(
            KubeClient.json(new String(bundle.body(Scene.SETTINGS), StandardCharsets.UTF_8))
                .at("/data/value")
                .asText());
  }

  private void refuses(Offer offer, Reason reason) {
    HeardReports.Mark mark = hub.heard().mark();
    hub.offer(offer);
    EnvelopeVerdict verdict = hub.heard().awaitVerdict(mark, offer, SOON);
    assertThat(verdict.getAccepted()).isFalse();
    assertThat(verdict.getReason()).as(verdict::getMessage).isEqualTo(reason.word());
  }

  private Offer older(String value) {
    long sequence = held().sequence() - 1;
    return forge.offer(forge.draft(sequence).with(Scene.tempting(value)));
  }

  private Scene held() {
    if (scene == null) {
      throw new IllegalStateException("nothing was accepted yet");
    }
    return scene;
  }

  private void hold(long sequence, Digest payload, Rendered bundle) {
    scene = new Scene(forge, sequence, payload, bundle);
  }

  private static Digest payload(Offer offer) {
    return Dsse.parse(offer.dsse()).digest();
  }

  private String liveValue() {
    return cluster.admin().get(SETTINGS).orElseThrow().at("/data/value").asText();
  }

  private static ObjectRef configMap(String name) {
    return new ObjectRef("v1", "ConfigMap", Scene.BUNDLE, name);
  }

  /** The cluster as it is at a moment, to be found so again. */
  private Untouched untouched() {
    return new Untouched(barrier(), live());
  }

  private final class Untouched {
    private final AuditLog.Mark since;
    private final List<JsonNode> before;

    Untouched(AuditLog.Mark since, List<JsonNode> before) {
      this.since = since;
      this.before = before;
    }

    void verify() {
      barrier();
      assertThat(cluster.auditLog().writesBy(ApiServer.AGENT, since))
          .filteredOn(write -> !write.namespace().equals(Names.DEFAULT_AGENT_NAMESPACE))
          .isEmpty();
      assertThat(live()).isEqualTo(before);
    }
  }

  private List<JsonNode> live() {
    return cluster.admin().list(OBJECTS);
  }

  /** A place in the audit log behind everything that was answered before. */
  private AuditLog.Mark barrier() {
    String name = "barrier-" + barriers++;
    AuditLog.Mark before = cluster.auditLog().mark();
    assertThat(cluster.admin().get("/api/v1/namespaces/" + name)).isEmpty();
    cluster.auditLog().await(before, SOON, name, event -> event.name().equals(name));
    return cluster.auditLog().mark();
  }

  private void awaitMirrored(long sequence) {
    cluster
        .admin()
        .await(
            TRUST_SECRET,
            SOON,
            "holds sequence " + sequence,
            secret -> mirrored(secret).equals(OptionalLong.of(sequence)));
  }

  private static OptionalLong mirrored(JsonNode secret) {
    for (JsonNode value : secret.path("data")) {
      Matcher sequence =
          SEQUENCE.matcher(
              new String(Base64.getDecoder().decode(value.asText()), StandardCharsets.UTF_8));
      if (sequence.find()) {
        return OptionalLong.of(Long.parseLong(sequence.group(1)));
      }
    }
    return OptionalLong.empty();
  }

  private static Optional<ReportItem> expiryIn(ReportItem item) {
    String word = Reason.ENVELOPE_EXPIRED.word();
    return Optional.of(item)
        .filter(
            any ->
                any.getVerdict().getReason().equals(word)
                    || any.getTarget().getReason().equals(word)
                    || any.getEvent().getReason().equals(word));
  }
}
