package io.towline.hub.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.FileTree.Entry;
import io.towline.hub.git.GitException;
import io.towline.hub.render.KustomizationFields.Field;
import io.towline.hub.render.KustomizationSpot.Document;
import io.towline.hub.resolve.DeclarationException;
import io.towline.hub.resolve.Position;
import io.towline.hub.resolve.Yaml;
import io.towline.hub.resolve.YamlDocument;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads kustomizations before kustomize does, from an overlay down to every base, and finds exactly
 * the files that the build can read. Everything that would lead out of the commit, fetch something
 * or run something is a problem with its place; so is a field that it does not know. One for each
 * scan; one thread.
 */
final class KustomizationScan {
  /** How deep kustomizations may name one another. */
  static final int DEEPEST = 50;

  /** How many kustomizations one build may consist of. */
  static final int MOST_KUSTOMIZATIONS = 1_000;

  private static final List<String> FILE_NAMES =
      List.of("kustomization.yaml", "kustomization.yml", "Kustomization");
  private static final Yaml YAML = Yaml.ofManifests(new KubectlScalars());

  /** The key that a generated member gets, in front of its file. */
  private static final Pattern KEYED_FILE = Pattern.compile("^[-._a-zA-Z0-9]*=");

  private static final String FUNCTION_ANNOTATION_END = "/function";

  private final FileTree tree;
  private final int mostFiles;
  private final Problems problems;
  private final SortedMap<String, Entry> files = new TreeMap<>();
  private final Set<String> secretFiles = new HashSet<>();
  private final List<String> secretTexts = new ArrayList<>();
  private final Set<String> visited = new HashSet<>();
  private final SortedMap<String, KustomizationSpot> named = new TreeMap<>();
  private @Nullable String rootFile;

  KustomizationScan(FileTree tree, int mostFiles, Problems problems) {
    this.tree = tree;
    this.mostFiles = mostFiles;
    this.problems = problems;
  }

  /**
   * Scans from one directory down.
   *
   * @param directory from the root of the source
   * @throws RenderException with all that is refused
   */
  ScannedFiles scan(String directory) {
    kustomization(directory, List.of(), Optional.empty());
    problems.refuseIfAny();
    String root = Objects.requireNonNullElse(rootFile, directory);
    return new ScannedFiles(root, files, secretFiles, secretTexts, named, beside());
  }

  private SortedMap<String, Entry> beside() {
    SortedMap<String, Entry> beside = SealedBeside.candidates(tree, visited, files.keySet());
    if (files.size() + beside.size() > mostFiles) {
      throw problems.fatal(
          Reason.LIMIT_EXCEEDED,
          Objects.requireNonNullElse(rootFile, ""),
          "more than " + mostFiles + " files lie in or beside the kustomizations");
    }
    return beside;
  }

  private void kustomization(
      String directory, List<String> above, Optional<KustomizationSpot> from) {
    boolean cycle = above.stream().anyMatch(upper -> isAtOrAbove(directory, upper));
    if (cycle) {
      complain(
          Reason.RENDER_REFUSED,
          from,
          directory,
          "the kustomizations name one another in a circle");
      return;
    }
    if (visited.contains(directory)) {
      return;
    }
    visited.add(directory);
    if (above.size() >= DEEPEST || visited.size() > MOST_KUSTOMIZATIONS) {
      throw problems.fatal(
          Reason.LIMIT_EXCEEDED,
          directory,
          "at most %d kustomizations, %d deep, make a build"
              .formatted(MOST_KUSTOMIZATIONS, DEEPEST));
    }
    Optional<Entry> entry = kustomizationFile(directory, from);
    if (entry.isPresent()) {
      take(entry.get());
      rootFile = rootFile == null ? entry.get().path() : rootFile;
      List<YamlDocument> documents = read(entry.get());
      if (documents.size() == 1 && documents.getFirst().root() instanceof ObjectNode root) {
        List<String> stack = new ArrayList<>(above);
        stack.add(directory);
        Document document =
            new Document(entry.get().path(), directory, documents.getFirst(), stack);
        fields(new KustomizationSpot(document, "", root));
      } else if (problems.count() == 0) {
        problems.add(
            Reason.BUILD_FAILED, entry.get().path(), "a kustomization is one map, in one document");
      }
    }
  }

