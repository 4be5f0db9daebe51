package io.towline.vocabulary;

import java.util.Optional;

/**
 * Why something is not as it should be: one closed set, spelled the same in status, metric, log,
 * event, command line and documents. Code decides by these, never by the text of a message.
 */
public enum Reason {
  // Envelopes, in the order in which they are refused.
  /** The envelope is not a DSSE envelope within the limits. */
  ENVELOPE_MALFORMED(
      "EnvelopeMalformed",
      Remedy.REFUSE,
      "The envelope is not a DSSE envelope within the limits.",
      "towline verify the envelope; look for what stands between hub and agent"),
  /** A root document is malformed, or does not follow from the one before it. */
  ROOT_INVALID(
      "RootInvalid",
      Remedy.REFUSE,
      "A root document is malformed, or does not follow from the one before it.",
      "compare the root's digest with the one in the join token"),
  /** The newest root is past its expiry. */
  ROOT_EXPIRED(
      "RootExpired",
      Remedy.REFUSE,
      "The newest root is past its expiry.",
      "publish a new root version: towline root rotate, root sign, root submit"),
  /** No envelope role of the root covers this cluster. */
  SCOPE_MISSING(
      "ScopeMissing",
      Remedy.REFUSE,
      "No envelope role of the root covers this cluster.",
      "add the cluster to a role of the root"),
  /** The payload is not of the type of a Towline statement. */
  PAYLOAD_TYPE_WRONG(
      "PayloadTypeWrong",
      Remedy.REFUSE,
      "The payload is not of the type of a Towline statement.",
      "look for what stands between hub and agent"),
  /** Too few valid signatures of keys that the root trusts for this cluster. */
  SIGNATURE_INVALID(
      "SignatureInvalid",
      Remedy.REFUSE,
      "Too few valid signatures of keys that the root trusts for this cluster.",
      "check which key signed with towline verify, and which keys the root trusts"),
  /** The signed statement is not well-formed. */
  STATEMENT_MALFORMED(
      "StatementMalformed",
      Remedy.REFUSE,
      "The signed statement is not well-formed.",
      "upgrade the hub or the agent so that both speak one version"),
  /** The statement is of a specification version that this agent does not know. */
  SPEC_VERSION_UNSUPPORTED(
      "SpecVersionUnsupported",
      Remedy.REFUSE,
      "The statement is of a specification version that this agent does not know.",
      "upgrade the agent"),
  /** The statement names a critical extension that this agent does not know. */
  CRITICAL_UNSUPPORTED(
      "CriticalUnsupported",
      Remedy.REFUSE,
      "The statement names a critical extension that this agent does not know.",
      "upgrade the agent"),
  /** The envelope is for another fleet. */
  WRONG_FLEET(
      "WrongFleet",
      Remedy.REFUSE,
      "The envelope is for another fleet.",
      "look for an agent that was moved between hubs, and register it anew"),
  /** The envelope is for another cluster. */
  WRONG_CLUSTER(
      "WrongCluster",
      Remedy.REFUSE,
      "The envelope is for another cluster.",
      "look for two clusters that share one identity"),
  /** The envelope was signed under a root version that the agent does not hold. */
  ROOT_VERSION_MISMATCH(
      "RootVersionMismatch",
      Remedy.REFUSE,
      "The envelope was signed under a root version that the agent does not hold.",
      "let the agent reach the hub to fetch the newer root, or carry a whole export to it"),
  /** The envelope's epoch is not the root's. */
  EPOCH_MISMATCH(
      "EpochMismatch",
      Remedy.REFUSE,
      "The envelope's epoch is not the root's.",
      "publish a root of the envelope's epoch"),
  /** The envelope is older than one that was accepted. */
  SEQUENCE_ROLLBACK(
      "SequenceRollback",
      Remedy.REFUSE,
      "The envelope is older than one that was accepted.",
      "look for a replay; if the hub's database was restored, publish a root of the next epoch:"
          + " towline root rotate --epoch"),
  /** Two different envelopes carry one sequence. */
  EQUIVOCATION(
      "Equivocation",
      Remedy.REFUSE,
      "Two different envelopes carry one sequence.",
      "look for two hubs that sign with one key"),
  /** The envelope does not follow from the one that the agent holds. */
  CHAIN_BROKEN(
      "ChainBroken",
      Remedy.REFUSE,
      "The envelope does not follow from the one that the agent holds.",
      "look for two hubs that sign with one key"),
  /** The envelope was issued in the future. */
  ENVELOPE_NOT_YET_VALID(
      "EnvelopeNotYetValid",
      Remedy.REFUSE,
      "The envelope was issued in the future.",
      "compare the clocks of hub and cluster"),
  /** The envelope lives longer than its role allows. */
  LIFETIME_TOO_LONG(
      "LifetimeTooLong",
      Remedy.REFUSE,
      "The envelope lives longer than its role allows.",
      "shorten the envelope's life in the hub's configuration"),
  /** The envelope is past its expiry. */
  ENVELOPE_EXPIRED(
      "EnvelopeExpired",
      Remedy.REFUSE,
      "The envelope is past its expiry.",
      "let the agent reach the hub, or carry a new export to it; what runs is kept as it is"),
  /** A stated limit was exceeded. */
  LIMIT_EXCEEDED(
      "LimitExceeded",
      Remedy.REFUSE,
      "A stated limit was exceeded.",
      "split the bundle, or raise the limit where it is set"),
  /** The statement's index is not the one of its manifests. */
  INDEX_MISMATCH(
      "IndexMismatch",
      Remedy.REFUSE,
      "The statement's index is not the one of its manifests.",
      "look for a changed store; publish a new revision"),
  /** An object that the statement names was not delivered. */
  OBJECT_MISSING(
      "ObjectMissing",
      Remedy.REFUSE,
      "An object that the statement names was not delivered.",
      "let the agent reach the hub, or carry the export to it again, whole"),
  /** An object's bytes or size are not the ones that were signed. */
  OBJECT_DIGEST_MISMATCH(
      "ObjectDigestMismatch",
      Remedy.REFUSE,
      "An object's bytes or size are not the ones that were signed.",
      "look for what stands between hub and agent"),
  /** An object is not the one that its manifest names. */
  OBJECT_IDENTITY_MISMATCH(
      "ObjectIdentityMismatch",
      Remedy.REFUSE,
      "An object is not the one that its manifest names.",
      "publish a new revision"),
  /** One object stands in the envelope twice. */
  OBJECT_DUPLICATE(
      "ObjectDuplicate",
      Remedy.REFUSE,
      "One object stands in the envelope twice.",
      "remove it from one of the bundles"),
  /** What is enforced was signed by keys that the newest root trusts no more. */
  SIGNED_BY_RETIRED_KEY(
      "SignedByRetiredKey",
      Remedy.CHANGE,
      "What is enforced was signed by keys that the newest root trusts no more.",
      "sign it anew: the hub does so by itself, other signers with towline sign"),
  /** The agent's trust floor is missing, damaged or older than its mirror. */
  TRUST_STATE_LOST(
      "TrustStateLost",
      Remedy.REFUSE,
      "The agent's trust floor is missing, damaged or older than its mirror.",
      "restore the agent's state, or register the cluster anew"),
  /** A bundle holds something that the cluster's owner does not allow. */
  GUARD_RAIL(
      "GuardRail",
      Remedy.CHANGE,
      "A bundle holds something that the cluster's owner does not allow.",
      "remove the object named, or ask the cluster's owner to allow it in the agent's guard"),
  /** The agent cannot store its state, and accepts nothing new until it can. */
  STATE_NOT_STORED(
      "StateNotStored",
      Remedy.RETRY,
      "The agent cannot store its state, and accepts nothing new until it can.",
      "make room on the agent's volume, and let the agent write to it"),
  // Sources and declarations.
  /** The Git repository cannot be fetched. */
  SOURCE_UNREACHABLE(
      "SourceUnreachable",
      Remedy.RETRY,
      "The Git repository cannot be fetched.",
      "check the address, the network and the credentials of the source"),
  /** The Git server refused the credentials. */
  SOURCE_UNAUTHORIZED(
      "SourceUnauthorized",
      Remedy.CHANGE,
      "The Git server refused the credentials.",
      "renew the credentials of the source"),
  /** The branch, tag or commit does not exist. */
  REVISION_NOT_FOUND(
      "RevisionNotFound",
      Remedy.CHANGE,
      "The branch, tag or commit does not exist.",
      "correct the source's branch, tag or commit"),
  /** The branch no longer contains the commit that was accepted last. */
  HISTORY_REWRITTEN(
      "HistoryRewritten",
      Remedy.CHANGE,
      "The branch no longer contains the commit that was accepted last.",
      "restore the branch, or take it over with towline source approve NAME COMMIT"),
  /** A commit that has to be signed is not. */
  COMMIT_UNSIGNED(
      "CommitUnsigned",
      Remedy.CHANGE,
      "A commit that has to be signed is not.",
      "sign it with the key of one of the source's signers and push it again"),
  /** A commit's signature does not fit it, or is of a kind that does not count. */
  COMMIT_SIGNATURE_INVALID(
      "CommitSignatureInvalid",
      Remedy.CHANGE,
      "A commit's signature does not fit it, or is of a kind that does not count.",
      "sign it anew: Ed25519, ECDSA, or RSA of at least 2048 bits, with SHA-2"),
  /** A commit is signed by a key that is not, or no longer, one of its source's signers. */
  KEY_NOT_TRUSTED(
      "KeyNotTrusted",
      Remedy.CHANGE,
      "A commit is signed by a key that is not, or no longer, one of its source's signers.",
      "have a signer sign the commit, or add the key to the source's signers in the hub's"
          + " configuration"),
  /** The source declares no bundle any more, though clusters still run some of it. */
  SOURCE_EMPTY(
      "SourceEmpty",
      Remedy.CHANGE,
      "The source declares no bundle any more, though clusters still run some of it.",
      "restore the files, or remove the source from the hub's configuration"),
  /** A towline.yaml does not follow the schema. */
  DECLARATION_INVALID(
      "DeclarationInvalid",
      Remedy.CHANGE,
      "A towline.yaml does not follow the schema.",
      "correct the field at the place named"),
  /** A field that this version accepts but does not honour yet. */
  NOT_SUPPORTED(
      "NotSupported",
      Remedy.CHANGE,
      "A field that this version accepts but does not honour yet.",
      "remove the field, or wait for a version that honours it"),
  /** Two declarations carry one name. */
  NAME_CONFLICT(
      "NameConflict", Remedy.CHANGE, "Two declarations carry one name.", "rename one of them"),
  /** Two bundles claim one object on one cluster. */
  OBJECT_CONFLICT(
      "ObjectConflict",
      Remedy.CHANGE,
      "Two bundles claim one object on one cluster.",
      "remove the object from one of the bundles"),
  // Rendering.
  /** The bundle could not be rendered. */
  BUILD_FAILED(
      "BuildFailed",
      Remedy.CHANGE,
      "The bundle could not be rendered.",
      "run towline render on the bundle's directory"),
  /** A manifest is not a well-formed Kubernetes object. */
  MANIFEST_INVALID(
      "ManifestInvalid",
      Remedy.CHANGE,
      "A manifest is not a well-formed Kubernetes object.",
      "correct the manifest at the place named"),
  /** The bundle asks the renderer for something that it may not do. */
  RENDER_REFUSED(
      "RenderRefused",
      Remedy.CHANGE,
      "The bundle asks the renderer for something that it may not do.",
      "remove what is named: network, plugins and paths outside the commit are not allowed"),
  /** The render took more time, memory or output than it may. */
  RENDER_LIMIT_EXCEEDED(
      "RenderLimitExceeded",
      Remedy.CHANGE,
      "The render took more time, memory or output than it may.",
      "split the bundle, or raise towline.render limits"),
  /** The hub has no kustomize. */
  RENDERER_MISSING(
      "RendererMissing",
      Remedy.CHANGE,
      "The hub has no kustomize.",
      "install kustomize on the hub, or set towline.render.kustomize"),
  // Sealed files.
  /** A file is sealed, and something would have to be written into it. */
  SEALED_FILE_TOUCHED(
      "SealedFileTouched",
      Remedy.CHANGE,
      "A file is sealed, and something would have to be written into it.",
      "write it into the file with sops, or leave the file out of the kustomization and beside it"),
  /** A sealed file is not of a form that an agent can open. */
  SEAL_INVALID(
      "SealInvalid",
      Remedy.CHANGE,
      "A sealed file is not of a form that an agent can open.",
      "encrypt the values of one object to age recipients: sops encrypt --encrypted-regex"
          + " '^(data|stringData)$'"),
  /** A sealed file is not encrypted for this cluster. */
  SEALED_FOR_OTHERS(
      "SealedForOthers",
      Remedy.CHANGE,
      "A sealed file is not encrypted for this cluster.",
      "put the cluster's recipient (towline get clusters -o wide) into .sops.yaml, run sops"
          + " updatekeys on the file, and commit it"),
  /** A sealed file was changed or cut after it was sealed. */
  SEAL_BROKEN(
      "SealBroken",
      Remedy.CHANGE,
      "A sealed file was changed or cut after it was sealed.",
      "take the file back from Git as sops wrote it, or seal it anew with sops"),
  // Applying.
  /** All is applied and healthy. */
  RECONCILIATION_SUCCEEDED(
      "ReconciliationSucceeded", Remedy.WAIT, "All is applied and healthy.", ""),
  /** Objects are being pulled, applied or becoming healthy. */
  PROGRESSING(
      "Progressing",
      Remedy.WAIT,
      "Objects are being pulled, applied or becoming healthy.",
      "wait, or look with towline describe target"),
  /** The API server refused an object. */
  APPLY_FAILED(
      "ApplyFailed",
      Remedy.CHANGE,
      "The API server refused an object.",
      "correct the object in Git"),
  /** The cluster does not serve the kind of an object. */
  KIND_UNKNOWN(
      "KindUnknown",
      Remedy.RETRY,
      "The cluster does not serve the kind of an object.",
      "install its CustomResourceDefinition, or correct the apiVersion"),
  /** The namespace of an object does not exist. */
  NAMESPACE_MISSING(
      "NamespaceMissing",
      Remedy.CHANGE,
      "The namespace of an object does not exist.",
      "add the Namespace to the bundle, or set apply.createNamespace"),
  /** An object of that name exists, and the bundle may not take it over. */
  OBJECT_EXISTS(
      "ObjectExists",
      Remedy.CHANGE,
      "An object of that name exists, and the bundle may not take it over.",
      "rename or remove one of the two, or allow it with apply.adopt"),
  /** Another field manager owns fields that the bundle sets. */
  FIELD_CONFLICT(
      "FieldConflict",
      Remedy.CHANGE,
      "Another field manager owns fields that the bundle sets.",
      "remove the fields from Git, let go of them in the cluster, or say with the annotation"
          + " towline.io/conflicts who keeps them: force, merge, ifNotPresent or ignore"),
  /** A field that cannot be changed was changed. */
  IMMUTABLE_FIELD(
      "ImmutableField",
      Remedy.CHANGE,
      "A field that cannot be changed was changed.",
      "rename the object, or let Towline delete it and make it anew with the annotation"
          + " towline.io/recreate: \"true\""),
  /** The agent's account lacks a right. */
  FORBIDDEN(
      "Forbidden",
      Remedy.CHANGE,
      "The agent's account lacks a right.",
      "grant the account the verb on the kind named"),
  /** An admission webhook or policy refused an object. */
  ADMISSION_DENIED(
      "AdmissionDenied",
      Remedy.CHANGE,
      "An admission webhook or policy refused an object.",
      "correct the object, or the policy"),
  /** An object that left Git could not be deleted. */
  PRUNE_FAILED(
      "PruneFailed",
      Remedy.RETRY,
      "An object that left Git could not be deleted.",
      "look for finalizers on the object"),
  /** The cluster's API server does not answer. */
  API_SERVER_UNAVAILABLE(
      "ApiServerUnavailable",
      Remedy.RETRY,
      "The cluster's API server does not answer.",
      "wait, or look at the API server"),
  /** An object is applied but not healthy in time. */
  HEALTH_CHECK_FAILED(
      "HealthCheckFailed",
      Remedy.CHANGE,
      "An object is applied but not healthy in time.",
      "look at the object named, its events and its pods"),
  /** A live object differs from what was applied, and is only reported. */
  DRIFT_DETECTED(
      "DriftDetected",
      Remedy.CHANGE,
      "A live object differs from what was applied, and is only reported.",
      "bring the object back, or commit the change"),
  /** A live object differs from what was applied and could not be corrected. */
  DRIFT_CORRECTION_FAILED(
      "DriftCorrectionFailed",
      Remedy.CHANGE,
      "A live object differs from what was applied and could not be corrected.",
      "look at what refuses the correction"),
  /** The agent may only read in its cluster, and a live object differs from what is declared. */
  READ_ONLY(
      "ReadOnly",
      Remedy.CHANGE,
      "The agent may only read in its cluster, and a live object differs from what is declared.",
      "change the object by hand, or ask the cluster's owner for another rbac.profile of the"
          + " agent's chart"),
  // People and connections.
  /** The agent has not been heard of for five heartbeats. */
  AGENT_OFFLINE(
      "AgentOffline",
      Remedy.RETRY,
      "The agent has not been heard of for five heartbeats.",
      "look at the agent's pod and its way to the hub"),
  /** The cluster's agent has never called. */
  AGENT_PENDING(
      "AgentPending",
      Remedy.WAIT,
      "The cluster's agent has never called.",
      "install the agent with the token of towline cluster add"),
  /** What the cluster runs is carried to it, and nothing is heard of it. */
  CARRIED(
      "Carried",
      Remedy.WAIT,
      "What the cluster runs is carried to it, and nothing is heard of it.",
      "towline export it and carry it there; its agent's log says what became of it"),
  /** The hub does not know the join token. */
  JOIN_TOKEN_UNKNOWN(
      "JoinTokenUnknown",
      Remedy.CHANGE,
      "The hub does not know the join token: it was replaced by a newer one, or is of another hub.",
      "make a new token with towline cluster rotate, and give it to the agent"),
  /** The join token has bought a certificate for another key. */
  JOIN_TOKEN_USED(
      "JoinTokenUsed",
      Remedy.CHANGE,
      "The join token has bought a certificate for another key.",
      "find out who used it; towline cluster rotate --revoke makes a new token and cuts that agent"),
  /** The join token is past its expiry. */
  JOIN_TOKEN_EXPIRED(
      "JoinTokenExpired",
      Remedy.CHANGE,
      "The join token is past its expiry.",
      "make a new token with towline cluster rotate, and give it to the agent"),
  /** The join token is another cluster's. */
  JOIN_TOKEN_MISPLACED(
      "JoinTokenMisplaced",
      Remedy.CHANGE,
      "The join token is another cluster's.",
      "give each agent the token of its own cluster"),
  /** As many clusters have enrolled with the pool's token as it is for. */
  POOL_EXHAUSTED(
      "PoolExhausted",
      Remedy.CHANGE,
      "As many clusters have enrolled with the pool's token as it is for.",
      "look at towline cluster pool list; towline cluster add --pool makes another pool"),
  /** The pool lets nobody in under the proposed name, or with the proposed labels. */
  PROPOSAL_REFUSED(
      "ProposalRefused",
      Remedy.CHANGE,
      "The pool lets nobody in under the proposed name, or with the proposed labels.",
      "compare TOWLINE_CLUSTER_NAME and TOWLINE_CLUSTER_LABELS with towline cluster pool list"),
  /** Another cluster has the proposed name. */
  CLUSTER_NAME_TAKEN(
      "ClusterNameTaken",
      Remedy.CHANGE,
      "Another cluster has the proposed name.",
      "give the agent another TOWLINE_CLUSTER_NAME; if it is the same cluster and lost its volume,"
          + " give it the token of towline cluster rotate"),
  /** A person has to accept the cluster first. */
  ACCEPTANCE_PENDING(
      "AcceptancePending",
      Remedy.WAIT,
      "The cluster came with a pool and waits for a person to accept it.",
      "towline cluster accept, or towline cluster reject"),
  /** The cluster's name belongs to another cluster already. */
  CLUSTER_MISMATCH(
      "ClusterMismatch",
      Remedy.CHANGE,
      "The agent runs in another cluster than the one that enrolled under this name.",
      "check the kube context, and that no other cluster has a copy of the agent's volume; a cluster"
          + " that was built anew joins with a token of towline cluster rotate --rebuilt"),
  /** A certificate request is not one for a P-256 key that its sender holds. */
  CERTIFICATE_REQUEST_INVALID(
      "CertificateRequestInvalid",
      Remedy.REFUSE,
      "A certificate request is not one for a P-256 key that its sender holds.",
      "upgrade the agent"),
  /** The agent's certificate expired too long ago to be renewed. */
  CERTIFICATE_EXPIRED(
      "CertificateExpired",
      Remedy.CHANGE,
      "The agent's certificate expired too long ago to be renewed.",
      "make a new token with towline cluster rotate, and give it to the agent"),
  /** The agent's certificate was replaced or revoked. */
  CERTIFICATE_REVOKED(
      "CertificateRevoked",
      Remedy.CHANGE,
      "The agent's certificate was replaced or revoked.",
      "make a new token with towline cluster rotate, and give it to the agent"),
  /** The hub shows a certificate of an authority that the agent was never told of. */
  HUB_NOT_TRUSTED(
      "HubNotTrusted",
      Remedy.CHANGE,
      "The hub shows a certificate of an authority that the agent was never told of.",
      "look for what stands between agent and hub; if the hub's authority was replaced while the"
          + " agent was away, make a new token with towline cluster rotate, and give it to the agent"),
  /** The cluster was removed from the hub. */
  CLUSTER_REMOVED(
      "ClusterRemoved",
      Remedy.CHANGE,
      "The cluster was removed from the hub; what runs there stays as it is.",
      "uninstall the agent, or register the cluster anew with towline cluster add"),
  /** The clocks of hub and cluster differ by more than five minutes. */
  CLOCK_SKEW(
      "ClockSkew",
      Remedy.CHANGE,
      "The clocks of hub and cluster differ by more than five minutes.",
      "set the clocks"),
  /** Held by a person. */
  SUSPENDED("Suspended", Remedy.WAIT, "Held by a person.", "resume it when the reason is gone"),
  /** A person holds new content back from the cluster. */
  CORDONED(
      "Cordoned",
      Remedy.WAIT,
      "A person holds new content back from the cluster.",
      "let it go on with towline cluster uncordon"),
  /** New revisions wait for the change window. */
  AWAITING_WINDOW(
      "AwaitingWindow",
      Remedy.WAIT,
      "New revisions wait for the change window.",
      "wait for it, or change rollout.windows in Git if it cannot wait"),
  /** A bundle that this one depends on is not ready. */
  DEPENDENCY_NOT_READY(
      "DependencyNotReady",
      Remedy.WAIT,
      "A bundle that this one depends on is not ready.",
      "wait for the bundle named"),
  /** Objects of an earlier wave are not ready yet. */
  WAVE_NOT_READY(
      "WaveNotReady",
      Remedy.WAIT,
      "Objects of an earlier wave are not ready yet.",
      "wait, or look at the object named"),
  /** The root asks for more signatures than the hub's own. */
  SIGNATURE_REQUIRED(
      "SignatureRequired",
      Remedy.WAIT,
      "The root asks for more signatures than the hub's own.",
      "look at it and sign it: towline sign CLUSTER --key FILE"),
  /** Someone has to approve. */
  APPROVAL_REQUIRED(
      "ApprovalRequired", Remedy.WAIT, "Someone has to approve.", "approve or reject it"),
  /** Towline failed in a way it does not know. */
  INTERNAL(
      "Internal",
      Remedy.RETRY,
      "Towline failed in a way it does not know.",
      "look at the logs, and report it");

  private final String word;
  private final Remedy remedy;
  private final String explanation;
  private final String nextStep;

  Reason(String word, Remedy remedy, String explanation, String nextStep) {
    this.word = word;
    this.remedy = remedy;
    this.explanation = explanation;
    this.nextStep = nextStep;
  }

  /** The word that people, APIs and metrics read, for example {@code WrongCluster}. */
  public String word() {
    return word;
  }

  /** Who or what makes it go away. */
  public Remedy remedy() {
    return remedy;
  }

  /** One sentence for documents and for {@code towline describe}. */
  public String explanation() {
    return explanation;
  }

  /** What a person does next, in the imperative and without a full stop; empty if nothing. */
  public String nextStep() {
    return nextStep;
  }

  /** The reason of that word; empty if there is none, as from a newer agent. */
  public static Optional<Reason> ofWord(String word) {
    for (Reason reason : values()) {
      if (reason.word.equals(word)) {
        return Optional.of(reason);
      }
    }
    return Optional.empty();
  }
}
