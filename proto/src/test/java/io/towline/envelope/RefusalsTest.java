package io.towline.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Every refusal of an envelope, each with its reason, and what must not be refused. */
class RefusalsTest {
  private final TestFleet fleet = new TestFleet();
  private final TrustedRoot root = TestFleet.trusted();
  private final EnvelopeVerifier verifier = TestFleet.verifier();
  private final Statement statement = TestFleet.statement(42, fleet.manifest);
  private final byte[] payload = statement.bytes();
  private final byte[] sealed = TestFleet.sealed(payload, TestFleet.HUB_KEY);

  @Test
  void acceptsASoundEnvelopeAndNamesItsPlace() {
    VerifiedEnvelope envelope = verifier.verifyBodies(verify(sealed, Floor.none()), fleet.source());

    assertThat(envelope.statement()).isEqualTo(statement);
    assertThat(envelope.position()).isEqualTo(new Position(1, 42, Digest.of(payload)));
    assertThat(envelope.floor().time()).isEqualTo(TestFleet.ISSUED);
    assertThat(envelope.bundles().getFirst().manifest()).isEqualTo(fleet.manifest);
  }

  @Test
  void refusesEveryFlippedBitOfPayloadAndSignature() {
    Dsse dsse = Dsse.parse(sealed);
    byte[] signature = dsse.signatures().getFirst().bytes().orElseThrow();
    for (int i = 0; i < payload.length; i += 7) {
      byte[] changed = payload.clone();
      changed[i] ^= (byte) (1 << (i % 8));
      refused(
          new Dsse(Statement.PAYLOAD_TYPE, changed, dsse.signatures()).write(),
          Reason.SIGNATURE_INVALID);
    }
    for (int i = 0; i < signature.length; i++) {
      byte[] changed = signature.clone();
      changed[i] ^= (byte) (1 << (i % 8));
      refused(signedWith(changed), Reason.SIGNATURE_INVALID);
    }
  }

  @Test
  void refusesAnEnvelopeTruncatedAnywhere() {
    for (int i = 0; i < sealed.length; i++) {
      refused(Arrays.copyOf(sealed, i), Reason.ENVELOPE_MALFORMED);
    }
  }

  @Test
  void refusesWhatIsNoDsseEnvelope() {
    for (String json :
        List.of(
            "",
            "payload",
            "[]",
            "null",
            "{}",
            "{\"payload\":null,\"payloadType\":\"a\",\"signatures\":[]}",
            "{\"payload\":1,\"payloadType\":\"a\",\"signatures\":[]}",
            "{\"payload\":\"%%%%\",\"payloadType\":\"a\",\"signatures\":[]}",
            "{\"payload\":\"a\\nb\",\"payloadType\":\"a\",\"signatures\":[]}",
            "{\"payload\":\"YQ=b\",\"payloadType\":\"a\",\"signatures\":[]}",
            "{\"payload\":\"YR\",\"payloadType\":\"a\",\"signatures\":[]}",
            "{\"payload\":\"\",\"payload\":\"\",\"payloadType\":\"a\",\"signatures\":[]}",
            "{\"payload\":\"\",\"payloadType\":\"a\",\"signatures\":{}}",
            "{\"payload\":\"\",\"payloadType\":\"a\",\"signatures\":[1]}",
            "{\"payload\":\"\",\"payloadType\":\"a\",\"signatures\":[]} x")) {
      refused(json.getBytes(StandardCharsets.UTF_8), Reason.ENVELOPE_MALFORMED);
    }
    refused(new byte[Limits.ENVELOPE_BYTES + 1], Reason.ENVELOPE_MALFORMED);
  }

  @Test
  void refusesAnotherPayloadType() {
    for (String type :
        List.of(
            "",
            "application/json",
            "APPLICATION/VND.IN-TOTO+JSON",
            Statement.PAYLOAD_TYPE + " ",
            Statement.PAYLOAD_TYPE + "; charset=utf-8",
            RootDocument.PAYLOAD_TYPE)) {
      refused(TestKeys.envelope(type, payload, TestFleet.HUB_KEY), Reason.PAYLOAD_TYPE_WRONG);
    }
  }

