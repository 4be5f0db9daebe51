package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Names;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/** Writes one object as its policy says, with what that takes. Safe for many threads. */
final class ObjectWriter {
  private static final Logger LOG = Logger.getLogger(ObjectWriter.class);

  /** How often one request is sent before it is left to the next pass. */
  private static final int ATTEMPTS = 4;

  /** How often fields are left out of one object; the API server names up to 50 at a time. */
  private static final int MERGES = 20;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** How long an object that is made anew may take to go before that is left to later passes. */
  private static final Duration GONE_WITHIN = Duration.ofSeconds(10);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  /**
   * What is written.
   *
   * @param body belongs to the call, which changes it
   * @param uid under which Towline knows the object; empty if it does not
   */
  record Call(
      ManifestEntry entry,
      String bundle,
      Account account,
      ApiResource resource,
      ObjectNode body,
      ApplyPolicy policy,
      Optional<String> uid) {
    ObjectRef ref() {
      return entry.ref();
    }

    /** Server-side apply takes two verbs: it patches what is there and creates what is not. */
    List<String> verbs() {
      if (policy.conflicts() == ApplyPolicy.Conflicts.IF_NOT_PRESENT) {
        return List.of("get", "create");
      }
      List<String> verbs = new ArrayList<>(List.of("patch", "create"));
      if (policy.recreateImmutable()) {
        verbs.addAll(List.of("get", "delete"));
      } else if (!policy.takeBackFrom().isEmpty()
          || policy.adopt() != ApplyPolicy.Adoption.ALWAYS) {
        verbs.add("get");
      }
      return verbs;
    }
  }

  private interface Request<T> {
    T send() throws KubeException, InterruptedException;
  }

  private final KubeApi api;
  private final Refusals refusals;
  private final Pace pace;

  ObjectWriter(KubeApi api, Pace pace) {
    this.api = api;
    this.refusals = new Refusals(api);
    this.pace = pace;
  }

  /**
   * Writes the object. Idempotent.
   *
   * @param correcting whether it is to be brought back: fields that somebody took are taken back,
   *     unless the policy leaves them to others
   */
  ObjectApplier.Result write(Call call, boolean correcting) throws InterruptedException {
    try {
      return writeWithNamespace(call, correcting);
    } catch (KubeException e) {
      return e.passing() ? unavailable(call.ref(), e) : refused(problem(call, e), e.retryAfter());
    }
  }

  private ObjectApplier.Result writeWithNamespace(Call call, boolean correcting)
      throws KubeException, InterruptedException {
    try {
      return writeOnce(call, correcting);
    } catch (KubeException e) {
      if (!call.policy().createNamespace() || !Refusals.isNamespaceMissing(e)) {
        throw e;
      }
    }
    Optional<ObjectProblem> problem = namespaceCreated(call);
    return problem.isPresent()
        ? refused(problem.get(), Optional.empty())
        : writeOnce(call, correcting);
  }

  private ObjectApplier.Result writeOnce(Call call, boolean correcting)
      throws KubeException, InterruptedException {
    return switch (call.policy().conflicts()) {
      case FAIL ->
          adopting(call, correcting ? KubeApi.ApplyMode.FORCE : KubeApi.ApplyMode.RESPECT, false);
      case FORCE -> adopting(call, KubeApi.ApplyMode.FORCE, false);
      case MERGE -> adopting(call, KubeApi.ApplyMode.RESPECT, true);
      case IF_NOT_PRESENT -> persistently(() -> createIfAbsent(call));
      case IGNORE -> new ObjectApplier.Result.Left(Optional.empty());
    };
  }

  /** Creates the namespace of an object; somebody else may have done so in between. */
  private Optional<ObjectProblem> namespaceCreated(Call call)
      throws KubeException, InterruptedException {
    String name = call.ref().namespace();
    ObjectNode namespace =
        KubeTransport.MAPPER.createObjectNode().put("apiVersion", "v1").put("kind", "Namespace");
    namespace.putObject("metadata").put("name", name);
    try {
      api.create(
          call.account(),
          "/api/v1/namespaces?fieldManager=" + Names.FIELD_MANAGER,
          ObjectBody.write(namespace));
      LOG.infof("created namespace %s for %s", name, call.ref());
    } catch (KubeException e) {
      if (e.code() == 403) {
        return Optional.of(
            new ObjectProblem(
                call.ref(),
                Reason.FORBIDDEN,
                call.account() + " may not create namespace " + name));
      }
      if (e.code() != 409) {
        throw e;
      }
    }
    return Optional.empty();
  }

