package io.towline.hub.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.ApplyPolicy;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectPolicy;
import io.towline.envelope.ObjectRef;
import io.towline.vocabulary.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Decides whether what was read is an object that can be applied by server-side apply, and brings
 * it into the form in which it is signed. The object of each manifest is changed in place.
 *
 * <p>Dropped without a word, because kubectl's users never meant them: {@code status}, which only
 * controllers write, and of the metadata {@code creationTimestamp}, {@code generation}, {@code
 * selfLink}, {@code deletionTimestamp} and {@code deletionGracePeriodSeconds}, which the API server
 * ignores, and labels or annotations that are null. Refused, because they would bind the object to
 * one that lived once: {@code uid}, {@code resourceVersion} and {@code managedFields}.
 */
final class ObjectCheck {
  /** The annotation that puts an object into a wave. */
  static final String WAVE_ANNOTATION = "towline.io/wave";

  /** Argo CD's annotation of the same meaning. */
  static final String ARGO_WAVE_ANNOTATION = "argocd.argoproj.io/sync-wave";

  /** The annotation that says what happens to fields of others in this object alone. */
  static final String CONFLICTS_ANNOTATION = "towline.io/conflicts";

  /** The annotation that lets this object be deleted and made anew where it cannot be changed. */
  static final String RECREATE_ANNOTATION = "towline.io/recreate";

  /** Labels and annotations that begin so are Towline's. */
  private static final String OWN_PREFIX = "towline.io/";

  private static final Set<String> OWN_ANNOTATIONS =
      Set.of(WAVE_ANNOTATION, CONFLICTS_ANNOTATION, RECREATE_ANNOTATION);

  private static final Map<String, ApplyPolicy.Conflicts> CONFLICTS =
      Arrays.stream(ApplyPolicy.Conflicts.values())
          .collect(Collectors.toMap(ApplyPolicy.Conflicts::word, Function.identity()));

  private static final Map<String, Boolean> TRUTHS = Map.of("false", false, "true", true);

