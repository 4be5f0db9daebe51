package io.towline.envelope;

import static io.towline.envelope.RefusalsTest.assertReason;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What people read of values, how they are written, and when two of them are one. */
class ValuesTest {
  @Test
  void anObjectIsCalledByItsKindGroupNamespaceAndName() {
    ObjectRef web = new ObjectRef("apps/v1", "Deployment", "shop", "web");
    ObjectRef shop = new ObjectRef("v1", "Namespace", "", "shop");

    assertThat(web).hasToString("Deployment.apps shop/web");
    assertThat(shop).hasToString("Namespace shop");
    assertThat(web.group()).isEqualTo("apps");
    assertThat(web.version()).isEqualTo("v1");
    assertThat(shop.group()).isEmpty();
    assertThat(shop.version()).isEqualTo("v1");
    assertThat(new ObjectRef("/v1", "Odd", "", "o").group()).isEmpty();
    for (ObjectRef other :
        List.of(
            new ObjectRef("apps/v1", "Deployment", "shop", "b"),
            new ObjectRef("apps/v1", "Deployment", "shap", "web"),
            new ObjectRef("apps/v1", "Daemon", "shop", "web"),
            new ObjectRef("app/v1", "Deployment", "shop", "web"))) {
      assertThat(manifest(web, other).objects())
          .as("sorted by apiVersion, kind, namespace and name")
          .extracting(ManifestEntry::ref)
          .containsExactly(other, web);
      assertThat(manifest(other, web)).isEqualTo(manifest(web, other));
    }
  }

  private static BundleManifest manifest(ObjectRef... refs) {
    return new BundleManifest(
        "demo",
        Arrays.stream(refs)
            .map(ref -> new ManifestEntry(ref, Digest.of(new byte[0]), 2, 0, false))
            .toList(),
        Policy.defaults(),
        List.of());
  }

  @Test
  void aManifestSaysWhatItHolds() {
    Policy policy =
        new Policy(
            new ApplyPolicy(ApplyPolicy.Conflicts.FORCE, "robot"),
            List.of("base", "crds"),
            new DriftPolicy(DriftPolicy.Mode.WARN),
            new HealthPolicy(Duration.ofSeconds(7)),
            new PrunePolicy(false));
    ObjectRef ref = new ObjectRef("v1", "ConfigMap", "shop", "c");
    BundleManifest manifest = new BundleManifest("demo", manifest(ref).objects(), policy);

    assertThat(BundleManifest.parse(manifest.bytes())).isEqualTo(manifest);
    assertThat(manifest.totalSize()).isEqualTo(2);
    assertThat(text(new BundleManifest("demo", List.of(), policy, List.of("quorum")).bytes()))
        .contains("\"critical\":[\"quorum\"]");
    Statement plain = TestFleet.statement(42, manifest);
    Statement critical =
        new Statement(
            plain.specVersion(),
            List.of("quorum"),
            plain.fleet(),
            plain.cluster(),
            plain.clusterName(),
            plain.epoch(),
            plain.sequence(),
            plain.rootVersion(),
            plain.issuedAt(),
            plain.expiresAt(),
            plain.previous(),
            plain.intent(),
            plain.deletions(),
            List.of(tooled(plain.bundles().getFirst())),
            plain.index());
    assertThat(text(critical.bytes()))
        .contains("\"critical\":[\"quorum\"]")
        .contains("\"render\":{\"tools\":[\"helm 4\",\"kustomize 5\"]}");
  }

  @Test
  void aManifestNamesAsCriticalWhatAnOlderAgentWouldIgnore() {
    ObjectRef ref = new ObjectRef("v1", "ConfigMap", "shop", "c");
    ManifestEntry plain = new ManifestEntry(ref, Digest.of(new byte[0]), 2, 0, false);
    for (ApplyPolicy.Conflicts conflicts : ApplyPolicy.Conflicts.values()) {
      boolean old =
          conflicts == ApplyPolicy.Conflicts.FAIL || conflicts == ApplyPolicy.Conflicts.FORCE;
      BundleManifest ofBundle =
          new BundleManifest("demo", List.of(plain), applying(new ApplyPolicy(conflicts, "robot")));
      BundleManifest ofObject = alone(plain, Optional.of(conflicts), Optional.empty());

      assertThat(BundleManifest.parse(ofBundle.bytes())).isEqualTo(ofBundle);
      assertThat(BundleManifest.parse(ofObject.bytes())).isEqualTo(ofObject);
      assertThat(ofBundle.critical())
          .isEqualTo(old ? List.of() : List.of("policy.apply.conflicts"));
      assertThat(ofObject.critical()).containsExactly("objects.policy.conflicts");
    }
    BundleManifest anew =
        new BundleManifest(
            "demo",
            alone(plain, Optional.of(ApplyPolicy.Conflicts.MERGE), Optional.of(false)).objects(),
            applying(
                new ApplyPolicy(
                    ApplyPolicy.Conflicts.FAIL,
                    "",
                    true,
                    List.of("kubectl-edit", "helm"),
                    ApplyPolicy.Adoption.NEVER,
                    true)));
    assertThat(BundleManifest.parse(anew.bytes())).isEqualTo(anew);
    assertThat(anew.critical())
        .containsExactly(
            "objects.policy.conflicts",
            "objects.policy.recreateImmutable",
            "policy.apply.adopt",
            "policy.apply.createNamespace",
            "policy.apply.recreateImmutable",
            "policy.apply.takeBackFrom");
    assertReason(
        () ->
            BundleManifest.parse(
                text(anew.bytes()).replace("never", "ever").getBytes(StandardCharsets.UTF_8)),
        Reason.STATEMENT_MALFORMED);
    assertReason(
        () ->
            BundleManifest.parse(
                text(anew.bytes()).replace("merge", "melt").getBytes(StandardCharsets.UTF_8)),
        Reason.STATEMENT_MALFORMED);
  }

