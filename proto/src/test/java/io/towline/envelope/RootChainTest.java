package io.towline.envelope;

import static io.towline.envelope.RefusalsTest.assertReason;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** From root to root: who may say whom to trust next. */
class RootChainTest {
  private static final TestKeys OLD = TestFleet.ROOT_KEY;
  private static final TestKeys NEW = TestKeys.ofSeed(11);
  private static final TestKeys THIRD = TestKeys.ofSeed(12);

  private final TrustedRoot first = TestFleet.trusted();

  @Test
  void refusesARootThatIsNotThePinnedOneOrNotSignedByItself() {
    byte[] payload = TestFleet.root().bytes();
    byte[] signed = TestKeys.envelope(RootDocument.PAYLOAD_TYPE, payload, OLD);
    assertThat(RootChain.pinned(signed, Digest.of(payload)).document()).isEqualTo(TestFleet.root());
    assertInvalid(() -> RootChain.pinned(signed, Digest.of(new byte[0])));
    assertInvalid(
        () ->
            RootChain.pinned(
                TestKeys.envelope(RootDocument.PAYLOAD_TYPE, payload, NEW), Digest.of(payload)));
    assertInvalid(
        () ->
            RootChain.pinned(
                TestKeys.envelope(Statement.PAYLOAD_TYPE, payload, OLD), Digest.of(payload)));
  }

  @Test
  void followsARootThatOldAndNewSigners() {
    RootDocument next = next(2, 1, 1, NEW);

    assertThat(RootChain.next(first, sign(next, OLD, NEW)).document()).isEqualTo(next);
    assertInvalid(() -> RootChain.next(first, sign(next, OLD)));
    assertInvalid(() -> RootChain.next(first, sign(next, NEW)));
    assertInvalid(() -> RootChain.next(first, sign(next, THIRD)));
  }

  @Test
  void takesVersionsOneByOne() {
    for (long version : new long[] {1, 3, 4}) {
      assertInvalid(() -> RootChain.next(first, sign(next(version, 1, 1, OLD), OLD)));
    }
    TrustedRoot second = RootChain.next(first, sign(next(2, 1, 1, OLD), OLD));
    assertInvalid(() -> RootChain.next(second, first.dsse()));
  }

  @Test
  void takesTheSameEpochOrOneMore() {
    assertThat(RootChain.next(first, sign(next(2, 2, 1, OLD), OLD)).document().epoch())
        .isEqualTo(2);
    assertInvalid(() -> RootChain.next(first, sign(next(2, 3, 1, OLD), OLD)));
    TrustedRoot second = RootChain.next(first, sign(next(2, 2, 1, OLD), OLD));
    assertInvalid(() -> RootChain.next(second, sign(next(3, 1, 1, OLD), OLD)));
  }

  @Test
  void raisesAndLowersThresholdsByBothRulesAndLetsKeysComeBack() {
    TrustedRoot two = RootChain.next(first, sign(next(2, 1, 2, OLD, NEW), OLD, NEW));
    assertInvalid(() -> RootChain.next(first, sign(next(2, 1, 2, OLD, NEW), OLD)));
    assertInvalid(() -> RootChain.next(two, sign(next(3, 1, 1, OLD), OLD)));
    TrustedRoot three = RootChain.next(two, sign(next(3, 1, 1, THIRD), OLD, NEW, THIRD));
    TrustedRoot back = RootChain.next(three, sign(next(4, 1, 1, OLD), THIRD, OLD));
    assertThat(back.document().version()).isEqualTo(4);
  }

  @Test
  void followsAChainAndNoLongerOneThanTheLimit() {
    List<byte[]> chain = new ArrayList<>();
    for (int version = 2; version <= 62; version++) {
      chain.add(sign(next(version, 1, 1, OLD), OLD));
    }
    assertThat(RootChain.follow(first, chain)).hasSize(61);
    assertThat(RootChain.follow(first, List.of())).isEmpty();
    assertInvalid(() -> RootChain.follow(first, chain.reversed()));
    assertReason(
        () -> RootChain.follow(first, Collections.nCopies(Limits.ROOT_STEPS + 1, chain.getFirst())),
        Reason.LIMIT_EXCEEDED);
  }

  @Test
  void passesOverTheExpiryOfEveryRootButTheLast() {
    RootDocument second = next(2, 1, 1, OLD);
    RootDocument expired =
        new RootDocument(
            second.fleet(),
            second.version(),
            second.epoch(),
            second.issuedAt(),
            second.issuedAt().plusSeconds(1),
            second.keys(),
            second.root(),
            second.envelope());
    List<TrustedRoot> followed =
        RootChain.follow(first, List.of(sign(expired, OLD), sign(next(3, 1, 1, OLD), OLD)));
    byte[] envelope =
        TestFleet.sealed(
            TestFleet.statement(42, new TestFleet().manifest).bytes(), TestFleet.HUB_KEY);
    EnvelopeVerifier verifier = TestFleet.verifier();

    assertThat(verifier.verify(envelope, followed.getLast(), Floor.none(), TestFleet.NOW))
        .isNotNull();
    assertReason(
        () -> verifier.verify(envelope, followed.getFirst(), Floor.none(), TestFleet.NOW),
        Reason.ROOT_EXPIRED);
  }

  @Test
  void refusesAnotherFleet() {
    ObjectNode json = ObjectJson.read(next(2, 1, 1, OLD).bytes());
    json.put("fleet", UUID.randomUUID().toString());
    byte[] dsse = TestKeys.envelope(RootDocument.PAYLOAD_TYPE, ObjectJson.write(json), OLD);

    assertInvalid(() -> RootChain.next(first, dsse));
  }

