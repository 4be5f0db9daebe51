package io.towline.hub.show;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.RootDocument;
import io.towline.envelope.Signers;
import io.towline.envelope.SigningKey;
import io.towline.envelope.TrustedRoot;
import io.towline.envelope.VerificationException;
import io.towline.fleet.v1.AddSignatureRequest;
import io.towline.fleet.v1.AddSignatureResponse;
import io.towline.fleet.v1.Envelope;
import io.towline.fleet.v1.GetPendingEnvelopeRequest;
import io.towline.fleet.v1.ListPendingEnvelopesResponse;
import io.towline.fleet.v1.ListRootsResponse;
import io.towline.fleet.v1.PendingEnvelope;
import io.towline.fleet.v1.Root;
import io.towline.hub.sign.RootDraft;
import io.towline.hub.store.BodyStore;
import io.towline.hub.store.ClusterView;
import io.towline.hub.store.Database;
import io.towline.hub.store.EnvelopeQueries;
import io.towline.hub.store.EnvelopeQueries.Covered;
import io.towline.hub.store.Envelopes;
import io.towline.hub.store.Fleet;
import io.towline.hub.store.PendingEnvelopes;
import io.towline.hub.store.PendingEnvelopes.Next;
import io.towline.hub.store.PendingEnvelopes.Pending;
import io.towline.hub.store.Place;
import io.towline.hub.stream.ProtoTime;
import io.towline.hub.stream.Refusal;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The calls of the people's API that concern whom the fleet trusts: roots, and envelopes that wait
 * for signatures. What is taken is taken for its signatures, never for who brings it. Blocks.
 * Throws as {@link FleetReads} does. Thread-safe.
 */
public final class TrustActions {
  private final FleetReads reads;
  private final RootSubmission roots;
  private final PendingEnvelopes pending;
  private final Envelopes envelopes;
  private final EnvelopeQueries covered;
  private final BodyStore bodies;
  private final Fleet fleet;

  public TrustActions(
      FleetReads reads,
      RootSubmission roots,
      PendingEnvelopes pending,
      Database database,
      BodyStore bodies,
      Fleet fleet) {
    this.reads = reads;
    this.roots = roots;
    this.pending = pending;
    this.envelopes = new Envelopes(database);
    this.covered = new EnvelopeQueries(database);
    this.bodies = bodies;
    this.fleet = fleet;
  }

  /** The roots above a version. */
  public ListRootsResponse listRoots(long afterVersion) {
    ListRootsResponse.Builder response = ListRootsResponse.newBuilder();
    for (Fleet.Root root : fleet.rootsAfter(Math.max(0, afterVersion))) {
      RootDraft draft = RootDraft.read(root.dsse());
      response.addRoots(root(draft.document(), root.dsse(), draft.dsse().digest()));
    }
    return response.build();
  }

  /** Takes the next root. */
  public Root submitRoot(byte[] dsse) {
    try {
      TrustedRoot root = roots.submit(dsse);
      return root(root.document(), root.dsse(), root.payload());
    } catch (VerificationException e) {
      throw refused(e.reason(), String.valueOf(e.getMessage()));
    }
  }

  private static Root root(RootDocument document, byte[] dsse, Digest payload) {
    return Root.newBuilder()
        .setVersion(document.version())
        .setEpoch(document.epoch())
        .setDsse(ByteString.copyFrom(dsse))
        .setPayloadSha256(payload.hex())
        .setExpireTime(ProtoTime.of(document.expiresAt()))
        .build();
  }

  /** The envelopes that wait. */
  public ListPendingEnvelopesResponse listPending() {
    RootDocument root = roots.root();
    ListPendingEnvelopesResponse.Builder response = ListPendingEnvelopesResponse.newBuilder();
    for (Pending waiting : pending.all()) {
      response.addEnvelopes(message(waiting, root));
    }
    return response.build();
  }