  /** Applies an object that is Towline's, or may become so. */
  private ObjectApplier.Result adopting(Call call, KubeApi.ApplyMode mode, boolean merging)
      throws KubeException, InterruptedException {
    Optional<ObjectProblem> anothers = anothers(call);
    if (anothers.isPresent()) {
      return refused(anothers.get(), Optional.empty());
    }
    Set<String> managers = Set.copyOf(call.policy().takeBackFrom());
    if (!managers.isEmpty()) {
      persistently(() -> tookBack(call, managers));
    }
    return merging ? merge(call) : apply(call, mode);
  }

  /** Why the object may not be taken over; empty if it may, or is Towline's already. */
  private Optional<ObjectProblem> anothers(Call call) throws KubeException, InterruptedException {
    ApplyPolicy.Adoption adopt = call.policy().adopt();
    if (adopt == ApplyPolicy.Adoption.ALWAYS || call.uid().isPresent()) {
      return Optional.empty();
    }
    Optional<JsonNode> live = persistently(() -> find(call));
    if (live.isEmpty() || Pruner.isOurs(live.get(), call.bundle())) {
      // The process ended between asking for the apply and hearing the answer.
      return Optional.empty();
    }
    Optional<String> owner = ForeignOwner.of(live.get(), call.body());
    if (adopt == ApplyPolicy.Adoption.IF_UNOWNED && owner.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ObjectProblem(
            call.ref(),
            Reason.OBJECT_EXISTS,
            "exists already, "
                + owner.orElseGet(() -> ForeignOwner.writers(live.get()))
                + ", and apply.adopt is "
                + adopt.word()));
  }

  /** Takes back what those managers own; false if they own nothing. */
  private boolean tookBack(Call call, Set<String> managers)
      throws KubeException, InterruptedException {
    ObjectRef ref = call.ref();
    Optional<JsonNode> live = find(call);
    Optional<ArrayNode> fields = live.flatMap(object -> FieldOwnership.takenBack(object, managers));
    if (live.isEmpty() || fields.isEmpty()) {
      return false;
    }
    ObjectNode patch = KubeTransport.MAPPER.createObjectNode();
    patch
        .putObject("metadata")
        .put("resourceVersion", KubeApi.Applied.of(live.get(), false).resourceVersion())
        .set("managedFields", fields.get());
    api.patch(
        call.account(), call.resource(), ref.namespace(), ref.name(), ObjectBody.write(patch));
    return true;
  }

  private ObjectApplier.Result apply(Call call, KubeApi.ApplyMode mode)
      throws KubeException, InterruptedException {
    try {
      return new ObjectApplier.Result.Applied(send(call, mode), true);
    } catch (KubeException e) {
      return tookBackOwn(call, e)
          ? new ObjectApplier.Result.Applied(send(call, mode), true)
          : recreatedOr(call, e, mode);
    }
  }

  /** What was created under ifNotPresent is Towline's, though by no apply. */
  private boolean tookBackOwn(Call call, KubeException e)
      throws KubeException, InterruptedException {
    return !e.contestedFields().isEmpty() && persistently(() -> tookBack(call, Set.of()));
  }

  private KubeApi.Applied send(Call call, KubeApi.ApplyMode mode)
      throws KubeException, InterruptedException {
    ObjectRef ref = call.ref();
    String body = ObjectBody.write(call.body());
    return persistently(
        () -> api.apply(call.account(), call.resource(), ref.namespace(), ref.name(), body, mode));
  }

  /** Leaves out what the API server says is another's, until the rest is taken. */
  private ObjectApplier.Result merge(Call call) throws KubeException, InterruptedException {
    boolean whole = true;
    for (int round = 0; ; round++) {
      try {
        return new ObjectApplier.Result.Applied(send(call, KubeApi.ApplyMode.RESPECT), whole);
      } catch (KubeException e) {
        List<String> contested = e.contestedFields();
        if (contested.isEmpty()) {
          return recreatedOr(call, e, KubeApi.ApplyMode.RESPECT);
        }
        if (round == 0 && tookBackOwn(call, e)) {
          continue;
        }
        if (round == MERGES || !ContestedFields.remove(call.body(), contested)) {
          throw e;
        }
        whole = false;
      }
    }
  }

