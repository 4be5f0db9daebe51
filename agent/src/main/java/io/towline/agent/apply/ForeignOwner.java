package io.towline.agent.apply;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.vocabulary.Names;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Tells by the marks on a live object who else manages it. Pure. */
final class ForeignOwner {
  private static final int MAX_TEXT = 200;
  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** A label or an annotation that a tool leaves on what it manages. */
  private record Mark(String kind, String name, String tool) {}

  private static final List<Mark> MARKS =
      List.of(
          new Mark("annotations", "meta.helm.sh/release-name", "the Helm release"),
          new Mark("annotations", "argocd.argoproj.io/tracking-id", "Argo CD's"),
          new Mark("labels", "kustomize.toolkit.fluxcd.io/name", "the Flux Kustomization"),
          new Mark("labels", "helm.toolkit.fluxcd.io/name", "the Flux HelmRelease"),
          new Mark("annotations", "objectset.rio.cattle.io/id", "Fleet's"),
          new Mark("annotations", "config.k8s.io/owning-inventory", "the inventory"));

  /** People, and not tools that would write again. */
  private static final Set<String> PEOPLE = Set.of("kubectl", Names.FIELD_MANAGER);

  private ForeignOwner() {}

  /**
   * Who manages the object.
   *
   * @param wanted the body in Git: a mark that stands there too is no sign of somebody else
   * @return for people, for example {@code the Helm release shop}; empty if nobody is seen
   */
  static Optional<String> of(JsonNode live, JsonNode wanted) {
    JsonNode metadata = live.path("metadata");
    for (JsonNode reference : metadata.path("ownerReferences")) {
      return text(
          "its owner " + reference.path("kind").asText(""), reference.path("name").asText(""));
    }
    for (Mark mark : MARKS) {
      String value = metadata.path(mark.kind()).path(mark.name()).asText("");
      if (!value.isEmpty()) {
        return text(mark.tool(), value);
      }
    }
    String by = metadata.path("labels").path(MANAGED_BY).asText("");
    if (!by.isEmpty()
        && !by.equals(wanted.path("metadata").path("labels").path(MANAGED_BY).asText(""))) {
      return text(MANAGED_BY, by);
    }
    for (JsonNode entry : metadata.path("managedFields")) {
      String manager = entry.path("manager").asText("");
      if (entry.path("operation").asText("").equals("Apply") && !PEOPLE.contains(manager)) {
        return text("the field manager", manager);
      }
    }
    return Optional.empty();
  }

  /** Who wrote the object's fields, whoever that is. */
  static String writers(JsonNode live) {
    Set<String> managers = new TreeSet<>();
    for (JsonNode entry : live.path("metadata").path("managedFields")) {
      managers.add(entry.path("manager").asText(""));
    }
    return shortened("written by " + String.join(", ", managers));
  }

  private static Optional<String> text(String who, String name) {
    return Optional.of(shortened("managed by " + who + " " + name));
  }

  private static String shortened(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }
}