  @Test
  void countsKeysAndNotSignatures() {
    TestKeys second = TestKeys.ofSeed(3);
    TestKeys stranger = TestKeys.ofSeed(4);
    TrustedRoot twoOfTwo =
        TestFleet.trust(
            TestFleet.root(
                1,
                1,
                new KeyRole(List.of(TestFleet.ROOT_KEY.id()), 1),
                List.of(
                    new EnvelopeRole(
                        "prod",
                        List.of(TestFleet.CLUSTER.toString()),
                        new KeyRole(List.of(TestFleet.HUB_KEY.id(), second.id()), 2),
                        7)),
                TestFleet.ROOT_KEY,
                TestFleet.HUB_KEY,
                second),
            TestFleet.ROOT_KEY);
    Dsse.Signature one = TestFleet.HUB_KEY.sign(Statement.PAYLOAD_TYPE, payload);
    Dsse.Signature other = second.sign(Statement.PAYLOAD_TYPE, payload);
    Dsse.Signature foreign = stranger.sign(Statement.PAYLOAD_TYPE, payload);
    Dsse.Signature renamed = new Dsse.Signature(second.id(), one.base64());

    for (List<Dsse.Signature> tooFew :
        List.of(
            List.<Dsse.Signature>of(),
            List.of(one),
            List.of(one, one),
            List.of(one, renamed),
            List.of(one, foreign),
            List.of(one, new Dsse.Signature(second.id(), "****")))) {
      byte[] dsse = new Dsse(Statement.PAYLOAD_TYPE, payload, tooFew).write();
      assertReason(
          () -> verifier.verify(dsse, twoOfTwo, Floor.none(), TestFleet.NOW),
          Reason.SIGNATURE_INVALID);
    }
    for (List<Dsse.Signature> enough :
        List.of(
            List.of(one, other),
            List.of(foreign, other, new Dsse.Signature("", "****"), one),
            List.of(
                new Dsse.Signature("", one.base64()),
                new Dsse.Signature("wrong", other.base64())))) {
      byte[] dsse = new Dsse(Statement.PAYLOAD_TYPE, payload, enough).write();
      assertThat(verifier.verify(dsse, twoOfTwo, Floor.none(), TestFleet.NOW)).isNotNull();
    }
  }

  @Test
  void oneGoodSignatureAmongManyBadOnesIsOne() {
    List<Dsse.Signature> signatures = new ArrayList<>();
    for (int seed = 20; signatures.size() < Limits.SIGNATURES - 1; seed++) {
      signatures.add(TestKeys.ofSeed(seed).sign(Statement.PAYLOAD_TYPE, payload));
    }
    byte[] strangers = new Dsse(Statement.PAYLOAD_TYPE, payload, signatures).write();
    refused(strangers, Reason.SIGNATURE_INVALID);

    signatures.add(TestFleet.HUB_KEY.sign(Statement.PAYLOAD_TYPE, payload));
    byte[] oneMore = new Dsse(Statement.PAYLOAD_TYPE, payload, signatures).write();
    assertThat(verify(oneMore, Floor.none())).isNotNull();
  }

  @Test
  void aKeyIdIsAHintOfBoundedLength() {
    String signature = TestFleet.HUB_KEY.sign(Statement.PAYLOAD_TYPE, payload).base64();
    for (int length : new int[] {0, 1, Limits.KEY_ID_CHARACTERS}) {
      assertThat(verify(named("k".repeat(length), signature), Floor.none())).isNotNull();
    }
    for (int length : new int[] {Limits.KEY_ID_CHARACTERS + 1, 1 << 20}) {
      refused(named("k".repeat(length), signature), Reason.ENVELOPE_MALFORMED);
    }
  }

  private byte[] named(String keyId, String signature) {
    return new Dsse(Statement.PAYLOAD_TYPE, payload, List.of(new Dsse.Signature(keyId, signature)))
        .write();
  }

  /** Every key against every root: those of a root count, of whatever root before or after. */
  @Test
  void aKeyCountsUnderTheRootsThatHoldItForTheClustersRoleAndUnderNoOther() {
    for (int version = 1; version <= 6; version++) {
      TestKeys cluster = TestKeys.ofSeed(30 + version);
      TestKeys others = TestKeys.ofSeed(40 + version);
      KeyRole rootRole = new KeyRole(List.of(TestFleet.ROOT_KEY.id()), 1);
      TrustedRoot current =
          TestFleet.trust(
              TestFleet.root(
                  version,
                  1,
                  rootRole,
                  List.of(
                      new EnvelopeRole(
                          "prod",
                          List.of(TestFleet.CLUSTER.toString()),
                          new KeyRole(List.of(cluster.id()), 1),
                          7),
                      new EnvelopeRole(
                          "rest",
                          List.of(EnvelopeRole.ALL_OTHERS),
                          new KeyRole(List.of(others.id()), 1),
                          7)),
                  TestFleet.ROOT_KEY,
                  cluster,
                  others),
              TestFleet.ROOT_KEY);
      for (int seed = 31; seed <= 46; seed++) {
        byte[] dsse = TestFleet.sealed(payload, TestKeys.ofSeed(seed));
        if (seed == 30 + version) {
          assertThat(verifier.verify(dsse, current, Floor.none(), TestFleet.NOW)).isNotNull();
        } else {
          assertReason(
              () -> verifier.verify(dsse, current, Floor.none(), TestFleet.NOW),
              Reason.SIGNATURE_INVALID);
        }
      }
    }
  }