  private static final Pattern API_VERSION =
      Pattern.compile(
          "([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
              + "[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern KIND = Pattern.compile("[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?");
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern WHOLE_NUMBER = Pattern.compile("-?[0-9]{1,9}");
  private static final int LONGEST_NAME = 253;
  private static final int LONGEST_LABEL = 63;

  private static final List<String> BOUND_TO_A_LIVE_OBJECT =
      List.of("managedFields", "resourceVersion", "uid");
  private static final List<String> IGNORED_BY_THE_SERVER =
      List.of(
          "creationTimestamp",
          "deletionGracePeriodSeconds",
          "deletionTimestamp",
          "generation",
          "selfLink");

  private final Problems problems;

  ObjectCheck(Problems problems) {
    this.problems = problems;
  }

  /** An object that can be applied, but for its namespace. */
  record Named(
      Manifest manifest,
      String apiVersion,
      String kind,
      String name,
      int wave,
      ObjectPolicy policy) {
    ObjectNode object() {
      return manifest.object();
    }

    String group() {
      int slash = apiVersion.indexOf('/');
      return slash < 0 ? "" : apiVersion.substring(0, slash);
    }
  }

  /** Empty if the object is refused; then the problems say why. */
  Optional<Named> named(Manifest manifest) {
    int before = problems.count();
    if (!manifest.object().hasNonNull("apiVersion") && !manifest.object().hasNonNull("kind")) {
      refuse(
          manifest,
          "",
          "this is not a Kubernetes object: it has neither apiVersion nor kind; move it out of "
              + "the bundle, or name the bundle's files with manifests");
      return Optional.empty();
    }
    Optional<String> apiVersion = required(manifest, "apiVersion", API_VERSION);
    Optional<String> kind = required(manifest, "kind", KIND);
    if (apiVersion.isEmpty() || kind.isEmpty()) {
      return Optional.empty();
    }
    if (!(manifest.object().get("metadata") instanceof ObjectNode metadata)) {
      refuse(manifest, "/metadata", kind.get() + " has no metadata");
      return Optional.empty();
    }
    Optional<String> name = name(manifest, kind.get(), metadata);
    refuseLiveMetadata(manifest, metadata);
    checkTexts(manifest, metadata, "labels", Set.of());
    checkTexts(manifest, metadata, "annotations", OWN_ANNOTATIONS);
    int wave = wave(manifest, metadata);
    ObjectPolicy policy =
        new ObjectPolicy(
            oneOf(manifest, metadata, CONFLICTS_ANNOTATION, CONFLICTS),
            oneOf(manifest, metadata, RECREATE_ANNOTATION, TRUTHS));
    manifest.object().remove("status");
    IGNORED_BY_THE_SERVER.forEach(metadata::remove);
    if (name.isEmpty() || problems.count() > before) {
      return Optional.empty();
    }
    return Optional.of(new Named(manifest, apiVersion.get(), kind.get(), name.get(), wave, policy));
  }

  /**
   * Gives an object the namespace that it is applied to. One that names none gets the bundle's, or
   * {@code default} as with kubectl, when its kind has namespaces. A kind whose definition is
   * unknown here gets the bundle's too, unless the object writes {@code namespace: ""}, by which it
   * says that it has none.
   *
   * @return empty if it is refused
   */
  Optional<ObjectRef> placed(Named named, Scopes scopes, Optional<String> bundleNamespace) {
    Manifest manifest = named.manifest();
    ObjectNode metadata = (ObjectNode) named.object().get("metadata");
    JsonNode written = metadata.get("namespace");
    if (written != null && !written.isTextual() && !written.isNull()) {
      refuse(manifest, "/metadata/namespace", "the namespace must be a text");
      return Optional.empty();
    }
    String own = written == null || written.isNull() ? "" : written.textValue();
    if (!own.isEmpty() && (own.length() > LONGEST_LABEL || !NAMESPACE.matcher(own).matches())) {
      refuse(
          manifest,
          "/metadata/namespace",
          "a namespace has lower-case letters, digits and - only, at most " + LONGEST_LABEL);
      return Optional.empty();
    }
    boolean saysNone = written != null && written.isTextual() && own.isEmpty();
    String namespace =
        switch (scopes.of(named.group(), named.kind())) {
          case CLUSTER -> "";
          case NAMESPACED -> own.isEmpty() ? bundleNamespace.orElse("default") : own;
          case UNKNOWN -> own.isEmpty() && !saysNone ? bundleNamespace.orElse("") : own;
        };
    if (namespace.isEmpty() && !own.isEmpty()) {
      refuse(
          manifest,
          "/metadata/namespace",
          named.kind() + " " + named.name() + " is cluster-scoped; remove its namespace");
      return Optional.empty();
    }
    if (namespace.isEmpty()) {
      metadata.remove("namespace");
    } else {
      metadata.put("namespace", namespace);
    }
    return Optional.of(new ObjectRef(named.apiVersion(), named.kind(), namespace, named.name()));
  }

  private Optional<String> required(Manifest manifest, String member, Pattern form) {
    JsonNode value = manifest.object().get(member);
    if (value == null || value.isNull()) {
      refuse(manifest, "", "this is not a Kubernetes object: it has no " + member);
      return Optional.empty();
    }
    if (!value.isTextual() || !form.matcher(value.textValue()).matches()) {
      refuse(manifest, "/" + member, "this is not a valid " + member);
      return Optional.empty();
    }
    return Optional.of(value.textValue());
  }

  private Optional<String> name(Manifest manifest, String kind, ObjectNode metadata) {
    if (metadata.hasNonNull("generateName")) {
      refuse(
          manifest,
          "/metadata/generateName",
          "generateName would make another object at every apply; give the object a name");
      return Optional.empty();
    }
    metadata.remove("generateName");
    JsonNode name = metadata.get("name");
    if (name == null || name.isNull() || (name.isTextual() && name.textValue().isEmpty())) {
      refuse(manifest, "/metadata", kind + " has no metadata.name");
      return Optional.empty();
    }
    if (!name.isTextual()) {
      refuse(manifest, "/metadata/name", "a name is a text; quote it");
      return Optional.empty();
    }
    String text = name.textValue();
    if (text.length() > LONGEST_NAME) {
      refuse(manifest, "/metadata/name", "a name has at most " + LONGEST_NAME + " characters");
      return Optional.empty();
    }
    boolean segment =
        !text.equals(".")
            && !text.equals("..")
            && text.chars().noneMatch(c -> c == '/' || c == '%' || c <= ' ' || c >= 0x7F);
    if (!segment) {
      refuse(manifest, "/metadata/name", "this name cannot stand in an address of the API server");
      return Optional.empty();
    }
    return Optional.of(text);
  }

  private void refuseLiveMetadata(Manifest manifest, ObjectNode metadata) {
    for (String member : BOUND_TO_A_LIVE_OBJECT) {
      if (metadata.hasNonNull(member)) {
        refuse(
            manifest,
            "/metadata/" + member,
            member + " was copied from a live object and would tie this one to it; remove it");
      }
      metadata.remove(member);
    }
  }

  /** The API server wants texts; {@code on: true} is the mistake that everybody makes once. */
  private void checkTexts(Manifest manifest, ObjectNode metadata, String member, Set<String> ours) {
    JsonNode texts = metadata.get(member);
    if (texts == null) {
      return;
    }
    if (texts.isNull()) {
      metadata.remove(member);
      return;
    }
    if (!(texts instanceof ObjectNode map)) {
      refuse(manifest, "/metadata/" + member, member + " must be a map of texts");
      return;
    }
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String key = entry.getKey();
      String pointer = "/metadata/" + member + "/" + escape(key);
      if (!entry.getValue().isTextual()) {
        refuse(manifest, pointer, "the value of " + key + " is not a text; quote it");
      } else if (key.startsWith(OWN_PREFIX) && !ours.contains(key)) {
        refuse(manifest, pointer, key + " is set by Towline and cannot be set here");
      }
    }
  }

  private int wave(Manifest manifest, ObjectNode metadata) {
    Optional<Integer> own = wave(manifest, metadata, WAVE_ANNOTATION);
    Optional<Integer> argos = wave(manifest, metadata, ARGO_WAVE_ANNOTATION);
    if (own.isPresent() && argos.isPresent() && !own.equals(argos)) {
      refuse(
          manifest,
          "/metadata/annotations/" + escape(ARGO_WAVE_ANNOTATION),
          WAVE_ANNOTATION + " says another wave; remove one of the two");
    }
    return own.or(() -> argos).orElse(0);
  }

  private Optional<Integer> wave(Manifest manifest, ObjectNode metadata, String annotation) {
    JsonNode written = metadata.path("annotations").path(annotation);
    if (!written.isTextual()) {
      return Optional.empty();
    }
    if (WHOLE_NUMBER.matcher(written.textValue()).matches()) {
      int wave = Integer.parseInt(written.textValue());
      if (Math.abs(wave) <= ManifestEntry.MAX_WAVE) {
        return Optional.of(wave);
      }
    }
    refuse(
        manifest,
        "/metadata/annotations/" + escape(annotation),
        annotation + " is a whole number within plus and minus " + ManifestEntry.MAX_WAVE);
    return Optional.empty();
  }

  /** What an annotation says, if it is there: one of these words and no other. */
  private <T> Optional<T> oneOf(
      Manifest manifest, ObjectNode metadata, String annotation, Map<String, T> words) {
    JsonNode written = metadata.path("annotations").path(annotation);
    if (!written.isTextual()) {
      return Optional.empty();
    }
    Optional<T> value = Optional.ofNullable(words.get(written.textValue()));
    if (value.isEmpty()) {
      refuse(
          manifest,
          "/metadata/annotations/" + escape(annotation),
          annotation
              + " is one of "
              + words.keySet().stream().sorted().collect(Collectors.joining(", ")));
    }
    return value;
  }

  private void refuse(Manifest manifest, String pointer, String message) {
    problems.add(Reason.MANIFEST_INVALID, manifest, pointer, message);
  }

  private static String escape(String key) {
    return key.replace("~", "~0").replace("/", "~1");
  }
}
