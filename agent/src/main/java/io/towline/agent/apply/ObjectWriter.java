package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Names;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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
      return policy.recreateImmutable()
          ? List.of("get", "patch", "create", "delete")
          : List.of("patch", "create");
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
      return switch (call.policy().conflicts()) {
        case FAIL -> apply(call, correcting ? KubeApi.ApplyMode.FORCE : KubeApi.ApplyMode.RESPECT);
        case FORCE -> apply(call, KubeApi.ApplyMode.FORCE);
        case MERGE -> merge(call);
        case IF_NOT_PRESENT -> persistently(() -> createIfAbsent(call));
        case IGNORE -> new ObjectApplier.Result.Left(Optional.empty());
      };
    } catch (KubeException e) {
      return e.passing() ? unavailable(call.ref(), e) : refused(problem(call, e), e.retryAfter());
    }
  }

  private ObjectApplier.Result apply(Call call, KubeApi.ApplyMode mode)
      throws KubeException, InterruptedException {
    try {
      return new ObjectApplier.Result.Applied(send(call, mode), true);
    } catch (KubeException e) {
      return recreatedOr(call, e, mode);
    }
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
    for (int round = 0; ; round++) {
      try {
        return new ObjectApplier.Result.Applied(send(call, KubeApi.ApplyMode.RESPECT), round == 0);
      } catch (KubeException e) {
        List<String> contested = e.contestedFields();
        if (contested.isEmpty()) {
          return recreatedOr(call, e, KubeApi.ApplyMode.RESPECT);
        }
        if (round == MERGES || !ContestedFields.remove(call.body(), contested)) {
          throw e;
        }
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
