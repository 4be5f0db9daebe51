package io.towline.hub.resolve;

import io.towline.hub.git.FileTree;
import io.towline.hub.git.GitException;
import io.towline.hub.resolve.DeclarationFile.Documents;
import io.towline.hub.resolve.DeclarationFile.Unreadable;
import io.towline.hub.resolve.SourceDeclarations.Bundle;
import io.towline.hub.resolve.SourceDeclarations.Cluster;
import io.towline.vocabulary.Names;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/** Finds and reads the declarations of one source. For one use. */
final class SourceReader {
  /** More bundles than these in one source are a mistake, or an attack. */
  static final int MAX_BUNDLES = 5_000;

  /** More Cluster files than these in one source are a mistake, or an attack. */
  static final int MAX_CLUSTER_FILES = 50_000;

  private static final List<Glob> CLUSTER_FILES =
      List.of(Glob.of("clusters/**/*.yaml"), Glob.of("clusters/**/*.yml"));

  /** Orders directly after every path below a directory. */
  private static final char AFTER_SLASH = '/' + 1;

  /** What every declaration holds as text. */
  private static final String MARK = Names.DECLARATION_API_VERSION.split("/", 2)[0];

  private final SourceSnapshot snapshot;
  private final FileTree files;
  private final DeclarationFile reader;
  private final List<Problem> problems = new ArrayList<>();
  private FleetDeclaration fleet = FleetDeclaration.NONE;
  private boolean sound = true;

  SourceReader(SourceSnapshot snapshot, DeclarationSchema schema) {
    this.snapshot = snapshot;
    this.files = snapshot.files();
    this.reader = new DeclarationFile(schema);
  }

  SourceDeclarations read() {
    List<FileTree.Entry> entries = files.list("");
    boolean fleetFile = readFleet();
    List<FileTree.Entry> declarations =
        entries.stream()
            .filter(entry -> SourcePath.name(entry.path()).equals(Names.DECLARATION_FILE))
            .filter(entry -> !(fleetFile && entry.path().equals(Names.DECLARATION_FILE)))
            .toList();
    List<FileTree.Entry> clusterFiles =
        entries.stream()
            .filter(entry -> CLUSTER_FILES.stream().anyMatch(glob -> glob.matches(entry.path())))
            .toList();
    if (declarations.size() > MAX_BUNDLES || clusterFiles.size() > MAX_CLUSTER_FILES) {
      return tooMany();
    }
    List<Bundle> bundles = bundles(declarations);
    List<Cluster> clusters = new ArrayList<>();
    for (FileTree.Entry entry : clusterFiles) {
      readClusters(entry, clusters);
    }
    problems.sort(
        Comparator.comparing(Problem::file)
            .thenComparingInt(Problem::line)
            .thenComparingInt(Problem::column));
    return new SourceDeclarations(snapshot.source(), sound, bundles, clusters, problems);
  }

  private SourceDeclarations tooMany() {
    return new SourceDeclarations(
        snapshot.source(),
        false,
        List.of(),
        List.of(),
        List.of(
            new Problem(
                "",
                "",
                0,
                0,
                "",
                Reason.LIMIT_EXCEEDED,
                "a source may hold at most %d bundles and %d Cluster files"
                    .formatted(MAX_BUNDLES, MAX_CLUSTER_FILES))));
  }

  /** Reads the file at the root; tells whether it is not a bundle's. */
  private boolean readFleet() {
    Optional<FileTree.Entry> root = files.entry(Names.DECLARATION_FILE);
    if (root.isEmpty()) {
      return false;
    }
    return switch (DeclarationFile.read(files, root.get())) {
      case Unreadable(Problem problem) -> fleetIsWrong(List.of(problem));
      case Documents(List<YamlDocument> documents) when documents.size() != 1 ->
          fleetIsWrong(List.of(notOneDocument(Names.DECLARATION_FILE, documents)));
      case Documents(List<YamlDocument> documents) -> readFleet(documents.getFirst());
    };
  }

  private boolean fleetIsWrong(List<Problem> found) {
    sound = false;
    problems.addAll(found);
    return true;
  }

  private boolean readFleet(YamlDocument document) {
    Optional<DeclarationKind> kind = DeclarationFile.kind(document);
    if (kind.isEmpty()) {
      return fleetIsWrong(DeclarationFile.unknownKind(Names.DECLARATION_FILE, document).problems());
    }
    if (kind.get() != DeclarationKind.FLEET) {
      return false;
    }
    Findings findings = reader.check(Names.DECLARATION_FILE, document, DeclarationKind.FLEET);
    fleet = FleetReader.read(document.root(), findings);
    sound = findings.isEmpty();
    problems.addAll(findings.problems());
    return true;
  }

  private List<Bundle> bundles(List<FileTree.Entry> declarations) {
    NavigableSet<String> directories = new TreeSet<>();
    declarations.forEach(entry -> directories.add(SourcePath.parent(entry.path())));
    List<Bundle> bundles = new ArrayList<>();
    for (FileTree.Entry entry : declarations) {
      String directory = SourcePath.parent(entry.path());
      if (fleet.selects(directory, entry.path())) {
        bundle(entry, directory, below(directory, directories)).ifPresent(bundles::add);
      }
    }
    return bundles;
  }

  private static List<String> below(String directory, NavigableSet<String> directories) {
    return directory.isEmpty()
        ? List.copyOf(directories.tailSet("", false))
        : List.copyOf(directories.subSet(directory + "/", directory + AFTER_SLASH));
  }