  private ObjectApplier.Result createIfAbsent(Call call)
      throws KubeException, InterruptedException {
    ObjectRef ref = call.ref();
    Optional<JsonNode> live = find(call);
    if (live.isEmpty()) {
      // Created, not applied: an apply would change what somebody makes in between.
      return new ObjectApplier.Result.Applied(
          KubeApi.Applied.of(
              api.create(
                  call.account(),
                  call.resource().collectionPath(ref.namespace())
                      + "?fieldValidation=Strict&fieldManager="
                      + Names.FIELD_MANAGER,
                  ObjectBody.write(call.body())),
              true),
          true);
    }
    String uid = KubeApi.Applied.of(live.get(), false).uid();
    boolean ours =
        call.uid().map(uid::equals).orElseGet(() -> Pruner.isOurs(live.get(), call.bundle()));
    return new ObjectApplier.Result.Left(ours ? Optional.of(uid) : Optional.empty());
  }

  private ObjectApplier.Result recreatedOr(Call call, KubeException e, KubeApi.ApplyMode mode)
      throws KubeException, InterruptedException {
    if (e.passing() || !call.policy().recreateImmutable()) {
      throw e;
    }
    ObjectProblem problem = problem(call, e);
    if (problem.reason() != Reason.IMMUTABLE_FIELD) {
      return refused(problem, e.retryAfter());
    }
    Optional<String> held = deleted(call);
    return held.isPresent()
        ? refused(
            new ObjectProblem(
                problem.object(), problem.reason(), held.get() + ": " + problem.message()),
            Optional.empty())
        : new ObjectApplier.Result.Applied(send(call, mode), true);
  }

  /**
   * Deletes an object that is to be made anew, and waits until it is gone. Whoever is interrupted
   * in between finds nothing next time and creates it.
   *
   * @return why it is still there; empty if it is gone
   */
  private Optional<String> deleted(Call call) throws KubeException, InterruptedException {
    ObjectRef ref = call.ref();
    if (KindOrder.isProtected(ref)) {
      return Optional.of("a " + ref.kind() + " is never deleted to be made anew");
    }
    Optional<String> uid = uidOf(find(call));
    if (uid.isEmpty()) {
      return Optional.empty();
    }
    if (!uid.equals(call.uid())) {
      return Optional.of("it is not Towline's, and is not deleted to be made anew");
    }
    LOG.infof("%s is deleted and made anew: a field changed that cannot be changed", ref);
    persistently(
        () -> api.delete(call.account(), call.resource(), ref.namespace(), ref.name(), uid.get()));
    Instant deadline = pace.clock().instant().plus(GONE_WITHIN);
    while (uidOf(find(call)).equals(uid)) {
      if (pace.clock().instant().isAfter(deadline)) {
        return Optional.of("it is being deleted to be made anew, and waits for its finalizers");
      }
      pace.sleeper().sleep(BETWEEN_LOOKS);
    }
    return Optional.empty();
  }

  private Optional<JsonNode> find(Call call) throws KubeException, InterruptedException {
    ObjectRef ref = call.ref();
    try {
      return Optional.of(api.get(call.account(), call.resource(), ref.namespace(), ref.name()));
    } catch (KubeException e) {
      if (e.notFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Optional<String> uidOf(Optional<JsonNode> live) {
    return live.map(object -> KubeApi.Applied.of(object, false).uid());
  }

  /** Sends again what may well succeed a little later. */
  private <T> T persistently(Request<T> request) throws KubeException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return request.send();
      } catch (KubeException e) {
        if (!e.passing() || attempt >= ATTEMPTS || e.code() == KubeException.UNREACHABLE) {
          throw e;
        }
        Duration own = pace.backoff(FIRST_PAUSE, LONGEST_PAUSE, attempt);
        pace.sleeper().sleep(e.retryAfter().filter(asked -> asked.compareTo(own) > 0).orElse(own));
      }
    }
  }

  private ObjectProblem problem(Call call, KubeException e) throws InterruptedException {
    return refusals.ofApply(
        call.account(),
        call.resource(),
        call.entry(),
        call.verbs(),
        ObjectBody.write(call.body()),
        e);
  }

  private static ObjectApplier.Result refused(ObjectProblem problem, Optional<Duration> retry) {
    return new ObjectApplier.Result.Refused(problem, false, retry);
  }

  static ObjectApplier.Result unavailable(ObjectRef ref, KubeException e) {
    String message =
        e.code() == KubeException.UNREACHABLE
            ? "the API server does not answer"
            : "the API server answered " + e.code() + " " + e.statusReason();
    return new ObjectApplier.Result.Refused(
        new ObjectProblem(ref, Reason.API_SERVER_UNAVAILABLE, message.trim()),
        e.code() == KubeException.UNREACHABLE,
        e.retryAfter());
  }
}
