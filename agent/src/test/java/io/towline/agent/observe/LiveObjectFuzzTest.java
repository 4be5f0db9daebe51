package io.towline.agent.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.VerificationException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever an API server says of an object, it is judged, and an object equals itself. */
class LiveObjectFuzzTest {
  private static final String DEPLOYMENT =
      """
      {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","generation":2,
       "labels":{"app":"a"},"annotations":{},"managedFields":[
        {"manager":"towline","operation":"Apply","time":"2026-11-23T08:00:00Z","fieldsV1":{
          "f:metadata":{"f:labels":{"f:app":{}}},
          "f:spec":{"f:replicas":{},"f:template":{"f:spec":{"f:containers":{
            "k:{\\"name\\":\\"a\\"}":{".":{},"f:image":{},"f:ports":{"v:80":{},"i:0":{}}}}}}}}},
        {"manager":"kubectl","operation":"Update","subresource":"status","fieldsV1":{"f:status":{}}}]},
       "spec":{"replicas":2,"template":{"spec":{"containers":[
         {"name":"a","image":"a:1","ports":[80],"resources":{"limits":{"cpu":"500m"}}}]}}},
       "status":{"observedGeneration":2,"replicas":2,"readyReplicas":1,"conditions":[
         {"type":"Available","status":"True","message":"yes"}]}}
      """;

  static Stream<byte[]> objects() {
    return Stream.concat(
            Stream.of("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod")
                .map(kind -> DEPLOYMENT.replace("Deployment", kind)),
            Stream.of("x", "i:x", "i:-1", "k:", "v:{").map(odd -> DEPLOYMENT.replace("v:80", odd)))
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("objects")
  @FuzzTest
  void aLiveObjectIsJudgedAndDiffersFromItselfInNothing(byte[] bytes) {
    ObjectNode live;
    try {
      live = ObjectJson.read(bytes);
    } catch (VerificationException e) {
      return;
    }
    List<OwnedFields.Owner> owners = OwnedFields.of(live);
    for (OwnedFields.Owner owner : owners) {
      assertThat(OwnedFields.fingerprint(live, owner))
          .isNotZero()
          .isEqualTo(OwnedFields.fingerprint(live.deepCopy(), owner));
    }
    ObjectRef ref = new ObjectRef("apps/v1", "Deployment", "", "a");
    assertThat(DriftJudge.compare(ref, live, live, owners)).isEmpty();
    assertThat(HealthRules.of(live)).isNotNull();
  }

  static Stream<byte[]> amounts() {
    return Stream.of("500m", "1Gi", "1e3", "-1.5k").map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("amounts")
  @FuzzTest
  void anAmountEqualsItselfOrIsNone(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    if (Quantity.equal(text, text)) {
      assertThat(Quantity.equal(text + "x", text)).isFalse();
    } else {
      assertThat(Quantity.equal(text, "1")).isFalse();
    }
  }
}