  /** Empty if the file declares a cluster. */
  private Optional<Bundle> bundle(FileTree.Entry entry, String directory, List<String> nested) {
    return switch (DeclarationFile.read(files, entry)) {
      case Unreadable(Problem problem) -> {
        problems.add(problem);
        yield Optional.of(wrong(entry, directory, Optional.empty()));
      }
      case Documents(List<YamlDocument> documents) when declareClusters(entry, documents) ->
          Optional.empty();
      case Documents(List<YamlDocument> documents) when documents.size() != 1 -> {
        problems.add(notOneDocument(entry.path(), documents));
        yield Optional.of(wrong(entry, directory, Optional.empty()));
      }
      case Documents(List<YamlDocument> documents) ->
          Optional.of(bundle(entry, directory, nested, documents.getFirst()));
    };
  }

  private static boolean declareClusters(FileTree.Entry entry, List<YamlDocument> documents) {
    return CLUSTER_FILES.stream().anyMatch(glob -> glob.matches(entry.path()))
        && !documents.isEmpty()
        && documents.stream()
            .map(DeclarationFile::kind)
            .allMatch(kind -> kind.isPresent() && kind.get() == DeclarationKind.CLUSTER);
  }

  private Bundle bundle(
      FileTree.Entry entry, String directory, List<String> nested, YamlDocument document) {
    Optional<String> name = DeclarationFile.name(document);
    Optional<DeclarationKind> kind = DeclarationFile.kind(document);
    if (kind.isEmpty()) {
      problems.addAll(DeclarationFile.unknownKind(entry.path(), document).problems());
      return wrong(entry, directory, name);
    }
    if (kind.get() != DeclarationKind.BUNDLE) {
      Findings findings = new Findings(entry.path(), document, "");
      findings.value(
          "/kind",
          kind.get() == DeclarationKind.FLEET
              ? "a Fleet file stands at the root of a source only"
              : "a Cluster file stands below clusters/ only");
      problems.addAll(findings.problems());
      return wrong(entry, directory, Optional.empty());
    }
    Findings findings = reader.check(entry.path(), document, DeclarationKind.BUNDLE);
    Optional<BundleDeclaration> declaration =
        new BundleReader(snapshot.revision(), files, fleet, directory, nested, findings)
            .read(document.root());
    problems.addAll(findings.problems());
    return new Bundle(directory, entry.path(), name, declaration, Optional.of(document));
  }

  private static Bundle wrong(FileTree.Entry entry, String directory, Optional<String> name) {
    return new Bundle(directory, entry.path(), name, Optional.empty(), Optional.empty());
  }

  private static Problem notOneDocument(String file, List<YamlDocument> documents) {
    Position place = documents.size() < 2 ? Position.START : documents.get(1).valueAt("");
    return new Problem(
        "",
        file,
        place.line(),
        place.column(),
        "",
        Reason.DECLARATION_INVALID,
        documents.isEmpty()
            ? "the file is empty"
            : "this file declares one thing; a second document begins here");
  }

  private void readClusters(FileTree.Entry entry, List<Cluster> clusters) {
    switch (DeclarationFile.read(files, entry)) {
      case Unreadable(Problem problem) -> {
        if (mentionsTowline(entry)) {
          problems.add(problem);
          clusters.add(
              new Cluster(entry.path(), Optional.empty(), Optional.empty(), Position.START));
        }
      }
      case Documents(List<YamlDocument> documents) -> {
        for (YamlDocument document : documents) {
          readCluster(entry.path(), document, clusters);
        }
      }
    }
  }

  /** Other tools keep files below clusters/ too, and not all of them are YAML. */
  private boolean mentionsTowline(FileTree.Entry entry) {
    try {
      return new String(files.read(entry, Yaml.MAX_BYTES), StandardCharsets.UTF_8).contains(MARK);
    } catch (GitException e) {
      return false;
    }
  }

  private void readCluster(String file, YamlDocument document, List<Cluster> clusters) {
    if (!DeclarationFile.isDeclaration(document)) {
      return;
    }
    Optional<DeclarationKind> kind = DeclarationFile.kind(document);
    boolean bundleFile = SourcePath.name(file).equals(Names.DECLARATION_FILE);
    if (kind.isPresent() && kind.get() != DeclarationKind.CLUSTER) {
      if (!bundleFile) {
        Findings findings = new Findings(file, document, "");
        findings.value("/kind", "a " + kind.get().word() + " stands in a towline.yaml");
        problems.addAll(findings.problems());
      }
      return;
    }
    if (kind.isEmpty()) {
      if (!bundleFile) {
        problems.addAll(DeclarationFile.unknownKind(file, document).problems());
        clusters.add(
            new Cluster(file, DeclarationFile.name(document), Optional.empty(), Position.START));
      }
      return;
    }
    cluster(file, document, clusters);
  }

  private void cluster(String file, YamlDocument document, List<Cluster> clusters) {
    if (!snapshot.declaresClusters()) {
      Findings findings = new Findings(file, document, "");
      findings.value(
          "/kind",
          "source "
              + snapshot.source()
              + " may not declare clusters; the hub's configuration says which may");
      problems.addAll(findings.problems());
      return;
    }
    Findings findings = reader.check(file, document, DeclarationKind.CLUSTER);
    Optional<String> name = DeclarationFile.name(document);
    ClusterDeclaration declaration =
        new ClusterDeclaration(
            snapshot.source(),
            file,
            name.orElse(""),
            SelectorReader.labels(document.root().path("labels"), "/labels", findings),
            DeclaredSuspension.read(document.root(), findings));
    problems.addAll(findings.problems());
    clusters.add(
        new Cluster(
            file,
            name,
            findings.isEmpty() ? Optional.of(declaration) : Optional.empty(),
            document.valueAt("/name")));
  }
}
