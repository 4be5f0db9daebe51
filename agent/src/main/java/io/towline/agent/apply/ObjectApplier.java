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
  /**
   * An object and what it takes to apply it.
   *
   * @param uid under which Towline knows the object; empty if it does not
   */
  public record Task(ManifestEntry entry, String bundle, Policy policy, Optional<String> uid) {}

  /** What an apply came to. */
  public sealed interface Result {
    /**
     * The API server took it.
     *
     * @param whole whether all of it: fields may have been left to their owners
     */
    record Applied(KubeApi.Applied live, boolean whole) implements Result {}

    /**
     * It was not written, as its policy says.
     *
     * @param uid of the live object if Towline made it; empty if it is somebody else's
     */
    record Left(Optional<String> uid) implements Result {}

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
  private final ObjectWriter writer;
  private final Accounts accounts;
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
    this.writer = new ObjectWriter(api, pace);
    this.accounts = accounts;
    this.calls = new Semaphore(config.inFlight(), true);
    this.bytesInFlight = config.bytesInFlight();
    this.bytes = new Semaphore(bytesInFlight, true);
  }

  /** Applies an object as its policy says. Idempotent. */
  public Result apply(Task task) throws InterruptedException {
    return write(task, false);
  }

  /** Brings an object back that is not as it was applied, as its policy says. Idempotent. */
  public Result correct(Task task) throws InterruptedException {
    return write(task, true);
  }

  private Result write(Task task, boolean correcting) throws InterruptedException {
    int weight = (int) Math.min(Math.max(task.entry().size(), 1), bytesInFlight);
    calls.acquire();
    try {
      bytes.acquire(weight);
      try {
        return writeNow(task, correcting);
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

  private Result writeNow(Task task, boolean correcting) throws InterruptedException {
    ObjectRef ref = task.entry().ref();
    Account account;
    ObjectNode body;
    Optional<ApiResource> resource;
    try {
      account = accounts.of(task.policy().apply().serviceAccount());
      resource = discovery.find(ref);
      if (resource.isEmpty()) {
        return new Result.Refused(unknownKind(ref), false, Optional.empty());
      }
      body = body(task);
    } catch (IllegalArgumentException e) {
      return refused(ref, Reason.APPLY_FAILED, "the policy names no usable service account");
    } catch (IOException e) {
      return refused(ref, Reason.OBJECT_MISSING, "the kept body of the object cannot be read");
    } catch (VerificationException e) {
      return refused(ref, e.reason(), "the object is not well-formed");
    } catch (UnsealException e) {
      return refused(ref, e.reason(), String.valueOf(e.getMessage()));
    } catch (KubeException e) {
      return ObjectWriter.unavailable(ref, e);
    }
    return writer.write(
        new ObjectWriter.Call(
            task.entry(),
            task.bundle(),
            account,
            resource.get(),
            body,
            task.policy().apply().of(task.entry().policy()),
            task.uid()),
        correcting);
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