  @Test
  void whatAnObjectSaysOfItselfHoldsBeforeWhatItsBundleSays() {
    ApplyPolicy bundle =
        new ApplyPolicy(
            ApplyPolicy.Conflicts.FORCE,
            "robot",
            true,
            List.of(),
            ApplyPolicy.Adoption.ALWAYS,
            false);

    assertThat(bundle.of(ObjectPolicy.AS_BUNDLE)).isEqualTo(bundle);
    assertThat(
            bundle.of(
                new ObjectPolicy(Optional.of(ApplyPolicy.Conflicts.IGNORE), Optional.of(false))))
        .isEqualTo(new ApplyPolicy(ApplyPolicy.Conflicts.IGNORE, "robot"));
  }

  private static BundleManifest alone(
      ManifestEntry entry, Optional<ApplyPolicy.Conflicts> conflicts, Optional<Boolean> recreate) {
    return new BundleManifest(
        "demo",
        List.of(
            new ManifestEntry(
                entry.ref(),
                entry.digest(),
                entry.size(),
                entry.wave(),
                entry.sealed(),
                new ObjectPolicy(conflicts, recreate))),
        Policy.defaults());
  }

  private static Policy applying(ApplyPolicy apply) {
    Policy d = Policy.defaults();
    return new Policy(apply, d.dependsOn(), d.drift(), d.health(), d.prune());
  }

  @Test
  void aStatementSaysWhatItSuspendsAndThatAnAgentMustUnderstandIt() {
    Statement plain = TestFleet.statement(42, manifest(new ObjectRef("v1", "ConfigMap", "", "c")));
    Statement suspending =
        plain.suspending(
            List.of(
                new Suspension("demo", "a migration", Optional.of(plain.expiresAt())),
                new Suspension(
                    "gone", Suspension.Extent.CORRECTIONS, "a migration", Optional.empty())));

    assertThat(Statement.parse(suspending.bytes())).isEqualTo(suspending);
    assertThat(text(suspending.bytes()))
        .contains("\"critical\":[\"suspended\"]")
        .contains(
            "\"suspended\":[{\"bundle\":\"demo\",\"extent\":\"everything\",\"until\":\"%s\",\"why\":\"a migration\"},"
                .formatted(plain.expiresAt()));
    assertThat(plain.suspending(List.of()).bytes()).isEqualTo(plain.bytes());
    assertThatThrownBy(
            () ->
                Statement.parse(
                    text(suspending.bytes())
                        .replace("\"critical\":[\"suspended\"]", "\"critical\":[]")
                        .getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.STATEMENT_MALFORMED));
  }