  private Optional<Entry> kustomizationFile(String directory, Optional<KustomizationSpot> from) {
    List<Entry> found = new ArrayList<>();
    for (String name : FILE_NAMES) {
      switch (SourcePath.follow(tree, directory, name)) {
        case SourcePath.File file -> found.add(file.entry());
        case SourcePath.Refused refused -> {
          complain(Reason.RENDER_REFUSED, from, directory + "/" + name, refused.why());
          return Optional.empty();
        }
        case SourcePath.Directory there -> {}
        case SourcePath.Nothing nothing -> {}
      }
    }
    if (found.size() == 1) {
      return Optional.of(found.getFirst());
    }
    complain(
        Reason.BUILD_FAILED,
        from,
        directory,
        found.isEmpty()
            ? "there is no kustomization.yaml in " + shown(directory)
            : "there are several kustomization files in " + shown(directory));
    return Optional.empty();
  }

  private void fields(KustomizationSpot kustomization) {
    for (Map.Entry<String, JsonNode> member : kustomization.value().properties()) {
      KustomizationSpot spot = kustomization.member(member.getKey());
      Field field = KustomizationFields.OF_KUSTOMIZATION.get(member.getKey());
      if (field == null) {
        refuse(spot, "the field " + member.getKey() + " is not one that a kustomization may have");
      } else if (!spot.value().isNull()) {
        field(spot, field, member.getKey());
      }
    }
  }

  private void field(KustomizationSpot spot, Field field, String name) {
    switch (field) {
      case SETTING -> {}
      case RESOURCES -> texts(spot).forEach(this::resource);
      case COMPONENTS -> texts(spot).forEach(this::component);
      case FILES -> texts(spot).forEach(this::file);
      case FILES_OR_INLINE -> texts(spot).forEach(this::fileOrInline);
      case OPENAPI -> texts(spot.member("path")).forEach(this::file);
      case PATHS -> maps(spot, KustomizationFields.OF_PATH_ENTRY).forEach(this::pathEntry);
      case GENERATORS ->
          maps(spot, KustomizationFields.OF_GENERATOR)
              .forEach(item -> generator(item, name.equals("secretGenerator")));
      case PLUGINS -> texts(spot).forEach(this::plugin);
      case HELM ->
          refuse(spot, "a kustomization may not use Helm charts, which would be fetched and run");
    }
  }

  private void resource(KustomizationSpot spot) {
    switch (follow(spot, spot.value().textValue())) {
      case SourcePath.File file -> takeBelow(spot, file.entry());
      case SourcePath.Directory directory ->
          kustomization(directory.path(), spot.document().above(), Optional.of(spot));
      case SourcePath.Nothing nothing -> missing(spot, nothing);
      case SourcePath.Refused refused -> refuse(spot, refused.why());
    }
  }

  private void component(KustomizationSpot spot) {
    switch (follow(spot, spot.value().textValue())) {
      case SourcePath.Directory directory ->
          kustomization(directory.path(), spot.document().above(), Optional.of(spot));
      case SourcePath.File file -> fail(spot, "a component is a directory, not a file");
      case SourcePath.Nothing nothing -> missing(spot, nothing);
      case SourcePath.Refused refused -> refuse(spot, refused.why());
    }
  }

  private void file(KustomizationSpot spot) {
    requiredFile(spot, spot.value().textValue());
  }

  private Optional<Entry> requiredFile(KustomizationSpot spot, String path) {
    switch (follow(spot, path)) {
      case SourcePath.File file -> {
        return takeBelow(spot, file.entry());
      }
      case SourcePath.Directory directory -> fail(spot, "this is a directory, not a file");
      case SourcePath.Nothing nothing -> missing(spot, nothing);
      case SourcePath.Refused refused -> refuse(spot, refused.why());
    }
    return Optional.empty();
  }

