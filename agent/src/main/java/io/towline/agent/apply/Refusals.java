package io.towline.agent.apply;

import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Reason;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Says why the API server refused an object, in the words of {@link Reason}. Where code and reason
 * of the answer leave it open, it asks the API server, once, instead of reading its prose.
 */
final class Refusals {
  private static final int MAX_NAMED = 5;
  private static final Pattern LIST_ELEMENT = Pattern.compile("\\[[^\\]=]*=");

  private final KubeApi api;
  private final Rights rights;

  Refusals(KubeApi api) {
    this.api = api;
    this.rights = new Rights(api);
  }

  /**
   * Why a write was refused.
   *
   * @param verbs that it takes
   * @param body what was to be applied, for the question whether it could be created anew
   */
  ObjectProblem ofApply(
      Account account,
      ApiResource resource,
      ManifestEntry entry,
      List<String> verbs,
      String body,
      KubeException e)
      throws InterruptedException {
    Reason reason = reasonOfApply(account, resource, entry.ref(), verbs, body, e);
    return new ObjectProblem(
        entry.ref(), reason, message(account, resource, entry, verbs, reason, e));
  }

  private Reason reasonOfApply(
      Account account,
      ApiResource resource,
      ObjectRef ref,
      List<String> verbs,
      String body,
      KubeException e)
      throws InterruptedException {
    if (!e.contestedFields().isEmpty()) {
      return Reason.FIELD_CONFLICT;
    }
    if (e.passing()) {
      return Reason.API_SERVER_UNAVAILABLE;
    }
    return switch (e.code()) {
      case 401 -> Reason.FORBIDDEN;
      case 403 ->
          e.causes().stream().anyMatch(c -> c.reason().equals("NamespaceTerminating"))
              ? Reason.NAMESPACE_MISSING
              : mayAll(account, resource, ref, verbs) ? Reason.ADMISSION_DENIED : Reason.FORBIDDEN;
      case 404 -> isNamespaceMissing(e) ? Reason.NAMESPACE_MISSING : Reason.KIND_UNKNOWN;
      case 400 -> e.statusReason().isEmpty() ? Reason.ADMISSION_DENIED : Reason.APPLY_FAILED;
      case 422 ->
          isPolicyDenial(e)
              ? Reason.ADMISSION_DENIED
              : couldBeCreated(account, resource, ref, body)
                  ? Reason.IMMUTABLE_FIELD
                  : Reason.APPLY_FAILED;
      default -> Reason.APPLY_FAILED;
    };
  }

  /** Whether the object was refused because its namespace does not exist. */
  static boolean isNamespaceMissing(KubeException e) {
    return e.code() == 404 && e.detailsKind().equals("namespaces");
  }

  /** Why a deletion was refused. */
  static Reason ofDelete(KubeException e) {
    if (e.passing()) {
      return Reason.API_SERVER_UNAVAILABLE;
    }
    return e.code() == 401 || e.code() == 403 ? Reason.FORBIDDEN : Reason.PRUNE_FAILED;
  }

  /** A ValidatingAdmissionPolicy answers Invalid with a cause that names neither field nor type. */
  private static boolean isPolicyDenial(KubeException e) {
    return !e.causes().isEmpty()
        && e.causes().stream().allMatch(c -> c.field().isEmpty() && c.reason().isEmpty());
  }

  private boolean mayAll(Account account, ApiResource resource, ObjectRef ref, List<String> verbs)
      throws InterruptedException {
    for (String verb : verbs) {
      if (!may(account, resource, ref, verb)) {
        return false;
      }
    }
    return true;
  }

  private boolean may(Account account, ApiResource resource, ObjectRef ref, String verb)
      throws InterruptedException {
    try {
      return rights.may(
          account,
          new Rights.Right(verb, resource.group(), resource.plural(), ref.namespace(), ref.name()));
    } catch (KubeException e) {
      return false;
    }
  }

  /**
   * An object that is refused as a change but would be welcome as a new one was changed where it
   * cannot be. Asked by a dry run under the same name in a request that must create.
   */
  private boolean couldBeCreated(Account account, ApiResource resource, ObjectRef ref, String body)
      throws InterruptedException {
    try {
      api.create(account, resource.collectionPath(ref.namespace()) + "?dryRun=All", body);
      return false;
    } catch (KubeException e) {
      // Validation comes before the storage finds that the name is taken.
      return e.code() == 409;
    }
  }

  private static String message(
      Account account,
      ApiResource resource,
      ManifestEntry entry,
      List<String> verbs,
      Reason reason,
      KubeException e) {
    ObjectRef ref = entry.ref();
    if (reason == Reason.FIELD_CONFLICT && entry.sealed()) {
      return e.causes().stream()
          .limit(MAX_NAMED)
          .map(c -> withoutKeys(c.field()) + ": " + c.message())
          .collect(Collectors.joining("; "));
    }
    if (reason == Reason.FIELD_CONFLICT) {
      return e.causes().stream()
          .limit(MAX_NAMED)
          .map(c -> c.field() + ": " + c.message())
          .collect(Collectors.joining("; "));
    }
    if (reason == Reason.FORBIDDEN && isImpersonationDenial(account, resource, e)) {
      return "the agent may not act as "
          + account
          + ": the cluster's owner lists it in rbac.impersonate of the agent's chart";
    }
    if (reason == Reason.FORBIDDEN) {
      return account
          + " may not "
          + String.join(" and ", verbs)
          + " "
          + resource.qualifiedName()
          + (ref.namespace().isEmpty() ? "" : " in namespace " + ref.namespace());
    }
    if (ObjectBody.isSecret(entry)) {
      return withoutValues(e);
    }
    return e.getMessage() == null ? "HTTP " + e.code() : e.getMessage();
  }

  /** The answer is then about the account, and not about what was to be applied. */
  private static boolean isImpersonationDenial(
      Account account, ApiResource resource, KubeException e) {
    return account.user().isPresent()
        && e.detailsKind().equals("serviceaccounts")
        && !resource.plural().equals("serviceaccounts");
  }

  /**
   * Elements of a list are named by values, {@code .env[name="x"]}; members of a map by their keys,
   * {@code data[tls.crt]}, which are no secret.
   */
  private static String withoutKeys(String field) {
    Matcher element = LIST_ELEMENT.matcher(field);
    return element.find() ? field.substring(0, element.start()) : field;
  }

  /** The API server's prose may repeat a value: of a Secret only codes and fields are told. */
  private static String withoutValues(KubeException e) {
    List<String> fields =
        e.causes().stream()
            .limit(MAX_NAMED)
            .map(c -> (withoutKeys(c.field()) + " " + c.reason()).trim())
            .filter(s -> !s.isEmpty())
            .toList();
    return "the API server answered "
        + e.code()
        + (e.statusReason().isEmpty() ? "" : " " + e.statusReason())
        + (fields.isEmpty() ? "" : ": " + String.join(", ", fields));
  }
}