  @Test
  void aSuspensionOfUnknownExtentIsRefused() {
    Statement suspending =
        TestFleet.statement(42, manifest(new ObjectRef("v1", "ConfigMap", "", "c")))
            .suspending(List.of(new Suspension("demo", "a migration", Optional.empty())));
    byte[] unknown =
        text(suspending.bytes())
            .replace("\"everything\"", "\"deletions\"")
            .getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> Statement.parse(unknown))
        .isInstanceOfSatisfying(
            VerificationException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.STATEMENT_MALFORMED));
  }

  @Test
  void aSuspensionHoldsUntilItsEndAndNotAtIt() {
    Instant end = Instant.parse("2026-11-24T05:00:00Z");
    Suspension timed = new Suspension("demo", "a migration", Optional.of(end));

    assertThat(timed.holdsAt(end.minusSeconds(1))).isTrue();
    assertThat(timed.holdsAt(end)).isFalse();
    assertThat(new Suspension("demo", "a migration", Optional.empty()).holdsAt(Instant.MAX))
        .isTrue();
  }

  private static BundleEntry tooled(BundleEntry entry) {
    return new BundleEntry(
        entry.name(),
        entry.revision(),
        entry.source(),
        List.of("helm 4", "kustomize 5"),
        entry.manifest(),
        entry.manifestSize());
  }

  @Test
  void aDigestIsSixtyFourLowerCaseDigits() {
    String hex = "0123456789abcdef".repeat(4);

    assertThat(Digest.parse(hex)).hasToString(hex).isEqualTo(new Digest(hex));
    assertThat(new Digest(hex).shortHex()).isEqualTo("0123456789ab");
    assertThat(Digest.ofHash(new Digest(hex).bytes())).isEqualTo(new Digest(hex));
    assertThat(new Digest(hex)).isLessThan(new Digest("f".repeat(64)));
    for (String wrong :
        List.of(
            "",
            hex.substring(1),
            hex + "0",
            "A" + hex.substring(1),
            "g" + hex.substring(1),
            "/" + hex.substring(1),
            ":" + hex.substring(1),
            "`" + hex.substring(1))) {
      assertReason(() -> Digest.parse(wrong), Reason.STATEMENT_MALFORMED);
      assertThatThrownBy(() -> new Digest(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aKeyIsKnownByTheDigestOfItsSpki() {
    SigningKey key = TestFleet.HUB_KEY.key();
    SigningKey same = SigningKey.of(key.bytes());

    assertThat(key.spki()).hasSize(44).endsWith(key.bytes());
    assertThat(HexFormat.of().formatHex(key.spki())).startsWith("302a300506032b6570032100");
    assertThat(key)
        .hasToString(Digest.of(key.spki()).hex())
        .isEqualTo(same)
        .hasSameHashCodeAs(same);
    assertThat(key).isNotEqualTo(TestFleet.ROOT_KEY.key()).isNotEqualTo(key.id());
    assertThat(key.hashCode()).isNotEqualTo(TestFleet.ROOT_KEY.key().hashCode());
  }

  @Test
  void aRootIsPinnedByTheDigestOfItsPayload() {
    assertThat(TestFleet.trusted().payload()).isEqualTo(Digest.of(TestFleet.root().bytes()));
  }

  @Test
  void nobodySignsForAClusterThatNoRoleCovers() {
    RootDocument root = TestFleet.root();
    EnvelopeRole all = root.envelope().getFirst();
    RootDocument others =
        TestFleet.root(
            1,
            1,
            root.root(),
            List.of(
                new EnvelopeRole("other", List.of(UUID.randomUUID().toString()), all.keys(), 7)),
            TestFleet.ROOT_KEY,
            TestFleet.HUB_KEY);
    Dsse dsse =
        Dsse.parse(
            TestFleet.sealed(
                TestFleet.statement(42, new TestFleet().manifest).bytes(),
                TestFleet.HUB_KEY,
                TestFleet.ROOT_KEY));

    assertThat(Signers.of(dsse, others, TestFleet.CLUSTER).enough()).isFalse();
    Signers signers = Signers.of(dsse, root, TestFleet.CLUSTER);
    assertThat(signers.enough()).isTrue();
    assertThat(signers.keyIds()).containsExactly(TestFleet.HUB_KEY.id());
  }

  @Test
  void anExportLiesWhereItsToolsLookForIt() {
    Digest digest = Digest.of(new byte[0]);

    assertThat(ExportLayout.object(digest)).isEqualTo("objects/" + digest.hex());
    assertThat(ExportLayout.root(3)).isEqualTo("root/3.root.dsse.json");
  }

  @Test
  void aSealedObjectNamesItsRecipientsInItsOrder() {
    String first = "age1" + "q".repeat(58);
    String second = "age1" + "p".repeat(58);
    ObjectNode json =
        read(
            "{\"sops\":{\"age\":[{\"recipient\":\"%s\"},{\"recipient\":\"age1yubikey1x\"},{},"
                    .formatted(first)
                + "{\"recipient\":\"%s\"}]}}".formatted(second));

    assertThat(SealedObject.recipients(json)).containsExactly(first, second);
    assertThat(SealedObject.recipients(read("{\"sops\":{}}"))).isEmpty();
    assertThat(SealedObject.recipients(read("{}"))).isEmpty();
    assertThat(SealedObject.isRecipient(first)).isTrue();
    assertThat(SealedObject.isRecipient(first + "q")).isFalse();
    assertThat(SealedObject.isRecipient("age1" + "b".repeat(58))).isFalse();
  }

  @Test
  void aSealedObjectKeepsTheOrderOfItsMembers() {
    String json = "{\"b\":1,\"a\":{\"d\":[2,1],\"c\":\"\"}}";

    assertThat(text(ObjectJson.writeInOrder(read(json)))).isEqualTo(json);
    assertThat(text(ObjectJson.write(read(json))))
        .isEqualTo("{\"a\":{\"c\":\"\",\"d\":[2,1]},\"b\":1}");
  }

  @Test
  void numbersAreKeptWhicheverTypeHoldsThem() {
    for (String number :
        List.of(
            "2147483647",
            "2147483648",
            "-2147483648",
            "-2147483649",
            "4294967295",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809")) {
      String json = "{\"n\":" + number + "}";
      assertThat(text(ObjectJson.write(read(json)))).isEqualTo(json);
    }
    assertThat(ObjectJson.number("1.0")).isEqualTo(ObjectJson.number("1.00"));
    assertThat(ObjectJson.number("1.0")).isNotEqualTo(ObjectJson.number("1.01"));
    ObjectNode endless = JsonNodeFactory.instance.objectNode().put("n", Double.NaN);
    assertThatThrownBy(() -> ObjectJson.write(endless))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(text(ObjectJson.write(JsonNodeFactory.instance.objectNode().put("n", 0.5))))
        .isEqualTo("{\"n\":0.5}");
  }

  @Test
  void halfASurrogatePairIsNoText() {
    for (String half : List.of("\\ud800", "\\udbff", "\\udc00", "\\udfff", "\\udc00\\ud800")) {
      assertReason(() -> read("{\"a\":\"" + half + "\"}"), Reason.MANIFEST_INVALID);
      assertReason(() -> read("{\"" + half + "\":1}"), Reason.MANIFEST_INVALID);
    }
    assertThat(read("{\"a\":\"\\ud7ff\\ue000\\ud83d\\ude00\"}").path("a").textValue())
        .isEqualTo("\ud7ff\ue000\ud83d\ude00");
  }

  @Test
  void saysWhereADocumentIsNotStrictJson() {
    assertThatThrownBy(() -> read("{\"a\":1,\n \"b\":hunter}"))
        .hasMessageContaining("line 2, column ");
    assertThatThrownBy(() -> read("{\"a\":1,\n \"a\":2}")).hasMessageContaining("line 2");
    assertThatThrownBy(() -> read(" ")).hasMessageContaining("the document is empty");
  }

  @Test
  void aTokenOfAnyKindHasAnAddressItsAuthoritiesAndASecretOfSomeLength() {
    JoinToken good = PropertiesTest.token();
    Digest pin = Digest.of(new byte[0]);
    String secret = good.secret();
    for (List<Digest> pins : List.of(List.<Digest>of(), Collections.nCopies(5, pin))) {
      assertThatThrownBy(() -> join("hub:1", pins, "lima", secret))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> pool("hub:1", pins, "edge", secret))
          .isInstanceOf(IllegalArgumentException.class);
    }
    List<Digest> most = Collections.nCopies(HubToken.MAX_AUTHORITIES, pin);
    for (String name : List.of("", "Lima", "a b")) {
      assertThatThrownBy(() -> join("hub:1", most, name, secret))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> pool("hub:1", most, name, secret))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> join("hub:1", most, "lima", "short"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> pool("hub", most, "edge", secret))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(JoinToken.parse(join("hub:1", most, "lima", secret).encode()).authorities())
        .isEqualTo(most);
    JoinToken longest = join("h".repeat(253) + ":65535", most, "l".repeat(63), "s".repeat(128));
    assertThat(JoinToken.parse(longest.encode())).isEqualTo(longest);
  }

  @Test
  void aTokenEndsWhereItsFieldsEnd() {
    JoinToken good = PropertiesTest.token();
    byte[] bytes = Base64.getUrlDecoder().decode(good.encode().substring(5));
    byte[] fields = Arrays.copyOf(bytes, bytes.length - 4);

    assertThat(JoinToken.parse(checked(fields))).isEqualTo(good);
    for (byte[] wrong :
        List.of(
            Arrays.copyOf(fields, fields.length + 1),
            Arrays.copyOf(fields, fields.length - 1),
            new byte[0])) {
      assertThatThrownBy(() -> JoinToken.parse(checked(wrong)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> JoinToken.parse("twl1_" + "A".repeat(4_000)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static String checked(byte[] fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(fields);
    out.write(Digest.of(fields).bytes(), 0, 4);
    return "twl1_" + Base64.getUrlEncoder().withoutPadding().encodeToString(out.toByteArray());
  }

  private static JoinToken join(String hub, List<Digest> pins, String name, String secret) {
    return new JoinToken(
        hub,
        pins,
        TestFleet.FLEET,
        TestFleet.CLUSTER,
        name,
        Digest.of(new byte[0]),
        Instant.EPOCH,
        secret);
  }

  private static PoolToken pool(String hub, List<Digest> pins, String name, String secret) {
    return new PoolToken(
        hub, pins, TestFleet.FLEET, name, Digest.of(new byte[0]), Instant.EPOCH, secret);
  }

  private static ObjectNode read(String json) {
    return ObjectJson.read(json.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
