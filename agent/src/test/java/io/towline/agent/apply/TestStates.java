package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.BundleManifest;
import io.towline.envelope.Deletion;
import io.towline.envelope.DriftPolicy;
import io.towline.envelope.HealthPolicy;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.ObjectPolicy;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.envelope.PrunePolicy;
import io.towline.envelope.Suspension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Builds desired states without an envelope: signatures are the verifier's tests. */
public final class TestStates {
  private final TestBodies bodies;
  private final long sequence;
  private final List<DesiredBundle> bundles = new ArrayList<>();
  private final List<Deletion> deletions = new ArrayList<>();
  private final List<Suspension> suspended = new ArrayList<>();

  public TestStates(TestBodies bodies, long sequence) {
    this.bodies = bodies;
    this.sequence = sequence;
  }

  /** Suspends a bundle of the ones that follow. */
  public TestStates suspended(String bundle, Optional<Instant> until) {
    suspended.add(new Suspension(bundle, "a person looks at it", until));
    return this;
  }

  /** Leaves what diverges of a bundle of the ones that follow. */
  public TestStates uncorrected(String bundle, Optional<Instant> until) {
    suspended.add(new Suspension(bundle, Suspension.Extent.CORRECTIONS, "corrections wait", until));
    return this;
  }

  /** A bundle of these objects, in JSON, under the default policy. */
  public TestStates bundle(String name, String... objects) {
    return bundle(name, Policy.defaults(), objects);
  }

  public TestStates bundle(String name, Policy policy, String... objects) {
    List<ManifestEntry> entries = new ArrayList<>();
    for (String object : objects) {
      entries.add(entry(object));
    }
    BundleManifest manifest = new BundleManifest(name, entries, policy);
    bundles.add(
        new DesiredBundle(
            name,
            manifest.digest(),
            manifest.objects(),
            policy,
            suspended.stream().filter(one -> one.bundle().equals(name)).findFirst()));
    return this;
  }

  /** The entry of an object in JSON; its wave is the annotation {@code test/wave}. */
  public ManifestEntry entry(String json) {
    JsonNode object = ObjectJson.read(json.getBytes(StandardCharsets.UTF_8));
    byte[] bytes = ObjectJson.write(object);
    JsonNode annotations = object.path("metadata").path("annotations");
    return new ManifestEntry(
        ref(object),
        bodies.put(bytes),
        bytes.length,
        annotations.path("test/wave").asInt(0),
        false,
        new ObjectPolicy(
            Arrays.stream(ApplyPolicy.Conflicts.values())
                .filter(c -> c.word().equals(annotations.path("towline.io/conflicts").asText()))
                .findFirst(),
            annotations.has("towline.io/recreate")
                ? Optional.of(annotations.path("towline.io/recreate").asBoolean())
                : Optional.empty()));
  }

  private static ObjectRef ref(JsonNode object) {
    return new ObjectRef(
        object.path("apiVersion").asText(),
        object.path("kind").asText(),
        object.path("metadata").path("namespace").asText(""),
        object.path("metadata").path("name").asText());
  }

  public TestStates deletion(
      String bundle, String apiVersion, String kind, String namespace, String name) {
    deletions.add(new Deletion(bundle, new ObjectRef(apiVersion, kind, namespace, name), sequence));
    return this;
  }

  public DesiredState build() {
    return new DesiredState(sequence, bundles, deletions, Set.of(), suspended);
  }

  /** The default policy, but drift is only reported. */
  public static Policy warn() {
    Policy d = Policy.defaults();
    return new Policy(
        d.apply(), d.dependsOn(), new DriftPolicy(DriftPolicy.Mode.WARN), d.health(), d.prune());
  }

  public static Policy force() {
    return applying(new ApplyPolicy(ApplyPolicy.Conflicts.FORCE, ""));
  }

  /** The default policy, but for how objects are written. */
  public static Policy applying(ApplyPolicy apply) {
    Policy d = Policy.defaults();
    return new Policy(apply, d.dependsOn(), d.drift(), d.health(), d.prune());
  }

  /** The same object with an annotation. */
  public static String annotated(String json, String annotation, String value) {
    ObjectNode object = ObjectJson.read(json.getBytes(StandardCharsets.UTF_8));
    object.withObject("/metadata").withObject("/annotations").put(annotation, value);
    return object.toString();
  }

  /** In the name of that account. */
  public static Policy as(String serviceAccount) {
    return applying(new ApplyPolicy(ApplyPolicy.Conflicts.FAIL, serviceAccount));
  }

  public static Policy healthTimeout(Duration timeout) {
    Policy d = Policy.defaults();
    return new Policy(d.apply(), d.dependsOn(), d.drift(), new HealthPolicy(timeout), d.prune());
  }

  public static Policy dependsOn(String... bundles) {
    Policy d = Policy.defaults();
    return new Policy(d.apply(), List.of(bundles), d.drift(), d.health(), d.prune());
  }

  public static Policy keeping() {
    Policy d = Policy.defaults();
    return new Policy(d.apply(), d.dependsOn(), d.drift(), d.health(), new PrunePolicy(false));
  }

  /** A ConfigMap. */
  public static String configMap(String namespace, String name, String key, String value) {
    return """
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","namespace":"%s"},
         "data":{"%s":"%s"}}
        """
        .formatted(name, namespace, key, value);
  }

  public static String namespace(String name) {
    return """
        {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"%s"}}
        """
        .formatted(name);
  }

  /** A Deployment of one container. */
  public static String deployment(String namespace, String name, int replicas) {
    return """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"%1$s","namespace":"%2$s"},
         "spec":{"replicas":%3$d,"selector":{"matchLabels":{"app":"%1$s"}},
          "template":{"metadata":{"labels":{"app":"%1$s"}},
           "spec":{"containers":[{"name":"web","image":"example.org/web:1",
            "ports":[{"containerPort":8080}],
            "resources":{"requests":{"cpu":"1000m","memory":"64Mi"},"limits":{"cpu":2}},
            "env":[{"name":"MODE","value":"plain"}]}]}}}}
        """
        .formatted(name, namespace, replicas);
  }
}
