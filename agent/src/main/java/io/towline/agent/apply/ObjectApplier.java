package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.agent.unseal.UnsealException;
import io.towline.agent.unseal.Unsealer;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Applies one object, for a pass and for a correction alike. Holds one body at a time per call, and
 * lets no more calls in than the configuration allows. Safe for many threads.
 */
public final class ObjectApplier {
  /** How often one apply is sent before it is left to the next pass. */
  private static final int ATTEMPTS = 4;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** An object and what it takes to apply it. */
  public record Task(ManifestEntry entry, String bundle, Policy policy) {}

  /** What an apply came to. */
  public sealed interface Result {
    /** The API server took it. */
    record Applied(KubeApi.Applied live) implements Result {}

    /**
     * It was refused or could not be tried.
     *
     * @param unreachable whether the API server did not answer at all
     */
    record Refused(ObjectProblem problem, boolean unreachable, Optional<Duration> retryAfter)
        implements Result {}
  }

  private final KubeApi api;
  private final Discovery discovery;
  private final BodyReader bodies;
  private final Unsealer unsealer;
  private final Refusals refusals;
  private final Accounts accounts;
  private final Pace pace;
  private final Semaphore calls;
  private final Semaphore bytes;
  private final int bytesInFlight;

  public ObjectApplier(
      KubeApi api,
      Discovery discovery,
      BodyReader bodies,
      Unsealer unsealer,
      Accounts accounts,
      ApplyConfig config,
      Pace pace) {
    this.api = api;
    this.discovery = discovery;
    this.bodies = bodies;
    this.unsealer = unsealer;
    this.refusals = new Refusals(api);
    this.accounts = accounts;
    this.pace = pace;
    this.calls = new Semaphore(config.inFlight(), true);
    this.bytesInFlight = config.bytesInFlight();
    this.bytes = new Semaphore(bytesInFlight, true);
  }

  /** Applies an object as its bundle's policy says about conflicts. */
  public Result apply(Task task) throws InterruptedException {
    return apply(
        task,
        switch (task.policy().apply().conflicts()) {
          case FAIL -> KubeApi.ApplyMode.RESPECT;
          case FORCE -> KubeApi.ApplyMode.FORCE;
        });
  }

  /** Applies an object in that mode. Idempotent. */
  public Result apply(Task task, KubeApi.ApplyMode mode) throws InterruptedException {
    int weight = (int) Math.min(Math.max(task.entry().size(), 1), bytesInFlight);
    calls.acquire();
    try {
      bytes.acquire(weight);
      try {
        return applyNow(task, mode);
      } finally {
        bytes.release(weight);
      }
    } finally {
      calls.release();
    }
  }

  /**
   * The body as it is applied, for comparing. Of a sealed object it is opened anew each time, and
   * is not to be kept.
   *
   * @throws UnsealException if it is sealed and cannot be opened
   */
  public ObjectNode body(Task task) throws IOException {
    return ObjectBody.read(bodies, unsealer, task.entry(), task.bundle());
  }

  /** What the live object would be if it were applied now; nothing is changed. */
  public JsonNode dryRun(Task task) throws IOException, KubeException, InterruptedException {
    ObjectRef ref = task.entry().ref();
    ApiResource resource =
        discovery.find(ref).orElseThrow(() -> new IOException(ref + " is of an unknown kind"));
    return api.applyDry(
        accounts.of(task.policy().apply().serviceAccount()),
        resource,
        ref.namespace(),
        ref.name(),
        ObjectBody.write(body(task)));
  }

  private Result applyNow(Task task, KubeApi.ApplyMode mode) throws InterruptedException {
    ObjectRef ref = task.entry().ref();
    Account account;
    String body;
    Optional<ApiResource> resource;
    try {
      account = accounts.of(task.policy().apply().serviceAccount());
      resource = discovery.find(ref);
      if (resource.isEmpty()) {
        return new Result.Refused(unknownKind(ref), false, Optional.empty());
      }
      body = ObjectBody.write(body(task));
    } catch (IllegalArgumentException e) {
      return refused(ref, Reason.APPLY_FAILED, "the policy names no usable service account");
    } catch (IOException e) {
      return refused(ref, Reason.OBJECT_MISSING, "the kept body of the object cannot be read");
    } catch (VerificationException e) {
      return refused(ref, e.reason(), "the object is not well-formed");
    } catch (UnsealException e) {
      return refused(ref, e.reason(), String.valueOf(e.getMessage()));
    } catch (KubeException e) {
      return unavailable(ref, e);
    }
    return send(task.entry(), account, resource.get(), body, mode);
  }

  private Result send(
      ManifestEntry entry,
      Account account,
      ApiResource resource,
      String body,
      KubeApi.ApplyMode mode)
      throws InterruptedException {
    ObjectRef ref = entry.ref();
    for (int attempt = 1; ; attempt++) {
      try {
        return new Result.Applied(
            api.apply(account, resource, ref.namespace(), ref.name(), body, mode));
      } catch (KubeException e) {
        if (!e.passing()) {
          return new Result.Refused(
              refusals.ofApply(account, resource, entry, body, e), false, e.retryAfter());
        }
        if (attempt >= ATTEMPTS || e.code() == KubeException.UNREACHABLE) {
          return unavailable(ref, e);
        }
        pace.sleeper().sleep(pause(e, attempt));
      }
    }
  }

  private Duration pause(KubeException e, int attempt) {
    Duration own = pace.backoff(FIRST_PAUSE, LONGEST_PAUSE, attempt);
    return e.retryAfter().filter(asked -> asked.compareTo(own) > 0).orElse(own);
  }

  private static Result unavailable(ObjectRef ref, KubeException e) {
    String message =
        e.code() == KubeException.UNREACHABLE
            ? "the API server does not answer"
            : "the API server answered " + e.code() + " " + e.statusReason();
    return new Result.Refused(
        new ObjectProblem(ref, Reason.API_SERVER_UNAVAILABLE, message.trim()),
        e.code() == KubeException.UNREACHABLE,
        e.retryAfter());
  }

  static ObjectProblem unknownKind(ObjectRef ref) {
    return new ObjectProblem(
        ref,
        Reason.KIND_UNKNOWN,
        "the cluster serves no " + ref.kind() + " in " + ref.apiVersion());
  }

  private static Result refused(ObjectRef ref, Reason reason, String message) {
    return new Result.Refused(new ObjectProblem(ref, reason, message), false, Optional.empty());
  }
}