  @Test
  void refusesSignaturesOverAnythingButThePae() {
    TestKeys key = TestFleet.HUB_KEY;
    byte[] pae = Dsse.pae(Statement.PAYLOAD_TYPE, payload);
    for (byte[] message :
        List.of(
            payload,
            Dsse.pae(RootDocument.PAYLOAD_TYPE, payload),
            Digest.of(pae).bytes(),
            Base64Text.write(payload).getBytes(StandardCharsets.US_ASCII))) {
      refused(signedWith(key.signRaw(message)), Reason.SIGNATURE_INVALID);
    }
    byte[] good = key.signRaw(pae);
    for (int size : new int[] {0, 1, 63, 65, 128}) {
      refused(signedWith(Arrays.copyOf(good, size)), Reason.SIGNATURE_INVALID);
    }
    refused(signedWith(new byte[64]), Reason.SIGNATURE_INVALID);
    refused(signedWith(key.signPrehashed(pae)), Reason.SIGNATURE_INVALID);
    byte[] beyond = good.clone();
    Arrays.fill(beyond, 32, 64, (byte) 0xff);
    refused(signedWith(beyond), Reason.SIGNATURE_INVALID);
    refused(signedWith(TestKeys.malleated(good)), Reason.SIGNATURE_INVALID);
    assertThat(verify(signedWith(good), Floor.none())).isNotNull();
  }

  @Test
  void refusesMoreSignaturesThanTheLimit() {
    List<Dsse.Signature> many = new ArrayList<>();
    for (int i = 0; i <= Limits.SIGNATURES; i++) {
      many.add(new Dsse.Signature("", "YQ=="));
    }
    refused(new Dsse(Statement.PAYLOAD_TYPE, payload, many).write(), Reason.ENVELOPE_MALFORMED);
  }

  @Test
  void acceptsUrlSafeBase64WithoutPaddingAndUnknownMembers() {
    ObjectNode json = ObjectJson.read(sealed);
    json.put("extra", 1);
    json.put(
        "payload",
        json.path("payload").textValue().replace("=", "").replace('+', '-').replace('/', '_'));

    assertThat(verify(ObjectJson.write(json), Floor.none()).statement()).isEqualTo(statement);
  }

