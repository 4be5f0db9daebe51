package io.towline.agent.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.Digest;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import java.util.List;
import org.junit.jupiter.api.Test;

class StageTest {
  private static final ManifestEntry NAMESPACE = entry("v1", "Namespace", 9);
  private static final ManifestEntry MAP = entry("v1", "ConfigMap", 0);
  private static final ManifestEntry WORKLOAD = entry("apps/v1", "Deployment", 1);

  private static ManifestEntry entry(String apiVersion, String kind, int wave) {
    return new ManifestEntry(
        new ObjectRef(apiVersion, kind, "n", "x"), Digest.of(new byte[0]), 0, wave, false);
  }

  private static ManifestEntry webhook(int wave) {
    return entry("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", wave);
  }

  private static Stage stage(ManifestEntry entry, ManifestEntry... others) {
    return Stage.of(entry, Stage.lastWave(List.of(others)));
  }

  @Test
  void aWaveWaitsForTheOnesBeforeItAndNotForItselfOrLaterOnes() {
    Stage first = stage(MAP, MAP, WORKLOAD);
    Stage second = stage(WORKLOAD, MAP, WORKLOAD);

    assertThat(second.waitsFor(first)).isTrue();
    assertThat(first.waitsFor(second)).isFalse();
    assertThat(second.waitsFor(second)).isFalse();
  }

  @Test
  void nobodyWaitsForNamespacesWhateverTheirWave() {
    assertThat(stage(entry("v1", "Secret", 10)).waitsFor(stage(NAMESPACE))).isFalse();
  }

  @Test
  void withoutWavesNotEvenAWebhookWaits() {
    assertThat(stage(webhook(0), MAP).waitsFor(stage(MAP, MAP))).isFalse();
  }

  @Test
  void aWebhookComesWithTheLastWaveUnlessItsOwnIsLater() {
    Stage last = stage(WORKLOAD, MAP, WORKLOAD);

    assertThat(stage(webhook(-5), MAP, WORKLOAD)).isGreaterThan(last);
    assertThat(stage(webhook(-5), MAP, WORKLOAD).waitsFor(last)).isFalse();
    assertThat(stage(webhook(-5), MAP, WORKLOAD).waitsFor(stage(MAP, MAP, WORKLOAD))).isTrue();
    assertThat(stage(webhook(2), MAP, WORKLOAD).waitsFor(last)).isTrue();
  }
}