  @Test
  void refusesRootsThatAreNotWellFormed() {
    for (Object threshold : new Object[] {0, -1, 2, "1", 1.0}) {
      invalid(
          json -> {
            ObjectNode role = (ObjectNode) json.path("roles").path("root");
            switch (threshold) {
              case Integer number -> role.put("threshold", number);
              case Double number -> role.put("threshold", number);
              default -> role.put("threshold", threshold.toString());
            }
          });
    }
    String root = OLD.id();
    String hub = TestFleet.HUB_KEY.id();
    for (String scheme : List.of("ed25519ph", "rsa", "unknown", "")) {
      invalid(json -> key(json, root).put("scheme", scheme));
      invalid(json -> key(json, root).put("keytype", scheme));
    }
    invalid(json -> key(json, root).put("public", "01" + "0".repeat(62)));
    invalid(json -> keys(json).set("0".repeat(64), keys(json).remove(root)));
    invalid(json -> keys(json).set("0".repeat(64), keys(json).get(root)));
    invalid(json -> keys(json).remove(hub));
    invalid(json -> keys(json).remove(root));
    invalid(json -> json.put("specVersion", "1.1"));
    invalid(json -> ((ArrayNode) json.at("/roles/root/keyids")).add(root));
    invalid(json -> ((ObjectNode) json.path("roles")).putArray("envelope"));
    invalid(json -> envelopes(json).add(envelopes(json).get(0)));
    invalid(
        json -> {
          ObjectNode twin = envelopes(json).get(0).deepCopy();
          envelopes(json).add(twin.put("name", "twin"));
        });
    invalid(json -> ((ObjectNode) envelopes(json).get(0)).putArray("clusters").add("store"));
    invalid(json -> ((ObjectNode) envelopes(json).get(0)).putArray("clusters"));
    invalid(json -> ((ObjectNode) envelopes(json).get(0)).put("maxLifetimeDays", 0));
    invalid(json -> json.put("epoch", -1));
    invalid(json -> json.put("_type", "https://towline.io/root/v2"));
    invalid(json -> json.put("expiresAt", json.path("issuedAt").textValue()));
    assertInvalid(() -> RootDocument.parse(new byte[Limits.ROOT_BYTES + 1]));
  }

  @Test
  void aClusterThatARoleNamesHasThatRoleAlone() {
    String named = TestFleet.CLUSTER.toString();
    EnvelopeRole rest = TestFleet.root().envelope().getFirst();
    EnvelopeRole prod = new EnvelopeRole("prod", List.of(named), rest.keys(), 1);
    RootDocument root =
        TestFleet.root(1, 1, TestFleet.root().root(), List.of(rest, prod), OLD, TestFleet.HUB_KEY);

    assertThat(root.roleFor(TestFleet.CLUSTER)).contains(prod);
    assertThat(root.roleFor(UUID.randomUUID())).contains(rest);
  }

  @Test
  void refusesKeysThatSignForAnything() {
    String rest = "0".repeat(60);
    for (String weak :
        List.of(
            "01" + rest + "00",
            "00" + rest + "00",
            "00" + rest + "80",
            "ec" + "f".repeat(60) + "7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "ed" + "f".repeat(60) + "7f",
            "ed" + "f".repeat(60) + "ff",
            "ee" + "f".repeat(60) + "7f",
            "ee" + "f".repeat(60) + "ff",
            "01" + rest + "80",
            "ec" + "f".repeat(60) + "ff",
            // y = 2: x has no root.
            "02" + rest + "00")) {
      byte[] key = HexFormat.of().parseHex(weak);
      assertThat(key).hasSize(32);
      assertInvalid(() -> SigningKey.of(key));
    }
    assertInvalid(() -> SigningKey.of(new byte[31]));
    for (long seed = 100; seed < 150; seed++) {
      assertThat(TestKeys.ofSeed(seed).id()).hasSize(64);
    }
  }

  private static RootDocument next(long version, long epoch, int threshold, TestKeys... signers) {
    List<String> ids = new ArrayList<>();
    List<TestKeys> keys = new ArrayList<>(List.of(TestFleet.HUB_KEY));
    for (TestKeys signer : signers) {
      ids.add(signer.id());
      keys.add(signer);
    }
    return TestFleet.root(
        version,
        epoch,
        new KeyRole(ids, threshold),
        TestFleet.root().envelope(),
        keys.toArray(TestKeys[]::new));
  }

  private static byte[] sign(RootDocument root, TestKeys... keys) {
    return TestKeys.envelope(RootDocument.PAYLOAD_TYPE, root.bytes(), keys);
  }

  private static ObjectNode keys(ObjectNode json) {
    return (ObjectNode) json.path("keys");
  }

  private static ObjectNode key(ObjectNode json, String id) {
    return (ObjectNode) keys(json).path(id);
  }

  private static ArrayNode envelopes(ObjectNode json) {
    return (ArrayNode) json.path("roles").path("envelope");
  }

  private static void invalid(Consumer<ObjectNode> change) {
    ObjectNode json = ObjectJson.read(TestFleet.root().bytes());
    change.accept(json);
    byte[] changed = ObjectJson.write(json);
    assertInvalid(() -> RootDocument.parse(changed));
  }

  private static void assertInvalid(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertReason(call, Reason.ROOT_INVALID);
  }
}