  @Test
  void everyMissingNullOrMistypedMemberIsRefused() {
    ObjectNode document = ObjectJson.read(payload);
    List<byte[]> variants = new ArrayList<>();
    collectVariants(document, document, variants);

    assertThat(variants).hasSizeGreaterThan(120);
    for (byte[] variant : variants) {
      assertThatThrownBy(() -> Statement.parse(variant))
          .as(new String(variant, StandardCharsets.UTF_8))
          .isInstanceOfSatisfying(
              VerificationException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.STATEMENT_MALFORMED));
    }
  }

  @Test
  void everyMissingNullOrMistypedMemberOfAManifestIsRefused() {
    ObjectNode document = ObjectJson.read(fleet.manifest.bytes());
    List<byte[]> variants = new ArrayList<>();
    collectVariants(document, document, variants);

    assertThat(variants).hasSizeGreaterThan(90);
    for (byte[] variant : variants) {
      assertThatThrownBy(() -> BundleManifest.parse(variant))
          .as(new String(variant, StandardCharsets.UTF_8))
          .isInstanceOf(VerificationException.class);
    }
  }

  /** Each member in turn left out, null, and of each other type; {@code previous} may be absent. */
  private static void collectVariants(ObjectNode whole, JsonNode at, List<byte[]> variants) {
    if (at instanceof ArrayNode array) {
      array.forEach(item -> collectVariants(whole, item, variants));
      return;
    }
    if (!(at instanceof ObjectNode object)) {
      return;
    }
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      JsonNode value = object.get(name);
      if (!name.equals("previous")) {
        object.remove(name);
        variants.add(ObjectJson.write(whole));
      }
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      for (JsonNode wrong :
          List.of(
              nodes.nullNode(),
              nodes.textNode("\u0000"),
              nodes.numberNode(-77_777),
              nodes.booleanNode(true),
              nodes.arrayNode().add(1),
              nodes.objectNode())) {
        boolean sameType = wrong.getNodeType() == value.getNodeType();
        if (!sameType) {
          object.set(name, wrong);
          variants.add(ObjectJson.write(whole));
        }
      }
      object.set(name, value);
      collectVariants(whole, value, variants);
    }
  }

  @Test
  void refusesJsonThatCanBeReadInTwoWays() {
    String text = new String(payload, StandardCharsets.UTF_8);
    for (String changed :
        List.of(
            "\ufeff" + text,
            text + "{}",
            text.replace("{\"_type\":", "{\"_type\":1,\"_type\":"),
            text.replace("\"epoch\":1", "\"epoch\":1,\"epoch\":1"),
            text.replace("\"size\":", "\"size\":1,\"size\":"),
            text.replace("\"sequence\":42,", "\"sequence\":42.0,"),
            text.replace("\"sequence\":42,", "\"sequence\":4.2e1,"),
            text.replace("\"sequence\":42,", "\"sequence\":042,"),
            text.replace("\"sequence\":42,", "\"sequence\":0,"),
            text.replace("\"sequence\":42,", "\"sequence\":-1,"),
            text.replace("\"sequence\":42,", "\"sequence\":-0,"),
            text.replace("\"sequence\":42,", "\"sequence\":9007199254740992,"),
            text.replace("\"sequence\":42,", "\"sequence\":18446744073709551616,"),
            text.replace("\"sequence\":42,", "\"sequence\":NaN,"),
            text.replace("store-0107", "\\ud800"),
            text.replace("\"intent\":{", "\"deep\":" + "[".repeat(10_000) + ",\"intent\":{"))) {
      assertThat(changed).isNotEqualTo(text);
      refused(
          TestFleet.sealed(changed.getBytes(StandardCharsets.UTF_8), TestFleet.HUB_KEY),
          Reason.STATEMENT_MALFORMED);
    }
    byte[] notUtf8 = payload.clone();
    notUtf8[payload.length / 2] = (byte) 0xff;
    refused(TestFleet.sealed(notUtf8, TestFleet.HUB_KEY), Reason.STATEMENT_MALFORMED);
  }

  @Test
  void acceptsOtherSpellingsOfTheSameStatementAndMembersItDoesNotKnow() {
    ObjectNode json = ObjectJson.read(payload);
    ((ObjectNode) json.path("predicate")).put("later", 1);
    byte[] spelled = json.toPrettyString().getBytes(StandardCharsets.UTF_8);
    ObjectNode turned = JsonNodeFactory.instance.objectNode();
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    names.reversed().forEach(name -> turned.set(name, json.get(name)));
    byte[] reordered = turned.toString().getBytes(StandardCharsets.UTF_8);

    assertThat(reordered).isNotEqualTo(ObjectJson.write(json));
    for (byte[] one : List.of(spelled, reordered)) {
      assertThat(verify(TestFleet.sealed(one, TestFleet.HUB_KEY), Floor.none()).statement())
          .isEqualTo(statement);
    }
  }

  @Test
  void refusesOtherVersionsAndCriticalMembersBeforeAnythingElseOfTheStatement() {
    for (String version : List.of("2.0", "1", "1.x", "01.0", "")) {
      refusedWhere(
          json -> predicate(json).put("specVersion", version).remove("bundles"),
          Reason.SPEC_VERSION_UNSUPPORTED);
    }
    refusedWhere(
        json -> {
          predicate(json).putArray("critical").add("quorum");
          predicate(json).remove("bundles");
        },
        Reason.CRITICAL_UNSUPPORTED);
    ObjectNode minor = ObjectJson.read(payload);
    predicate(minor).put("specVersion", "1.7");
    assertThat(verify(TestFleet.sealed(ObjectJson.write(minor), TestFleet.HUB_KEY), Floor.none()))
        .isNotNull();
  }

  @Test
  void refusesOtherTypesAndSubjects() {
    refusedWhere(json -> json.put("_type", "https://in-toto.io/Statement/v0.1"));
    refusedWhere(json -> json.put("predicateType", "https://example.invalid/v1"));
    refusedWhere(json -> json.putArray("subject"));
    refusedWhere(json -> ((ArrayNode) json.path("subject")).add(json.path("subject").get(0)));
    refusedWhere(
        json ->
            ((ObjectNode) json.path("subject").get(0).path("digest"))
                .put("sha256", "AB".repeat(32)));
    refusedWhere(
        json -> ((ObjectNode) json.path("subject").get(0)).putObject("digest").put("sha512", "a"));
  }

  @Test
  void refusesOtherFleetsAndClusters() {
    String other = UUID.randomUUID().toString();
    refusedWhere(json -> predicate(json).put("fleet", other), Reason.WRONG_FLEET);
    refusedWhere(json -> predicate(json).put("cluster", other), Reason.WRONG_CLUSTER);
    for (String alike :
        List.of(
            TestFleet.CLUSTER.toString().toUpperCase(Locale.ROOT),
            TestFleet.CLUSTER + " ",
            TestFleet.CLUSTER.toString().replace('c', '\u0441'),
            "*",
            "0-0-0-0-0")) {
      refusedWhere(json -> predicate(json).put("cluster", alike));
    }
    refusedWhere(json -> predicate(json).put("clusterName", "Store 0107"));
  }

  @Test
  void refusesWhatIsOlderThanTheFloorOrContradictsIt() {
    Digest held = Digest.of(payload);
    Digest other = Digest.of(new byte[] {9});
    Instant time = Instant.EPOCH;

    assertThat(verify(sealed, new Floor(1, 42, Optional.of(held), time))).isNotNull();
    assertThat(verify(sealed, new Floor(1, 40, Optional.of(other), time))).isNotNull();
    refused(sealed, new Floor(1, 43, Optional.of(other), time), Reason.SEQUENCE_ROLLBACK);
    refused(sealed, new Floor(1, 43, Optional.empty(), time), Reason.SEQUENCE_ROLLBACK);
    refused(sealed, new Floor(1, 42, Optional.of(other), time), Reason.EQUIVOCATION);
    refused(sealed, new Floor(1, 41, Optional.of(other), time), Reason.CHAIN_BROKEN);
    refused(sealed, new Floor(2, 1, Optional.of(other), time), Reason.EPOCH_MISMATCH);
    refusedWhere(json -> predicate(json).put("epoch", 2), Reason.EPOCH_MISMATCH);
    refusedWhere(json -> predicate(json).put("rootVersion", 2), Reason.ROOT_VERSION_MISMATCH);
  }

  @Test
  void aNewEpochStartsSequencesAnew() {
    RootDocument first = TestFleet.root();
    TrustedRoot next =
        TestFleet.trust(
            TestFleet.root(
                2, 2, first.root(), first.envelope(), TestFleet.ROOT_KEY, TestFleet.HUB_KEY),
            TestFleet.ROOT_KEY);
    ObjectNode json = ObjectJson.read(payload);
    predicate(json).put("epoch", 2).put("sequence", 1).put("rootVersion", 2).remove("previous");
    byte[] dsse = TestFleet.sealed(ObjectJson.write(json), TestFleet.HUB_KEY);
    Floor fastForwarded =
        new Floor(1, Limits.MAX_INTEGER, Optional.of(Digest.of(payload)), Instant.EPOCH);

    Floor floor = verifier.verify(dsse, next, fastForwarded, TestFleet.NOW).floor();

    assertThat(floor.epoch()).isEqualTo(2);
    assertThat(floor.sequence()).isEqualTo(1);
  }

  @Test
  void refusesByTheClockAndByTheFloorsTime() {
    Instant expires = statement.expiresAt();
    assertThat(verifyAt(expires.minusSeconds(1))).isNotNull();
    assertReason(() -> verifyAt(expires), Reason.ENVELOPE_EXPIRED);
    assertReason(
        () ->
            verifier.verify(
                sealed, root, new Floor(0, 0, Optional.empty(), expires), TestFleet.NOW),
        Reason.ENVELOPE_EXPIRED);
    assertThat(verifyAt(TestFleet.ISSUED.minus(EnvelopeVerifier.CLOCK_TOLERANCE))).isNotNull();
    assertReason(
        () -> verifyAt(TestFleet.ISSUED.minus(EnvelopeVerifier.CLOCK_TOLERANCE).minusSeconds(1)),
        Reason.ENVELOPE_NOT_YET_VALID);
    assertReason(
        () -> verifyAt(root.document().expiresAt().plus(Duration.ofDays(1))), Reason.ROOT_EXPIRED);
    refusedWhere(
        json -> predicate(json).put("expiresAt", "9999-12-31T00:00:00Z"), Reason.LIFETIME_TOO_LONG);
    refusedWhere(
        json -> predicate(json).put("issuedAt", "0000-01-01T00:00:00Z"), Reason.LIFETIME_TOO_LONG);
    for (String time :
        List.of(
            "2026-11-23T08:00:00+01:00",
            "2026-11-23T08:00:00.5Z",
            "2026-12-31T23:59:60Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23",
            "+12026-11-23T08:00:00Z")) {
      refusedWhere(json -> predicate(json).put("issuedAt", time));
    }
    refusedWhere(json -> predicate(json).put("expiresAt", "2026-11-23T08:00:00Z"));
  }

  @Test
  void anEmptyStatementHasToSayThatItIs() {
    refusedWhere(json -> predicate(json).putArray("bundles"));
    refusedWhere(json -> predicate(json).putObject("intent").put("kind", "clear"));
    Statement clear = TestFleet.statement(43);
    VerifiedStatement verified =
        verify(TestFleet.sealed(clear.bytes(), TestFleet.HUB_KEY), Floor.none());
    assertThat(verifier.verifyBodies(verified, fleet.source()).bundles()).isEmpty();
  }

  @Test
  void refusesARoleThatDoesNotCoverTheCluster() {
    RootDocument others =
        TestFleet.root(
            1,
            1,
            new KeyRole(List.of(TestFleet.ROOT_KEY.id()), 1),
            List.of(
                new EnvelopeRole(
                    "other",
                    List.of(UUID.randomUUID().toString()),
                    new KeyRole(List.of(TestFleet.HUB_KEY.id()), 1),
                    7)),
            TestFleet.ROOT_KEY,
            TestFleet.HUB_KEY);

    assertReason(
        () ->
            verifier.verify(
                sealed, TestFleet.trust(others, TestFleet.ROOT_KEY), Floor.none(), TestFleet.NOW),
        Reason.SCOPE_MISSING);
    refused(TestFleet.sealed(payload, TestFleet.ROOT_KEY), Reason.SIGNATURE_INVALID);
  }

  @Test
  void whatIsHeldIsTakenBackAfterItsExpiryAndNothingElseIs() {
    Floor floor = verify(sealed, Floor.none()).floor();

    assertThat(verifier.verifyHeld(sealed, floor).statement()).isEqualTo(statement);
    byte[] other =
        TestFleet.sealed(TestFleet.statement(43, fleet.manifest).bytes(), TestFleet.HUB_KEY);
    assertReason(() -> verifier.verifyHeld(other, floor), Reason.TRUST_STATE_LOST);
    assertReason(() -> verifier.verifyHeld(sealed, Floor.none()), Reason.TRUST_STATE_LOST);
  }

  private VerifiedStatement verifyAt(Instant time) {
    return verifier.verify(sealed, root, Floor.none(), time);
  }

  private VerifiedStatement verify(byte[] dsse, Floor floor) {
    return verifier.verify(dsse, root, floor, TestFleet.NOW);
  }

  private byte[] signedWith(byte[] signature) {
    return new Dsse(
            Statement.PAYLOAD_TYPE,
            payload,
            List.of(Dsse.Signature.of(TestFleet.HUB_KEY.id(), signature)))
        .write();
  }

  private static ObjectNode predicate(ObjectNode json) {
    return (ObjectNode) json.path("predicate");
  }

  private void refusedWhere(Consumer<ObjectNode> change) {
    refusedWhere(change, Reason.STATEMENT_MALFORMED);
  }

  private void refusedWhere(Consumer<ObjectNode> change, Reason reason) {
    ObjectNode json = ObjectJson.read(payload);
    change.accept(json);
    refused(TestFleet.sealed(ObjectJson.write(json), TestFleet.HUB_KEY), reason);
  }

  private void refused(byte[] dsse, Reason reason) {
    refused(dsse, Floor.none(), reason);
  }

  private void refused(byte[] dsse, Floor floor, Reason reason) {
    assertReason(() -> verify(dsse, floor), reason);
  }

  static void assertReason(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Reason reason) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            VerificationException.class,
            refusal -> assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(reason));
  }
}
