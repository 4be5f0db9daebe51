package io.towline.hub.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.BundleEntry;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Deletion;
import io.towline.envelope.Digest;
import io.towline.envelope.DriftPolicy;
import io.towline.envelope.HealthPolicy;
import io.towline.envelope.Limits;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.envelope.PrunePolicy;
import io.towline.envelope.SourceInfo;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssignmentsTest {
  private static final Hold BROKEN = new Hold(Reason.BUILD_FAILED, "no such file");

  private static Optional<Brake> free(String bundle) {
    return Optional.empty();
  }

  @Test
  void givesANewTargetWhatWasRendered() {
    Content web = content("web", 1, "a");

    ClusterPlan plan = plan(List.of(), List.of(wish(web)));

    assertThat(plan.assignments()).containsExactly(running(web));
    assertThat(plan.deletions()).isEmpty();
  }

  @Test
  void aCordonKeepsWhatIsThereAndLetsNothingComeChangeOrGo() {
    Hold cordon = new Hold(Reason.CORDONED, "not now");
    Content changes = content("web", 1, "a");
    Content stays = content("tools", 1, "b");
    Content leaves = content("old", 1, "c");
    List<Assignment> before = List.of(running(changes), running(stays), running(leaves));
    List<Wish> wishes =
        List.of(wish(content("web", 2, "z")), wish(stays), wish(content("new", 1, "n")));

    ClusterPlan plan =
        Assignments.plan(
            before,
            List.of(),
            wishes,
            AssignmentsTest::left,
            bundle -> Optional.of(new Brake.Changes(cordon)),
            9);

    assertThat(plan.assignments())
        .containsExactly(
            new Assignment("new", "all", List.of(), Optional.empty(), Optional.of(cordon), false),
            new Assignment(
                "old", "all", List.of(), Optional.of(leaves), Optional.of(cordon), false),
            running(stays),
            new Assignment(
                "web", "all", List.of(), Optional.of(changes), Optional.of(cordon), false));
    assertThat(plan.deletions()).isEmpty();
    assertThat(
            Assignments.plan(
                    plan.assignments(),
                    List.of(),
                    wishes,
                    AssignmentsTest::left,
                    bundle -> Optional.of(new Brake.Changes(cordon)),
                    10)
                .assignments())
        .isEqualTo(plan.assignments());
  }

  @Test
  void whatIsSuspendedStaysAsItIsAndTheOthersGoOn() {
    Hold hold = new Hold(Reason.SUSPENDED, "a person looks at it");
    Content held = content("web", 1, "a");
    Content stays = content("tools", 1, "b");
    Content goes = content("free", 1, "c");
    Content newer = content("free", 2, "d");
    Assignment leaving = Assignment.removing("old");
    List<Deletion> pending =
        List.of(new Deletion("old", stays.manifest().objects().getFirst().ref(), 3));
    Function<String, Optional<Brake>> brakes =
        bundle ->
            Optional.<Brake>of(new Brake.Everything(hold, Optional.empty()))
                .filter(brake -> !bundle.equals("free"));

    ClusterPlan plan =
        Assignments.plan(
            List.of(running(held), running(stays), running(goes), leaving),
            pending,
            List.of(wish(stays), wish(newer), wish(content("new", 1, "n"))),
            AssignmentsTest::left,
            brakes,
            9);

    assertThat(plan.assignments())
        .containsExactly(
            running(newer),
            new Assignment("new", "all", List.of(), Optional.empty(), Optional.of(hold), false),
            leaving,
            new Assignment("tools", "all", List.of(), Optional.of(stays), Optional.of(hold), false),
            new Assignment("web", "all", List.of(), Optional.of(held), Optional.of(hold), false));
    assertThat(plan.listed())
        .as("only of what goes on")
        .allSatisfy(deletion -> assertThat(deletion.bundle()).isEqualTo("free"));
  }

  @Test
  void aCommitThatChangesNoObjectChangesNothing() {
    Content before = content("web", 1, "a");
    Content after = content("web", 2, "a");

    ClusterPlan plan = plan(List.of(running(before)), List.of(wish(after)));

    assertThat(plan.assignments()).containsExactly(running(before));
  }

  @Test
  void aBundleThatMovedToAnotherPathIsNamedFromThere() {
    Content before = content("web", 1, "a");
    Content after =
        new Content(
            new BundleEntry(
                "web",
                before.entry().revision(),
                new SourceInfo("fleet", "repo", "refs/heads/main", "c2", "elsewhere", ""),
                List.of(),
                before.entry().manifest(),
                before.entry().manifestSize()),
            before.manifest());

    ClusterPlan plan = plan(List.of(running(before)), List.of(wish(after)));

    assertThat(plan.assignments()).containsExactly(running(after));
  }

  @Test
  void aRenderThatFailsKeepsTheLastGoodContent() {
    Content web = content("web", 1, "a");

    ClusterPlan plan = plan(List.of(running(web)), List.of(failed("web")));

    assertThat(plan.assignments())
        .containsExactly(
            new Assignment("web", "all", List.of(), Optional.of(web), Optional.of(BROKEN), false));
    assertThat(plan.deletions()).isEmpty();
  }

  @Test
  void aRenderThatNeverWorkedHasAReasonAndNoContent() {
    ClusterPlan plan = plan(List.of(), List.of(failed("web")));

    assertThat(plan.assignments())
        .singleElement()
        .satisfies(
            assignment -> {
              assertThat(assignment.content()).isEmpty();
              assertThat(assignment.hold()).contains(BROKEN);
            });
  }

  @Test
  void whatLeftGitIsDeletedObjectByObject() {
    Content web = content("web", 1, "a", "b");

    ClusterPlan plan = plan(List.of(running(web)), List.of());

    assertThat(plan.assignments()).containsExactly(Assignment.removing("web"));
    assertThat(plan.listed()).containsExactly(deletion("web", "a"), deletion("web", "b"));
  }

  @Test
  void whatCannotBeSeenStays() {
    Content web = content("web", 1, "a");

    ClusterPlan unread =
        plan(List.of(running(web)), List.of(), List.of(), target -> new Absence.Unread());
    ClusterPlan wrong =
        plan(List.of(running(web)), List.of(), List.of(), target -> new Absence.Stays(BROKEN));

    assertThat(unread.assignments()).containsExactly(running(web));
    assertThat(unread.deletions()).isEmpty();
    assertThat(wrong.assignments().getFirst().content()).contains(web);
    assertThat(wrong.assignments().getFirst().hold()).contains(BROKEN);
    assertThat(wrong.deletions()).isEmpty();
  }

  @Test
  void anObjectThatLeftABundleIsDeleted() {
    ClusterPlan plan =
        plan(List.of(running(content("web", 1, "a", "b"))), List.of(wish(content("web", 2, "a"))));

    assertThat(plan.listed()).containsExactly(deletion("web", "b"));
  }

  @Test
  void anObjectThatMovedToAnotherBundleIsHandedOver() {
    ClusterPlan plan =
        plan(
            List.of(running(content("one", 1, "a", "x")), running(content("two", 1, "b"))),
            List.of(wish(content("one", 2, "a")), wish(content("two", 2, "b", "x"))));

    assertThat(plan.deletions()).isEmpty();
    assertThat(plan.assignments()).allMatch(assignment -> assignment.hold().isEmpty());
  }

  @Test
  void anObjectThatOnlyChangedItsVersionIsNotDeleted() {
    Content before = content("web", 1, Policy.defaults(), new ObjectRef("a.io/v1", "K", "n", "x"));
    Content after = content("web", 2, Policy.defaults(), new ObjectRef("a.io/v2", "K", "n", "x"));

    assertThat(plan(List.of(running(before)), List.of(wish(after))).deletions()).isEmpty();
  }

  @Test
  void aBundleThatDoesNotPruneLeavesItsObjects() {
    Content before = content("web", 1, noPrune(), ref("a"), ref("b"));
    Content after = content("web", 2, noPrune(), ref("a"));

    assertThat(plan(List.of(running(before)), List.of(wish(after))).deletions()).isEmpty();
    assertThat(plan(List.of(running(before)), List.of()).deletions()).isEmpty();
  }

  @Test
  void aDeletionStaysUntilItIsAcknowledgedAndKeepsItsSequence() {
    Deletion old = new Deletion("web", ref("b"), 3);

    ClusterPlan plan =
        plan(
            List.of(running(content("web", 1, "a"))),
            List.of(old),
            List.of(wish(content("web", 2, "c"))),
            AssignmentsTest::left);

    assertThat(plan.deletions()).containsExactly(old, deletion("web", "a"));
    assertThat(plan.listed()).containsExactly(deletion("web", "a"));
  }

  @Test
  void aDeletionIsNoLongerListedWhenTheObjectIsWantedAgain() {
    Deletion old = new Deletion("web", ref("b"), 3);

    ClusterPlan plan =
        plan(
            List.of(running(content("web", 1, "a"))),
            List.of(old),
            List.of(wish(content("web", 2, "a", "b"))),
            AssignmentsTest::left);

    assertThat(plan.unlisted()).containsExactly(old);
    assertThat(plan.deletions()).isEmpty();
  }

  @Test
  void ofTwoNewBundlesWithOneObjectTheLaterByNameStaysOut() {
    ClusterPlan plan =
        plan(List.of(), List.of(wish(content("two", 1, "x")), wish(content("one", 1, "x"))));

    assertThat(plan.assignments().getFirst()).isEqualTo(running(content("one", 1, "x")));
    Assignment loser = plan.assignments().getLast();
    assertThat(loser.content()).isEmpty();
    assertThat(loser.hold().orElseThrow().reason()).isEqualTo(Reason.OBJECT_CONFLICT);
    assertThat(loser.hold().orElseThrow().message()).contains("default/x").contains("one");
  }

  @Test
  void whoHasAnObjectKeepsItAgainstANewcomerWithASmallerName() {
    Content two = content("two", 1, "x");

    ClusterPlan plan =
        plan(
            List.of(running(two)),
            List.of(wish(content("one", 1, "x", "y")), wish(content("two", 2, "x", "z"))));

    assertThat(plan.assignments().getLast()).isEqualTo(running(content("two", 2, "x", "z")));
    assertThat(plan.assignments().getFirst().content()).isEmpty();
    assertThat(plan.deletions()).isEmpty();
  }

  @Test
  void aHandOverWaitsWhileTheGivingBundleCannotBeRendered() {
    Content one = content("one", 1, "a");
    Content two = content("two", 1, "b", "x");

    ClusterPlan plan =
        plan(
            List.of(running(one), running(two)),
            List.of(wish(content("one", 2, "a", "x")), failed("two")));

    assertThat(plan.assignments().getFirst().content()).contains(one);
    assertThat(plan.assignments().getFirst().hold().orElseThrow().reason())
        .isEqualTo(Reason.OBJECT_CONFLICT);
    assertThat(plan.assignments().getLast().content()).contains(two);
    assertThat(plan.deletions()).isEmpty();
  }

  @Test
  void aBundleThatBreaksTheLimitsOfAnEnvelopeStaysAsItWas() {
    Content big = content("big", 1, names("big", Limits.OBJECTS - 1));
    Content one = content("one", 1, "a");

    ClusterPlan plan =
        plan(
            List.of(running(big), running(one)),
            List.of(
                wish(content("big", 1, names("big", Limits.OBJECTS - 1))),
                wish(content("one", 2, "a", "b"))));

    assertThat(plan.assignments().getFirst()).isEqualTo(running(big));
    assertThat(plan.assignments().getLast().content()).contains(one);
    assertThat(plan.assignments().getLast().hold().orElseThrow().reason())
        .isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @Test
  void nothingChangesWhileMoreIsToBeDeletedThanAnEnvelopeLists() {
    Content web = content("web", 1, "a");
    List<Deletion> pending = new ArrayList<>();
    for (int i = 0; i < Limits.DELETIONS; i++) {
      pending.add(new Deletion("old", ref("old" + i), 1));
    }

    ClusterPlan plan = plan(List.of(running(web)), pending, List.of(), AssignmentsTest::left);

    assertThat(plan.assignments().getFirst().content()).contains(web);
    assertThat(plan.assignments().getFirst().hold().orElseThrow().reason())
        .isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(plan.listed()).isEmpty();
  }

  /** Laws that hold of every history, whatever Git says at each step. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 20261123, 77, 4711})
  void noObjectIsEverLostOwnedTwiceOrDeletedWhileWanted(long seed) {
    Random random = new Random(seed);
    List<Assignment> before = List.of();
    List<Deletion> pending = List.of();
    for (int step = 1; step <= 200; step++) {
      List<Wish> wishes = new ArrayList<>();
      for (String bundle : List.of("a", "b", "c", "d")) {
        switch (random.nextInt(5)) {
          case 0 -> wishes.add(failed(bundle));
          case 1 -> {}
          default -> {
            String[] names =
                IntStream.range(0, 6)
                    .filter(i -> random.nextInt(3) == 0)
                    .mapToObj(i -> "o" + i)
                    .toArray(String[]::new);
            wishes.add(wish(content(bundle, step, names)));
          }
        }
      }
      boolean readable = random.nextInt(4) != 0;
      Function<Assignment, Absence> absence =
          target -> readable ? new Absence.Left() : new Absence.Unread();

      ClusterPlan plan =
          Assignments.plan(before, pending, wishes, absence, AssignmentsTest::free, step);

      Set<ObjectIdentity> owned = new HashSet<>();
      for (Assignment assignment : plan.assignments()) {
        for (ObjectIdentity object : identities(assignment)) {
          assertThat(owned.add(object)).as("one owner of " + object).isTrue();
        }
      }
      Set<ObjectIdentity> deleted = new HashSet<>();
      plan.deletions().forEach(deletion -> deleted.add(deletion.ref().identity()));
      assertThat(Collections.disjoint(deleted, owned)).as("deleted though wanted").isTrue();
      for (Assignment assignment : before) {
        for (ObjectIdentity object : identities(assignment)) {
          assertThat(owned.contains(object) || deleted.contains(object))
              .as("lost " + object)
              .isTrue();
        }
      }
      before = plan.assignments();
      pending = random.nextBoolean() ? plan.deletions() : List.of();
    }
  }

  private static Set<ObjectIdentity> identities(Assignment assignment) {
    Set<ObjectIdentity> identities = new HashSet<>();
    assignment
        .content()
        .ifPresent(
            content ->
                content
                    .manifest()
                    .objects()
                    .forEach(entry -> identities.add(entry.ref().identity())));
    return identities;
  }

  private static ClusterPlan plan(List<Assignment> before, List<Wish> wishes) {
    return plan(before, List.of(), wishes, AssignmentsTest::left);
  }

  private static ClusterPlan plan(
      List<Assignment> before,
      List<Deletion> pending,
      List<Wish> wishes,
      Function<Assignment, Absence> absence) {
    return Assignments.plan(before, pending, wishes, absence, AssignmentsTest::free, 9);
  }

  private static Absence left(Assignment target) {
    return new Absence.Left();
  }

  private static Deletion deletion(String bundle, String name) {
    return new Deletion(bundle, ref(name), 9);
  }

  private static Wish wish(Content content) {
    return new Wish(content.entry().name(), "all", List.of(), new Wish.Rendered(content));
  }

  private static Wish failed(String bundle) {
    return new Wish(bundle, "all", List.of(), new Wish.Failed(BROKEN));
  }

  private static Assignment running(Content content) {
    return new Assignment(
        content.entry().name(), "all", List.of(), Optional.of(content), Optional.empty(), false);
  }

  private static String[] names(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toArray(String[]::new);
  }

  private static Content content(String bundle, int commit, String... names) {
    ObjectRef[] refs = Arrays.stream(names).map(AssignmentsTest::ref).toArray(ObjectRef[]::new);
    return content(bundle, commit, Policy.defaults(), refs);
  }

  private static Content content(String bundle, int commit, Policy policy, ObjectRef... refs) {
    List<ManifestEntry> entries = new ArrayList<>();
    for (ObjectRef ref : refs) {
      byte[] body = (bundle + ref).getBytes(StandardCharsets.UTF_8);
      entries.add(new ManifestEntry(ref, Digest.of(body), body.length, 0, false));
    }
    BundleManifest manifest = new BundleManifest(bundle, entries, policy);
    Digest digest = manifest.digest();
    return new Content(
        new BundleEntry(
            bundle,
            digest.shortHex(),
            new SourceInfo("fleet", "repo", "refs/heads/main", "c" + commit, "apps/" + bundle, ""),
            List.of(),
            digest,
            manifest.bytes().length),
        manifest);
  }

  private static ObjectRef ref(String name) {
    return new ObjectRef("v1", "ConfigMap", "default", name);
  }

  private static Policy noPrune() {
    return new Policy(
        new ApplyPolicy(ApplyPolicy.Conflicts.FAIL, ""),
        List.of(),
        new DriftPolicy(DriftPolicy.Mode.CORRECT),
        new HealthPolicy(Duration.ofMinutes(5)),
        new PrunePolicy(false));
  }
}