  /** One that waits, with all that is needed to judge it. */
  public PendingEnvelope getPending(GetPendingEnvelopeRequest request) {
    ClusterView cluster = reads.clusterView(request.getName());
    Pending waiting =
        pending
            .of(cluster.id())
            .orElseThrow(
                () ->
                    Refusal.of(
                        Code.NOT_FOUND,
                        "ENVELOPE_NOT_FOUND",
                        "No envelope of " + request.getName() + " waits for a signature.",
                        Map.of("name", request.getName())));
    PendingEnvelope.Builder message = message(waiting, roots.root());
    SortedMap<String, Covered> wanted = new TreeMap<>();
    pending.covered(cluster.id()).forEach(body -> wanted.put(body.digest(), body));
    Optional<Envelopes.Stored> before = envelopes.newest(cluster.id());
    if (before.isPresent()) {
      message.setBefore(ByteString.copyFrom(before.get().dsse()));
      Place place = new Place(before.get().head().epoch(), before.get().head().sequence());
      covered.covered(cluster.id(), place).forEach(body -> wanted.put(body.digest(), body));
    }
    for (Fleet.Root root : fleet.rootsAfter(0)) {
      message.addRoots(ByteString.copyFrom(root.dsse()));
    }
    for (Envelope.Body body : FleetActions.bodies(bodies, new ArrayList<>(wanted.values()))) {
      message.addBodies(body);
    }
    return message.build();
  }

  private static PendingEnvelope.Builder message(Pending waiting, RootDocument root) {
    Optional<EnvelopeRole> role = root.roleFor(waiting.cluster().id());
    Signers signers = Signers.of(Dsse.parse(waiting.dsse()), root, waiting.cluster().id());
    return PendingEnvelope.newBuilder()
        .setCluster(ResourceNames.cluster(waiting.cluster().name()))
        .setDsse(ByteString.copyFrom(waiting.dsse()))
        .setEpoch(waiting.head().epoch())
        .setSequence(waiting.head().sequence())
        .setPayloadSha256(waiting.head().payload().hex())
        .setRole(role.map(EnvelopeRole::name).orElse(""))
        .setThreshold(signers.role().threshold())
        .addAllSignedBy(new TreeSet<>(signers.keyIds()))
        .setIssueTime(ProtoTime.of(waiting.head().issuedAt()))
        .setExpireTime(ProtoTime.of(waiting.head().expiresAt()));
  }

  /** Adds a signature to one that waits. */
  public AddSignatureResponse addSignature(AddSignatureRequest request) {
    ClusterView cluster = reads.clusterView(request.getName());
    RootDocument root = roots.root();
    Digest payload;
    try {
      payload = Digest.parse(request.getPayloadSha256());
    } catch (VerificationException e) {
      throw Refusal.badField("DIGEST_INVALID", "payload_sha256", String.valueOf(e.getMessage()));
    }
    SigningKey key = trusted(root, cluster, request.getKeyId());
    AddSignatureResponse.Builder response = AddSignatureResponse.newBuilder();
    Optional<Next> next =
        pending.sign(
            cluster.id(),
            payload,
            waiting -> {
              Dsse signed = signed(waiting, key, request.getSignature().toByteArray());
              Signers signers = Signers.of(signed, root, cluster.id());
              response
                  .setThreshold(signers.role().threshold())
                  .addAllSignedBy(new TreeSet<>(signers.keyIds()))
                  .setPublished(signers.enough());
              return signers.enough()
                  ? new Next.Complete(signed.write())
                  : new Next.Waits(signed.write());
            });
    if (next.isEmpty()) {
      throw Refusal.of(
          Code.ABORTED,
          "ENVELOPE_REPLACED",
          "Another envelope of the cluster waits by now, or none; look again.");
    }
    return response.build();
  }

  private static SigningKey trusted(RootDocument root, ClusterView cluster, String keyId) {
    EnvelopeRole role =
        root.roleFor(cluster.id())
            .orElseThrow(
                () ->
                    refused(
                        Reason.SCOPE_MISSING, "no envelope role of the root covers the cluster"));
    return root.keysOf(role.keys()).stream()
        .filter(key -> key.id().equals(keyId))
        .findFirst()
        .orElseThrow(
            () ->
                refused(
                    Reason.SIGNATURE_INVALID,
                    "role " + role.name() + " of the root does not name that key"));
  }

  private static Dsse signed(Pending waiting, SigningKey key, byte[] signature) {
    Dsse dsse = Dsse.parse(waiting.dsse());
    if (!key.verifies(dsse.pae(), signature)) {
      throw refused(Reason.SIGNATURE_INVALID, "the signature is not that key's over this envelope");
    }
    List<Dsse.Signature> signatures = new ArrayList<>(dsse.signatures());
    signatures.removeIf(known -> known.keyId().equals(key.id()));
    signatures.add(Dsse.Signature.of(key.id(), signature));
    return new Dsse(dsse.payloadType(), dsse.payload(), signatures);
  }

  private static StatusRuntimeException refused(Reason reason, String message) {
    return Refusal.of(Code.FAILED_PRECONDITION, reason.name(), message);
  }
}