  /** kustomize tries the file first, and what is no file is the patch itself. */
  private void fileOrInline(KustomizationSpot spot) {
    String text = spot.value().textValue();
    if (!isInline(text)) {
      file(spot);
    }
  }

  private void pathEntry(KustomizationSpot entry) {
    texts(entry.member("path")).forEach(this::file);
  }

  private void generator(KustomizationSpot generator, boolean secret) {
    for (KustomizationSpot spot : texts(generator.member("files"))) {
      requiredFile(spot, KEYED_FILE.matcher(spot.value().textValue()).replaceFirst(""))
          .filter(entry -> secret)
          .ifPresent(entry -> secretFiles.add(entry.path()));
    }
    List<KustomizationSpot> environments = new ArrayList<>(texts(generator.member("envs")));
    environments.addAll(texts(generator.member("env")));
    for (KustomizationSpot spot : environments) {
      requiredFile(spot, spot.value().textValue())
          .filter(entry -> secret)
          .ifPresent(entry -> secretFiles.add(entry.path()));
    }
    if (secret) {
      for (KustomizationSpot literal : texts(generator.member("literals"))) {
        String text = literal.value().textValue();
        secretTexts.add(text);
        secretTexts.add(text.substring(text.indexOf('=') + 1));
      }
    }
  }

  /** Only built-in plugins run, and their configuration is looked through for files as well. */
  private void plugin(KustomizationSpot spot) {
    String text = spot.value().textValue();
    if (isInline(text)) {
      List<YamlDocument> documents =
          parse(text.getBytes(StandardCharsets.UTF_8), spot.document().file(), Optional.of(spot));
      documents.forEach(d -> pluginConfiguration(spot, d, spot.document().file()));
      return;
    }
    switch (follow(spot, text)) {
      case SourcePath.File file ->
          takeBelow(spot, file.entry())
              .ifPresent(
                  entry -> read(entry).forEach(d -> pluginConfiguration(spot, d, entry.path())));
      case SourcePath.Directory directory ->
          refuse(spot, "name the files with plugin configurations one by one, not their directory");
      case SourcePath.Nothing nothing -> missing(spot, nothing);
      case SourcePath.Refused refused -> refuse(spot, refused.why());
    }
  }

  private void pluginConfiguration(KustomizationSpot from, YamlDocument document, String file) {
    JsonNode root = document.root();
    if (root.isNull()) {
      return;
    }
    String kind = root.path("kind").asText();
    boolean builtIn =
        root.path("apiVersion").asText().equals("builtin")
            && KustomizationFields.BUILT_IN_PLUGINS.contains(kind);
    boolean function =
        root.path("metadata").path("annotations").properties().stream()
            .anyMatch(annotation -> annotation.getKey().endsWith(FUNCTION_ANNOTATION_END));
    if (!builtIn || function) {
      refuse(
          from,
          (kind.isEmpty() ? "this" : kind)
              + " is not one of kustomize's built-in plugins, and no other program is run");
      return;
    }
    boolean inline = file.equals(from.document().file());
    Document described =
        inline
            ? from.document()
            : new Document(file, from.document().directory(), document, from.document().above());
    KustomizationSpot spot = new KustomizationSpot(described, inline ? from.pointer() : "", root);
    KustomizationFields.OF_PLUGIN_FILES.forEach(
        (name, field) -> {
          if (root.hasNonNull(name)) {
            field(spot.member(name), field, name);
          }
        });
    if (kind.equals("ConfigMapGenerator") || kind.equals("SecretGenerator")) {
      generator(spot, kind.equals("SecretGenerator"));
    }
  }

  private SourcePath follow(KustomizationSpot spot, String written) {
    return SourcePath.follow(tree, spot.document().directory(), written);
  }

  /** kustomize's own rule (LoadRestrictionsRootOnly), told with its place and before the build. */
  private Optional<Entry> takeBelow(KustomizationSpot spot, Entry entry) {
    String directory = spot.document().directory();
    if (!directory.isEmpty() && !entry.path().startsWith(directory + "/")) {
      refuse(
          spot,
          "a kustomization names only files beside or below it; "
              + "give that file a kustomization of its own and name its directory");
      return Optional.empty();
    }
    take(entry);
    named.putIfAbsent(entry.path(), spot);
    return Optional.of(entry);
  }

