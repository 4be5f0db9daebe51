package io.towline.agent.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.towline.envelope.ObjectRef;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DriftJudgeTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final ObjectRef DEPLOYMENT = new ObjectRef("apps/v1", "Deployment", "n", "web");
  private static final ObjectRef CUSTOM = new ObjectRef("example.org/v1", "Thing", "n", "web");

  private static JsonNode json(String text) throws Exception {
    return MAPPER.readTree(text.replace('\'', '"'));
  }

  private static List<String> pointers(ObjectRef ref, String desired, String live)
      throws Exception {
    return DriftJudge.compare(ref, json(desired), json(live), OwnedFields.of(json(live))).stream()
        .map(DriftJudge.Difference::pointer)
        .toList();
  }

  @Test
  void ignoresWhatWasNeverApplied() throws Exception {
    assertThat(
            pointers(
                DEPLOYMENT,
                "{'spec':{'paused':true}}",
                "{'spec':{'paused':true,'replicas':3},'status':{'replicas':1}}"))
        .isEmpty();
  }

  @Test
  void findsElementsOfAListByTheirKeysWhateverTheirOrder() throws Exception {
    String fields =
        "{'f:spec':{'f:ports':{'k:{\\\"port\\\":80,\\\"protocol\\\":\\\"TCP\\\"}':{'.':{},"
            + "'f:name':{}},'k:{\\\"port\\\":53,\\\"protocol\\\":\\\"UDP\\\"}':{'.':{},'f:name':{}}}}}";
    String live =
        "{'metadata':{'managedFields':[{'manager':'towline','operation':'Apply','fieldsV1':"
            + fields
            + "}]},'spec':{'ports':[{'port':53,'protocol':'UDP','name':'dns'},"
            + "{'port':80,'protocol':'TCP','name':'%s'}]}}";
    String desired =
        "{'spec':{'ports':[{'port':80,'name':'http'},{'port':53,'protocol':'UDP','name':'dns'}]}}";
    ObjectRef service = new ObjectRef("v1", "Service", "n", "s");

    assertThat(pointers(service, desired, live.formatted("http"))).isEmpty();
    assertThat(pointers(service, desired, live.formatted("other")))
        .containsExactly("/spec/ports/1/name");
  }

  @ParameterizedTest
  @CsvSource({
    "'1000m', '1', true",
    "0.5, '500m', true",
    "'1024Mi', '1Gi', true",
    "'1', '1.0', true",
    "'2', '1', false",
    "'1Gi', '1G', false",
    "'abc', '1', false",
    "'1e3', '1k', true"
  })
  void comparesAmountsByWhatTheyAmountTo(String a, String b, boolean equal) {
    assertThat(Quantity.equal(a, b)).isEqualTo(equal);
  }

  @Test
  void takesAmountsForEqualOnlyWhereTheApiServerRewritesThem() throws Exception {
    assertThat(
            pointers(
                DEPLOYMENT,
                "{'spec':{'resources':{'requests':{'cpu':'1000m'}}}}",
                "{'spec':{'resources':{'requests':{'cpu':'1'}}}}"))
        .isEmpty();
    assertThat(
            pointers(
                new ObjectRef("v1", "ConfigMap", "n", "c"),
                "{'data':{'cpu':'1000m'}}",
                "{'data':{'cpu':'1'}}"))
        .containsExactly("/data/cpu");
    assertThat(
            pointers(
                CUSTOM, "{'spec':{'limits':{'cpu':'1000m'}}}", "{'spec':{'limits':{'cpu':'1'}}}"))
        .containsExactly("/spec/limits/cpu");
  }

  @Test
  void letsTypedKindsDropZeroesAndNobodyElse() throws Exception {
    String desired = "{'spec':{'hostNetwork':false,'list':[],'text':''}}";

    assertThat(pointers(DEPLOYMENT, desired, "{'spec':{}}")).isEmpty();
    assertThat(pointers(CUSTOM, desired, "{'spec':{}}"))
        .containsExactly("/spec/hostNetwork", "/spec/text");
    assertThat(
            pointers(
                DEPLOYMENT,
                "{'metadata':{'labels':{'empty':''}}}",
                "{'metadata':{'labels':{'other':'x'}}}"))
        .containsExactly("/metadata/labels/empty");
  }

  @Test
  void comparesNumbersByValue() throws Exception {
    assertThat(pointers(CUSTOM, "{'spec':{'a':1.0,'b':1e2}}", "{'spec':{'a':1,'b':100}}"))
        .isEmpty();
  }

  @Test
  void escapesPointers() throws Exception {
    assertThat(
            pointers(
                CUSTOM,
                "{'metadata':{'annotations':{'a/b~c':'1'}}}",
                "{'metadata':{'annotations':{'a/b~c':'2'}}}"))
        .containsExactly("/metadata/annotations/a~1b~0c");
  }

  @Test
  void keepsItsFingerprintWhileOnlyOthersFieldsChange() throws Exception {
    OwnedFields.Owner owner =
        new OwnedFields.Owner(
            "towline", "Apply", "", "", json("{'f:spec':{'f:a':{},'f:set':{'v:\\\"x\\\"':{}}}}"));
    long before = OwnedFields.fingerprint(json("{'spec':{'a':1,'b':1,'set':['x']}}"), owner);

    assertThat(OwnedFields.fingerprint(json("{'spec':{'a':1,'b':2,'set':['y','x']}}"), owner))
        .isEqualTo(before);
    assertThat(OwnedFields.fingerprint(json("{'spec':{'a':2,'b':1,'set':['x']}}"), owner))
        .isNotEqualTo(before);
    assertThat(OwnedFields.fingerprint(json("{'spec':{'a':1,'b':1,'set':['y']}}"), owner))
        .isNotEqualTo(before);
  }
}
