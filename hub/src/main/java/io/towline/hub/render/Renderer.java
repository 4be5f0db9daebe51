package io.towline.hub.render;

import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.Policy;
import io.towline.hub.git.FileTree;
import io.towline.hub.git.FileTree.Entry;
import io.towline.hub.git.GitException;
import io.towline.hub.resolve.RenderInput;
import io.towline.hub.resolve.Yaml;
import io.towline.vocabulary.Names;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Turns the files of a bundle into the objects that a cluster gets. Equal inputs give equal bytes,
 * whenever and wherever they are rendered. Thread-safe; meant to be called from virtual threads.
 */
public final class Renderer {
  /** Part of every key: to be raised whenever equal files shall give other bytes than before. */
  private static final int FORM = 1;

  /** Kinds of Towline's own files, which lie among manifests and are not meant for a cluster. */
  private static final Set<String> DECLARATIONS = Set.of("Bundle", "Cluster", "Fleet");

  private final RenderConfig config;
  private final Confinement confinement;
  private final KustomizeProgram kustomize;

  /**
   * Makes a renderer. Finds out what confinement the machine allows, and deletes what an earlier
   * process of this hub left in the scratch directory.
   *
   * @param scratch a directory for this hub alone; made when it is missing
   * @param searchPath where kustomize and the programs that confine it are looked for
   * @throws UncheckedIOException if the scratch directory cannot be used
   */
  public Renderer(RenderConfig config, Path scratch, List<Path> searchPath) {
    this.config = config;
    this.confinement = Confinement.probe(searchPath);
    this.kustomize = new KustomizeProgram(config, scratch, searchPath, confinement);
    try {
      Scratch.sweep(scratch);
    } catch (IOException e) {
      throw new UncheckedIOException("the scratch directory of renders cannot be used", e);
    }
  }

  /** The directories of a PATH, in its order. */
  public static List<Path> searchPath(String path) {
    return Stream.of(path.split(":", -1))
        .filter(part -> part.startsWith("/"))
        .map(Path::of)
        .toList();
  }

  /** For the log at the start: how kustomize is confined on this machine. */
  public String confinement() {
    return confinement.description();
  }

  /**
   * Renders one bundle.
   *
   * @param tree the files of the commit
   * @param input which of them, and how
   * @param policy goes into the manifest as it is
   * @throws RenderException with every problem found: MANIFEST_INVALID, RENDER_REFUSED,
   *     BUILD_FAILED, RENDERER_MISSING, RENDER_LIMIT_EXCEEDED or LIMIT_EXCEEDED
   */
  public RenderedBundle render(FileTree tree, RenderInput input, Policy policy) {
    Problems problems = new Problems(input.bundle());
    Assembly assembly = new Assembly(input, problems);
    return switch (input.form()) {
      case RenderInput.Plain plain ->
          assembly.assemble(plain(tree, input, plain, problems), policy, List.of());
      case RenderInput.Kustomize form -> {
        KustomizeProgram.Found program = kustomize.find(form.path(), problems);
        ScannedFiles scanned = scan(tree, form, problems);
        SealedBeside sealed = new SealedBeside(tree, problems);
        sealed.refuseNamed(scanned);
        problems.refuseIfAny();
        byte[] output = kustomize.build(program, tree, scanned, form.path(), problems);
        List<Manifest> manifests = new ArrayList<>(built(scanned.root(), output, problems));
        manifests.addAll(sealed.find(scanned));
        yield assembly.assemble(manifests, policy, List.of(program.tool()));
      }
    };
  }

  /**
   * A key that is equal when, and only when, the render would read the same: the input, the policy,
   * the version of what renders, and path, mode and content of every file that it can read. Costs
   * no render; kustomizations are read, manifests are not.
   *
   * @throws RenderException when what may be read cannot be told: RENDER_REFUSED, BUILD_FAILED,
   *     RENDERER_MISSING or LIMIT_EXCEEDED
   */
  public Digest inputKey(FileTree tree, RenderInput input, Policy policy) {
    Problems problems = new Problems(input.bundle());
    List<String> words = new ArrayList<>();
    words.add("render/" + FORM);
    words.add(new BundleManifest(input.bundle(), List.of(), policy).digest().hex());
    words.add(input.directory());
    words.add(input.namespace().orElse(""));
    Collection<Entry> files =
        switch (input.form()) {
          case RenderInput.Plain plain -> {
            List<Entry> chosen = choose(tree, input, plain, problems);
            problems.refuseIfAny();
            words.add("plain");
            yield chosen;
          }
          case RenderInput.Kustomize form -> {
            words.add(kustomize.find(form.path(), problems).tool());
            words.add(form.path());
            ScannedFiles scanned = scan(tree, form, problems);
            List<Entry> read = new ArrayList<>(scanned.files().values());
            read.addAll(new SealedBeside(tree, problems).looked(scanned));
            problems.refuseIfAny();
            yield read;
          }
        };
    for (Entry file : files) {
      words.add(file.path());
      words.add(file.kind().name());
      words.add(file.contentId());
    }
    return digest(words);
  }

  /** A patch or a generator may have made something of a sealed file that nobody opens any more. */
  private static List<Manifest> built(String root, byte[] output, Problems problems) {
    List<Manifest> manifests = new ManifestReader(root, false, problems).read(output);
    for (Manifest manifest : manifests) {
      if (manifest.sealed()) {
        problems.add(
            Reason.SEALED_FILE_TOUCHED,
            manifest,
            "",
            "kustomize wrote a sealed file anew; name it nowhere: a sealed file beside a"
                + " kustomization goes to the cluster as it is");
      }
    }
    problems.refuseIfAny();
    return manifests;
  }

  private List<Manifest> plain(
      FileTree tree, RenderInput input, RenderInput.Plain form, Problems problems) {
    List<Manifest> manifests = new ArrayList<>();
    for (Entry file : choose(tree, input, form, problems)) {
      byte[] bytes;
      try {
        bytes = tree.read(file, Yaml.MAX_BYTES);
      } catch (GitException e) {
        problems.add(e.reason(), file.path(), String.valueOf(e.getMessage()));
        continue;
      }
      new ManifestReader(file.path(), true, problems)
          .read(bytes).stream().filter(m -> !isDeclaration(m)).forEach(manifests::add);
    }
    return manifests;
  }

  private List<Entry> choose(
      FileTree tree, RenderInput input, RenderInput.Plain form, Problems problems) {
    return new BundleFiles(tree, config.files()).choose(input, form, problems);
  }

  private ScannedFiles scan(FileTree tree, RenderInput.Kustomize form, Problems problems) {
    return new KustomizationScan(tree, config.files(), problems).scan(form.path());
  }

  private static boolean isDeclaration(Manifest manifest) {
    return Manifest.text(manifest.object(), "apiVersion")
            .filter(Names.DECLARATION_API_VERSION::equals)
            .isPresent()
        && Manifest.text(manifest.object(), "kind").filter(DECLARATIONS::contains).isPresent();
  }

  /** Lengths keep apart what would otherwise run together. */
  private static Digest digest(List<String> words) {
    MessageDigest hasher = Digest.hasher();
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
      hasher.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
      hasher.update(bytes);
    }
    return Digest.ofHash(hasher.digest());
  }
}