  private void take(Entry entry) {
    files.put(entry.path(), entry);
    if (files.size() > mostFiles) {
      throw problems.fatal(
          Reason.LIMIT_EXCEEDED, entry.path(), "the build reads more than " + mostFiles + " files");
    }
  }

  private List<YamlDocument> read(Entry entry) {
    try {
      return parse(tree.read(entry, Yaml.MAX_BYTES), entry.path(), Optional.empty());
    } catch (GitException e) {
      problems.add(e.reason(), entry.path(), String.valueOf(e.getMessage()));
      return List.of();
    }
  }

  private List<YamlDocument> parse(byte[] bytes, String file, Optional<KustomizationSpot> inline) {
    try {
      return YAML.read(bytes);
    } catch (DeclarationException e) {
      Position at = inline.map(KustomizationSpot::at).orElse(e.position());
      Reason reason = e.reason() == Reason.LIMIT_EXCEEDED ? e.reason() : Reason.BUILD_FAILED;
      problems.add(reason, file, at, "", String.valueOf(e.getMessage()));
      return List.of();
    }
  }

  /** A list of texts, or a single one; anything else kustomize refuses too. */
  private List<KustomizationSpot> texts(KustomizationSpot spot) {
    if (spot.value().isMissingNode() || spot.value().isNull()) {
      return List.of();
    }
    List<KustomizationSpot> candidates =
        spot.value() instanceof ArrayNode ? spot.items() : List.of(spot);
    List<KustomizationSpot> texts = new ArrayList<>();
    for (KustomizationSpot candidate : candidates) {
      if (candidate.value().isTextual() && !candidate.value().textValue().isBlank()) {
        texts.add(candidate);
      } else {
        fail(candidate, "a text should stand here");
      }
    }
    return texts;
  }

  private List<KustomizationSpot> maps(KustomizationSpot spot, Set<String> members) {
    List<KustomizationSpot> maps = new ArrayList<>();
    List<KustomizationSpot> candidates =
        spot.value() instanceof ArrayNode ? spot.items() : List.of(spot);
    for (KustomizationSpot candidate : candidates) {
      if (!(candidate.value() instanceof ObjectNode map)) {
        fail(candidate, "a map should stand here");
        continue;
      }
      for (Map.Entry<String, JsonNode> member : map.properties()) {
        if (!members.contains(member.getKey())) {
          refuse(
              candidate.member(member.getKey()),
              "the field " + member.getKey() + " is not one that may stand here");
        }
      }
      maps.add(candidate);
    }
    return maps;
  }

  private static boolean isInline(String text) {
    return text.indexOf('\n') >= 0 || text.startsWith("{") || text.startsWith("[");
  }

  private static boolean isAtOrAbove(String directory, String other) {
    return directory.isEmpty() || directory.equals(other) || other.startsWith(directory + "/");
  }

  private static String shown(String directory) {
    return directory.isEmpty() ? "the root of the source" : directory;
  }

  private void missing(KustomizationSpot spot, SourcePath.Nothing nothing) {
    fail(spot, nothing.path() + " is neither a file nor a directory of the source");
  }

  private void fail(KustomizationSpot spot, String message) {
    complain(Reason.BUILD_FAILED, Optional.of(spot), spot.document().file(), message);
  }

  private void refuse(KustomizationSpot spot, String message) {
    complain(Reason.RENDER_REFUSED, Optional.of(spot), spot.document().file(), message);
  }

  private void complain(
      Reason reason, Optional<KustomizationSpot> spot, String file, String message) {
    if (spot.isPresent()) {
      Document document = spot.get().document();
      problems.add(
          reason, document.file(), spot.get().at(), Problems.field(spot.get().pointer()), message);
    } else {
      problems.add(reason, file, message);
    }
  }
}
