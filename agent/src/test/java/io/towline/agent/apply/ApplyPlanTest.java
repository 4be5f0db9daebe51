package io.towline.agent.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.envelope.ManifestEntry;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ApplyPlanTest {
  private final TestBodies bodies = new TestBodies();

  private static String object(String apiVersion, String kind, int wave) {
    return """
        {"apiVersion":"%s","kind":"%s",
         "metadata":{"name":"x","namespace":"n","annotations":{"test/wave":"%d"}}}
        """
        .formatted(apiVersion, kind, wave);
  }

  private DesiredBundle bundle(String... objects) {
    return new TestStates(bodies, 1).bundle("b", objects).build().bundles().getFirst();
  }

  private static List<String> kinds(ApplyPlan plan) {
    return plan.steps().stream()
        .flatMap(step -> step.objects().stream())
        .map(entry -> entry.ref().kind())
        .toList();
  }

  @Test
  void putsFoundationsFirstThenWavesThenKindsAndGatesLast() throws Exception {
    DesiredBundle bundle =
        bundle(
            object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", -5),
            object("example.org/v1", "Thing", 0),
            object("apps/v1", "Deployment", 0),
            object("v1", "ConfigMap", 0),
            object("batch/v1", "Job", -1),
            object("v1", "Namespace", 7),
            object("apiextensions.k8s.io/v1", "CustomResourceDefinition", 3));

    ApplyPlan plan = ApplyPlan.of(bundle, Inventory.open(new MemoryInventory()));

    assertThat(plan.foundations())
        .extracting(e -> e.ref().kind())
        .containsExactlyInAnyOrder("Namespace", "CustomResourceDefinition");
    assertThat(kinds(plan))
        .containsExactly(
            "Job", "ConfigMap", "Deployment", "Thing", "ValidatingWebhookConfiguration");
    assertThat(plan.steps().getLast().stage().phase()).isEqualTo(Stage.Phase.GATES);
  }

  @Test
  void leavesOutWhatIsConfirmedAndTakesUpWhatIsNot() throws Exception {
    DesiredBundle bundle = bundle(object("v1", "ConfigMap", 0), object("v1", "Secret", 0));
    MemoryInventory store = new MemoryInventory();
    ManifestEntry map = bundle.objects().getFirst();
    ManifestEntry secret = bundle.objects().getLast();
    store.write(
        List.of(
            new InventoryChange.Put(
                new InventoryEntry(map.ref(), "b", "", map.digest(), Optional.of("uid"), true)),
            new InventoryChange.Put(
                new InventoryEntry(
                    secret.ref(), "b", "", secret.digest(), Optional.of("uid"), false))));

    ApplyPlan plan = ApplyPlan.of(bundle, Inventory.open(store));

    assertThat(plan.confirmed()).isEqualTo(1);
    assertThat(kinds(plan)).containsExactly("Secret");
  }

  @Test
  void takesUpWhatAnotherBundleHad() throws Exception {
    DesiredBundle bundle = bundle(object("v1", "ConfigMap", 0));
    ManifestEntry map = bundle.objects().getFirst();
    MemoryInventory store = new MemoryInventory();
    store.write(
        List.of(
            new InventoryChange.Put(
                new InventoryEntry(
                    map.ref(), "other", "", map.digest(), Optional.of("uid"), true))));

    assertThat(kinds(ApplyPlan.of(bundle, Inventory.open(store)))).containsExactly("ConfigMap");
  }
}
