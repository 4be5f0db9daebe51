package io.towline.envelope;

import static io.towline.envelope.RefusalsTest.assertReason;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What an agent takes back from its disk, what it need not read again, and what a signer is asked.
 */
class HeldTest {
  private final TestFleet fleet = new TestFleet();
  private final EnvelopeVerifier verifier = TestFleet.verifier();
  private final Statement statement = TestFleet.statement(42, fleet.manifest);

  @Test
  void refusesFromTheDiskWhatWouldNeverHaveBeenAccepted() {
    byte[] payload = statement.bytes();
    held(TestFleet.sealed(payload, TestFleet.HUB_KEY), 1, 42);

    assertReason(
        () -> held(TestKeys.envelope("application/json", payload, TestFleet.HUB_KEY), 1, 42),
        Reason.PAYLOAD_TYPE_WRONG);
    assertReason(() -> held(changed("fleet"), 1, 42), Reason.WRONG_FLEET);
    assertReason(() -> held(changed("cluster"), 1, 42), Reason.WRONG_CLUSTER);
    byte[] sealed = TestFleet.sealed(payload, TestFleet.HUB_KEY);
    assertReason(() -> held(sealed, 2, 42), Reason.TRUST_STATE_LOST);
    assertReason(() -> held(sealed, 1, 41), Reason.TRUST_STATE_LOST);
    ObjectNode large = ObjectJson.read(payload);
    ((ObjectNode) large.at("/predicate/bundles/0/manifest"))
        .put("size", Limits.STATEMENT_BYTES + 1L);
    assertReason(
        () -> held(TestFleet.sealed(ObjectJson.write(large), TestFleet.HUB_KEY), 1, 42),
        Reason.LIMIT_EXCEEDED);
  }

  private byte[] changed(String member) {
    ObjectNode json = ObjectJson.read(statement.bytes());
    ((ObjectNode) json.path("predicate")).put(member, UUID.randomUUID().toString());
    return TestFleet.sealed(ObjectJson.write(json), TestFleet.HUB_KEY);
  }

  private VerifiedStatement held(byte[] dsse, long epoch, long sequence) {
    Digest payload = Dsse.parse(dsse).digest();
    return verifier.verifyHeld(
        dsse, new Floor(epoch, sequence, Optional.of(payload), TestFleet.ISSUED));
  }

  @Test
  void readsNoObjectAgainThatTheEnvelopeBeforeHad() {
    VerifiedStatement verified = verified();
    VerifiedEnvelope before = verifier.verifyBodies(verified, fleet.source());
    VerifiedManifests manifests = verifier.verifyManifests(verified, fleet.source());
    List<Digest> read = new ArrayList<>();
    BodySource counting =
        (digest, size) -> {
          read.add(digest);
          return fleet.source().body(digest, size);
        };

    verifier.verifyObjects(manifests, counting, Optional.of(before));
    assertThat(read).isEmpty();
    verifier.verifyObjects(manifests, counting, Optional.empty());
    assertThat(read).hasSize(3);
  }

  private VerifiedStatement verified() {
    return verifier.verify(
        TestFleet.sealed(statement.bytes(), TestFleet.HUB_KEY),
        TestFleet.trusted(),
        Floor.none(),
        TestFleet.NOW);
  }

  @Test
  void whoIsAboutToSignIsToldOfEverythingButMissingSignatures() {
    byte[] unsigned = new Dsse(Statement.PAYLOAD_TYPE, statement.bytes(), List.of()).write();

    UnsignedEnvelope checked = unsigned(unsigned, fleet.source());

    assertThat(checked.statement()).isEqualTo(statement);
    assertThat(checked.bundles().getFirst().manifest()).isEqualTo(fleet.manifest);
    assertReason(
        () -> unsigned(unsigned, (digest, size) -> Optional.empty()), Reason.OBJECT_MISSING);
    byte[] foreign =
        new Dsse(Statement.PAYLOAD_TYPE, Dsse.parse(changed("fleet")).payload(), List.of()).write();
    assertReason(() -> unsigned(foreign, fleet.source()), Reason.WRONG_FLEET);
    assertReason(
        () -> verifier.verify(unsigned, TestFleet.trusted(), Floor.none(), TestFleet.NOW),
        Reason.SIGNATURE_INVALID);
  }

  private UnsignedEnvelope unsigned(byte[] dsse, BodySource bodies) {
    return verifier.verifyUnsigned(dsse, TestFleet.trusted(), Floor.none(), TestFleet.NOW, bodies);
  }
}
