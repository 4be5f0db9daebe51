package io.towline.envelope;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Everything that one cluster shall run, as an in-toto Statement v1.
 *
 * @param specVersion the format's version, {@code 1.x}
 * @param critical names of the members that an agent must understand or refuse
 * @param fleet the fleet's id
 * @param cluster the cluster's id
 * @param clusterName the cluster's name, for people
 * @param epoch grows only with a root document; sequences of a larger epoch start anew
 * @param sequence grows with every envelope of one cluster within an epoch, from 1
 * @param rootVersion the newest root when it was signed
 * @param issuedAt in whole seconds
 * @param expiresAt in whole seconds, after {@code issuedAt}
 * @param previous the envelope before this one in the same epoch
 * @param intent what it is for
 * @param deletions what this cluster has to delete
 * @param bundles what it has to run, each name once; none only if the intent is {@link
 *     Intent#CLEAR}
 * @param index digest of the {@link ObjectsIndex} over all manifests and objects
 * @param suspended what it leaves alone for now, each bundle once; written, and named in {@code
 *     critical}, only if there is any
 */
public record Statement(
    String specVersion,
    List<String> critical,
    UUID fleet,
    UUID cluster,
    String clusterName,
    long epoch,
    long sequence,
    long rootVersion,
    Instant issuedAt,
    Instant expiresAt,
    Optional<Previous> previous,
    Intent intent,
    List<Deletion> deletions,
    List<BundleEntry> bundles,
    Digest index,
    List<Suspension> suspended) {
  /** The DSSE payload type. */
  public static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  /** The in-toto statement type. */
  public static final String TYPE = "https://in-toto.io/Statement/v1";

  /** The type of the predicate. */
  public static final String PREDICATE_TYPE = "https://towline.io/envelope/v1";

  /** The version that this code writes. */
  public static final String SPEC_VERSION = SpecVersion.CURRENT;

  public Statement {
    critical = List.copyOf(critical);
    deletions = List.copyOf(deletions);
    bundles = List.copyOf(bundles);
    suspended = List.copyOf(suspended);
    issuedAt = issuedAt.truncatedTo(ChronoUnit.SECONDS);
    expiresAt = expiresAt.truncatedTo(ChronoUnit.SECONDS);
    BundleEntry.requireName(clusterName);
    requireCount("epoch", epoch);
    requireCount("sequence", sequence);
    requireCount("rootVersion", rootVersion);
    if (!issuedAt.isBefore(expiresAt)) {
      throw new IllegalArgumentException("a statement expires after it was issued");
    }
    if (previous.isPresent() && previous.get().sequence() >= sequence) {
      throw new IllegalArgumentException("the previous statement has a smaller sequence");
    }
    if (bundles.isEmpty() != (intent == Intent.CLEAR)) {
      throw new IllegalArgumentException("the intent clear and no bundle go together");
    }
    Set<String> names = new HashSet<>();
    for (BundleEntry bundle : bundles) {
      if (!names.add(bundle.name())) {
        throw new IllegalArgumentException("a bundle is named twice");
      }
    }
    if (suspended.stream().map(Suspension::bundle).distinct().count() < suspended.size()) {
      throw new IllegalArgumentException("a bundle is suspended twice");
    }
    if (suspended.isEmpty() == critical.contains(Suspension.MEMBER)) {
      throw new IllegalArgumentException("what is suspended and its critical name go together");
    }
  }

  /** A statement that suspends nothing. */
  public Statement(
      String specVersion,
      List<String> critical,
      UUID fleet,
      UUID cluster,
      String clusterName,
      long epoch,
      long sequence,
      long rootVersion,
      Instant issuedAt,
      Instant expiresAt,
      Optional<Previous> previous,
      Intent intent,
      List<Deletion> deletions,
      List<BundleEntry> bundles,
      Digest index) {
    this(
        specVersion,
        critical,
        fleet,
        cluster,
        clusterName,
        epoch,
        sequence,
        rootVersion,
        issuedAt,
        expiresAt,
        previous,
        intent,
        deletions,
        bundles,
        index,
        List.of());
  }

  /** The same statement with bundles that its cluster leaves alone. */
  public Statement suspending(List<Suspension> wanted) {
    return new Statement(
        specVersion,
        wanted.isEmpty()
            ? critical
            : Stream.concat(critical.stream(), Stream.of(Suspension.MEMBER)).toList(),
        fleet,
        cluster,
        clusterName,
        epoch,
        sequence,
        rootVersion,
        issuedAt,
        expiresAt,
        previous,
        intent,
        deletions,
        bundles,
        index,
        wanted);
  }

  /** The canonical bytes (RFC 8785): the payload that is signed. */
  public byte[] bytes() {
    ObjectNode predicate = JsonNodeFactory.instance.objectNode();
    ArrayNode bundleNodes = predicate.putArray("bundles");
    bundles.forEach(bundle -> bundleNodes.add(bundle.toJson()));
    predicate.put("cluster", cluster.toString()).put("clusterName", clusterName);
    ArrayNode criticalNodes = predicate.putArray("critical");
    critical.forEach(criticalNodes::add);
    ArrayNode deletionNodes = predicate.putArray("deletions");
    deletions.forEach(deletion -> deletionNodes.add(deletion.toJson()));
    predicate
        .put("epoch", epoch)
        .put("expiresAt", expiresAt.toString())
        .put("fleet", fleet.toString());
    predicate.putObject("intent").put("kind", intent.word());
    predicate.put("issuedAt", issuedAt.toString());
    previous.ifPresent(
        before ->
            predicate
                .putObject("previous")
                .put("sequence", before.sequence())
                .put("sha256", before.payload().hex()));
    predicate
        .put("rootVersion", rootVersion)
        .put("sequence", sequence)
        .put("specVersion", specVersion);
    if (!suspended.isEmpty()) {
      ArrayNode suspendedNodes = predicate.putArray(Suspension.MEMBER);
      suspended.forEach(suspension -> suspendedNodes.add(suspension.toJson()));
    }

    ObjectNode json = JsonNodeFactory.instance.objectNode().put("_type", TYPE);
    json.set("predicate", predicate);
    json.put("predicateType", PREDICATE_TYPE);
    ObjectNode subject = json.putArray("subject").addObject();
    subject.putObject("digest").put("sha256", index.hex());
    subject.put("name", ObjectsIndex.NAME);
    return CanonicalJson.write(json);
  }

  /**
   * Reads a payload; the caller has checked its signatures. Version and critical members come
   * first, since everything after them may have changed its meaning. How many bundles and deletions
   * there may be is for {@link EnvelopeVerifier} to say.
   *
   * @throws VerificationException {@code StatementMalformed}, {@code SpecVersionUnsupported},
   *     {@code CriticalUnsupported} or {@code LimitExceeded}
   */
  public static Statement parse(byte[] payload) {
    if (payload.length > Limits.STATEMENT_BYTES) {
      throw new VerificationException(
          Reason.LIMIT_EXCEEDED,
          "the statement is larger than " + Limits.STATEMENT_BYTES + " bytes");
    }
    Members json = Members.ofDocument(payload, Reason.STATEMENT_MALFORMED);
    json.constant("_type", TYPE);
    json.constant("predicateType", PREDICATE_TYPE);
    Members predicate = json.object("predicate");
    String specVersion = predicate.text("specVersion");
    SpecVersion.require(specVersion);
    List<String> critical = predicate.texts("critical", Limits.LIST_ENTRIES);
    SpecVersion.requireKnown(critical);
    return Members.build(
        Reason.STATEMENT_MALFORMED,
        () ->
            new Statement(
                specVersion,
                critical,
                predicate.uuid("fleet"),
                predicate.uuid("cluster"),
                predicate.text("clusterName"),
                predicate.integer("epoch", 1, Limits.MAX_INTEGER),
                predicate.integer("sequence", 1, Limits.MAX_INTEGER),
                predicate.integer("rootVersion", 1, Limits.MAX_INTEGER),
                predicate.time("issuedAt"),
                predicate.time("expiresAt"),
                predicate
                    .optionalObject("previous")
                    .map(
                        before ->
                            new Previous(
                                before.integer("sequence", 1, Limits.MAX_INTEGER),
                                before.sha256("sha256"))),
                Intent.read(predicate.object("intent")),
                predicate.objects("deletions", Deletion::read),
                predicate.objects("bundles", BundleEntry::read),
                subject(json),
                predicate.has(Suspension.MEMBER)
                    ? predicate.objects(Suspension.MEMBER, Limits.BUNDLES, Suspension::read)
                    : List.of()));
  }

  private static Digest subject(Members json) {
    List<Digest> digests =
        json.objects(
            "subject",
            Limits.LIST_ENTRIES,
            subject -> {
              subject.constant("name", ObjectsIndex.NAME);
              return subject.digestSet("digest");
            });
    if (digests.size() != 1) {
      throw json.refuse("subject", "is not exactly one");
    }
    return digests.getFirst();
  }

  private static void requireCount(String what, long value) {
    if (value < 1 || value > Limits.MAX_INTEGER) {
      throw new IllegalArgumentException(what + " is not between 1 and " + Limits.MAX_INTEGER);
    }
  }
}
