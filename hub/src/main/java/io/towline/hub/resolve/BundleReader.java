package io.towline.hub.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.envelope.Limits;
import io.towline.envelope.Policy;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.Revision;
import io.towline.hub.resolve.BundleDeclaration.TargetRule;
import io.towline.hub.resolve.RenderInput.Form;
import io.towline.hub.resolve.RenderInput.Kustomize;
import io.towline.hub.resolve.RenderInput.Plain;
import io.towline.vocabulary.Names;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads one bundle's declaration; its findings are added to those of the schema. */
final class BundleReader {
  /** What Kustomize looks for in a directory, in its order. */
  static final List<String> KUSTOMIZATIONS =
      List.of("kustomization.yaml", "kustomization.yml", "Kustomization");

  /** More others than these are no order that a person could follow. */
  static final int MAX_DEPENDENCIES = Limits.LIST_ENTRIES;

  private final Revision revision;
  private final FileTree files;
  private final FleetDeclaration fleet;
  private final String directory;
  private final List<String> nested;
  private final Findings findings;

  /**
   * @param directory of the bundle
   * @param nested directories of bundles below it
   */
  BundleReader(
      Revision revision,
      FileTree files,
      FleetDeclaration fleet,
      String directory,
      List<String> nested,
      Findings findings) {
    this.revision = revision;
    this.files = files;
    this.fleet = fleet;
    this.directory = directory;
    this.nested = nested;
    this.findings = findings;
  }

  /** The declaration; empty when something is found against it. */
  Optional<BundleDeclaration> read(JsonNode root) {
    Optional<Form> form = form(root);
    List<TargetRule> targets = targets(root);
    BundleDeclaration bundle =
        new BundleDeclaration(
            revision,
            root.path("name").asText(""),
            directory,
            root.path("description").asText(""),
            SelectorReader.labels(root.path("labels"), "/labels", findings),
            namespace(root, ""),
            form.orElse(new Plain(List.of())),
            nested,
            targets,
            policy(root),
            ChangeWindow.read(root, "", "rollout", fleet.windows(), findings),
            ChangeWindow.read(root, "", "drift", fleet.correctionWindows(), findings),
            DeclaredSuspension.read(root, findings));
    return findings.isEmpty() && form.isPresent() ? Optional.of(bundle) : Optional.empty();
  }

  private Policy policy(JsonNode root) {
    Policy own = PolicyReader.read(root, "", fleet.defaults(), findings);
    return new Policy(own.apply(), dependencies(root), own.drift(), own.health(), own.prune());
  }

  /** Names of bundles; whether there are such is seen when all sources are joined. */
  private List<String> dependencies(JsonNode root) {
    List<String> names = new ArrayList<>();
    JsonNode list = root.path("dependsOn");
    if (list.size() > MAX_DEPENDENCIES) {
      findings.value("/dependsOn", "a bundle depends on at most " + MAX_DEPENDENCIES + " others");
      return names;
    }
    for (int i = 0; i < list.size(); i++) {
      String name = list.path(i).path("name").asText("");
      String pointer = Findings.item("/dependsOn", i) + "/name";
      if (name.equals(root.path("name").asText())) {
        findings.value(pointer, "a bundle cannot depend on itself");
      } else if (names.contains(name)) {
        findings.value(pointer, "this bundle is named twice");
      } else {
        names.add(name);
      }
    }
    return names;
  }

  private Optional<Form> form(JsonNode root) {
    if (root.has("kustomize")) {
      return kustomize(root.path("kustomize"), "/kustomize").map(Form.class::cast);
    }
    if (root.has("manifests")) {
      return Optional.of(plain(root.path("manifests")));
    }
    return Optional.of(
        hasKustomization(directory) ? new Kustomize(directory) : new Plain(List.of()));
  }

  private boolean hasKustomization(String where) {
    return KUSTOMIZATIONS.stream()
        .anyMatch(name -> files.entry(SourcePath.join(where, name)).isPresent());
  }

  private Form plain(JsonNode list) {
    List<Glob> globs = DeclarationFile.globs(list, "/manifests", findings);
    if (globs.size() == list.size()) {
      for (int i = 0; i < globs.size(); i++) {
        Glob glob = globs.get(i);
        if (ownFiles().stream().noneMatch(glob::matches)) {
          findings.value(Findings.item("/manifests", i), "no file of this bundle matches this");
        }
      }
    }
    return new Plain(globs.stream().map(Glob::toString).toList());
  }

