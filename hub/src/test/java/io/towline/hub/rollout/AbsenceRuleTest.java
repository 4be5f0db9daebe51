package io.towline.hub.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.BundleEntry;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Policy;
import io.towline.envelope.SourceInfo;
import io.towline.hub.resolve.Holds;
import io.towline.hub.resolve.Problem;
import io.towline.vocabulary.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AbsenceRuleTest {
  private static final Set<String> FLEET = Set.of("fleet");
  private static final Holds NONE = new Holds(Set.of(), Set.of(), Set.of(), Set.of());
  private static final Problem PROBLEM =
      new Problem(
          "", "apps/web/towline.yaml", 3, 7, "nam", Reason.DECLARATION_INVALID, "no such field");

  @Test
  void aTargetThatASoundSourceNoLongerWantsLeft() {
    assertThat(rule(FLEET, FLEET, FLEET, NONE).of(web(), "alpha")).isEqualTo(new Absence.Left());
  }

  @Test
  void aTargetOfASourceThatLeftTheConfigurationLeft() {
    assertThat(rule(Set.of(), Set.of(), Set.of(), NONE).of(web(), "alpha"))
        .isEqualTo(new Absence.Left());
  }

  @Test
  void aTargetOfASourceThatWasNotReadStays() {
    assertThat(rule(FLEET, Set.of(), Set.of(), NONE).of(web(), "alpha"))
        .isEqualTo(new Absence.Unread());
  }

  @Test
  void aSourceThatDeclaresNothingTakesNothingAway() {
    assertThat(rule(FLEET, FLEET, Set.of(), NONE).of(web(), "alpha"))
        .isInstanceOfSatisfying(
            Absence.Stays.class,
            stays -> assertThat(stays.hold().reason()).isEqualTo(Reason.SOURCE_EMPTY));
  }

  @Test
  void aTargetWhoseDeclarationIsWrongStaysWithThePlaceOfTheMistake() {
    Holds holds =
        new Holds(Set.of(), Set.of(), Set.of(new Holds.Place("fleet", "apps/web")), Set.of());

    assertThat(rule(FLEET, FLEET, FLEET, holds).of(web(), "alpha"))
        .isEqualTo(
            new Absence.Stays(
                new Hold(Reason.DECLARATION_INVALID, "apps/web/towline.yaml:3:7: no such field")));
  }

  @Test
  void everyTargetOfAClusterWhoseFileIsWrongStays() {
    Holds holds = new Holds(Set.of(), Set.of(), Set.of(), Set.of("alpha"));

    assertThat(rule(FLEET, FLEET, FLEET, holds).of(web(), "alpha"))
        .isInstanceOf(Absence.Stays.class);
    assertThat(rule(FLEET, FLEET, FLEET, holds).of(web(), "beta")).isEqualTo(new Absence.Left());
  }

  private static AbsenceRule rule(
      Set<String> configured, Set<String> read, Set<String> declaring, Holds holds) {
    return new AbsenceRule(configured, read, declaring, holds, Map.of("fleet", List.of(PROBLEM)));
  }

  private static Assignment web() {
    BundleManifest manifest = new BundleManifest("web", List.of(), Policy.defaults());
    return new Assignment(
        "web",
        "all",
        List.of(),
        Optional.of(
            new Content(
                new BundleEntry(
                    "web",
                    manifest.digest().shortHex(),
                    new SourceInfo("fleet", "repo", "refs/heads/main", "c1", "apps/web", ""),
                    List.of(),
                    manifest.digest(),
                    1),
                manifest)),
        Optional.empty(),
        false);
  }
}