  /** Relative to the bundle's directory, without its declaration. */
  private List<String> ownFiles() {
    int prefix = directory.isEmpty() ? 0 : directory.length() + 1;
    return files.list(directory).stream()
        .map(FileTree.Entry::path)
        .filter(path -> nested.stream().noneMatch(below -> SourcePath.isBelow(below, path)))
        .map(path -> path.substring(prefix))
        .filter(path -> !path.equals(Names.DECLARATION_FILE))
        .toList();
  }

  private Optional<Kustomize> kustomize(JsonNode block, String pointer) {
    JsonNode path = block.path("path");
    if (!path.isTextual()) {
      return Optional.empty();
    }
    String at = pointer + "/path";
    try {
      String where = SourcePath.resolve(directory, path.textValue());
      if (hasKustomization(where)) {
        return Optional.of(new Kustomize(where));
      }
      findings.value(at, missing(where));
    } catch (IllegalArgumentException e) {
      findings.value(at, DeclarationFile.sentence(e));
    }
    return Optional.empty();
  }

  private String missing(String where) {
    for (String path = where; !path.isEmpty(); path = SourcePath.parent(path)) {
      Optional<FileTree.Entry> entry = files.entry(path);
      if (entry.isPresent()) {
        return switch (entry.get().kind()) {
          case SYMLINK, SUBMODULE -> "this leads through a link, and links are not followed";
          case FILE, EXECUTABLE -> "this is a file; name the directory of its kustomization";
        };
      }
    }
    return files.list(where).isEmpty()
        ? "there is no such directory" + Nearest.hint(SourcePath.name(where), siblings(where))
        : "this directory holds no kustomization.yaml";
  }

  private List<String> siblings(String where) {
    String parent = SourcePath.parent(where);
    int prefix = parent.isEmpty() ? 0 : parent.length() + 1;
    return files.list(parent).stream()
        .map(entry -> entry.path().substring(prefix))
        .filter(path -> path.indexOf('/') > 0)
        .map(path -> path.substring(0, path.indexOf('/')))
        .distinct()
        .toList();
  }

  private Optional<String> namespace(JsonNode node, String pointer) {
    JsonNode namespace = node.path("namespace");
    if (!namespace.isTextual()) {
      return Optional.empty();
    }
    if (!LabelSyntax.isDnsLabel(namespace.textValue())) {
      findings.value(
          pointer + "/namespace",
          "a namespace has 1 to 63 lower-case letters, digits and -, and begins and ends with a"
              + " letter or digit");
    }
    return Optional.of(namespace.textValue());
  }

  private List<TargetRule> targets(JsonNode root) {
    List<TargetRule> targets = new ArrayList<>();
    Map<String, Integer> names = new TreeMap<>();
    JsonNode list = root.path("targets");
    for (int i = 0; i < list.size(); i++) {
      String pointer = Findings.item("/targets", i);
      JsonNode node = list.path(i);
      String name = node.path("name").asText("");
      Integer first = names.putIfAbsent(name, i);
      if (first != null && !name.isEmpty()) {
        findings.value(pointer + "/name", "targets[" + first + "] has this name already");
      }
      target(root, node, pointer, name).ifPresent(targets::add);
    }
    return targets;
  }

  private Optional<TargetRule> target(JsonNode root, JsonNode node, String pointer, String name) {
    Optional<ClusterSelector> clusters = clusters(node, pointer, "clusters");
    Optional<ClusterSelector> exclude = clusters(node, pointer, "exclude");
    Optional<Form> form = Optional.empty();
    if (node.has("kustomize")) {
      if (root.has("manifests")) {
        findings.key(
            pointer + "/kustomize",
            Reason.DECLARATION_INVALID,
            "a target of a bundle with manifests cannot choose a kustomization");
      }
      form = kustomize(node.path("kustomize"), pointer + "/kustomize").map(Form.class::cast);
    }
    Optional<String> namespace = namespace(node, pointer);
    Optional<Form> chosen = form;
    return clusters.map(selector -> new TargetRule(name, selector, exclude, namespace, chosen));
  }

  private Optional<ClusterSelector> clusters(JsonNode node, String pointer, String field) {
    return node.has(field)
        ? SelectorReader.clusters(
            node.path(field), pointer + "/" + field, fleet.clusterSets(), findings)
        : Optional.empty();
  }
}
