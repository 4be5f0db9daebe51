package io.towline.hub.render;

import io.towline.hub.git.FileTree;
import io.towline.hub.git.GitException;
import io.towline.hub.render.ConfinedProcess.Outcome;
import io.towline.hub.resolve.Yaml;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The real kustomize, run on nothing but the files that the scan found: in a fresh directory, with
 * an empty environment, confined as far as the machine allows, so many builds at once and no more.
 * Thread-safe.
 */
final class KustomizeProgram {
  private static final Pattern VERSION =
      Pattern.compile("v[0-9]+\\.[0-9]+\\.[0-9]+[-+.0-9a-zA-Z]*");

  /** Go's garbage collector works harder from this share of the memory limit on. */
  private static final double SOFT_MEMORY_SHARE = 0.75;

  /** A shell's way of telling that a signal ended a program. */
  private static final int SIGNALLED = 128;

  /** What Go's runtime ends with when it gives up, most often for want of memory. */
  private static final int GO_RUNTIME_FAILED = 2;

  private final RenderConfig config;
  private final Path scratchRoot;
  private final List<Path> searchPath;
  private final ConfinedProcess process;
  private final Semaphore builds;
  private volatile Optional<Found> known = Optional.empty();

  /** A program and its version; another file under the same path is another program. */
  record Found(Path program, String version, FileTime modified, long size) {
    /** As statements name it. */
    String tool() {
      return "kustomize " + version;
    }
  }

  KustomizeProgram(
      RenderConfig config, Path scratchRoot, List<Path> searchPath, Confinement confinement) {
    this.config = config;
    this.scratchRoot = scratchRoot;
    this.searchPath = List.copyOf(searchPath);
    ProcessLimits limits =
        new ProcessLimits(
            config.wallTime(),
            config.cpuTime(),
            config.memory().asLongValue(),
            config.output().asLongValue());
    this.process = new ConfinedProcess(confinement, limits);
    this.builds = new Semaphore(config.concurrency(), true);
  }

  /**
   * Finds the program and asks it for its version; remembered until the file changes.
   *
   * @param file which the problem names when there is none
   * @throws RenderException with RENDERER_MISSING
   */
  Found find(String file, Problems problems) {
    Optional<Path> program =
        config
            .kustomize()
            .filter(path -> Files.isRegularFile(path) && Files.isExecutable(path))
            .or(
                () ->
                    config.kustomize().isPresent()
                        ? Optional.empty()
                        : Confinement.find(searchPath, "kustomize"));
    if (program.isEmpty()) {
      String where =
          config
              .kustomize()
              .map(path -> "towline.render.kustomize names no program that can be run")
              .orElse("the hub finds no kustomize on its PATH");
      throw problems.fatal(
          Reason.RENDERER_MISSING, file, where + "; install it, or set towline.render.kustomize");
    }
    try {
      Path path = program.get().toAbsolutePath();
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      Optional<Found> before = known.filter(found -> isSame(found, path, now));
      if (before.isPresent()) {
        return before.get();
      }
      Found found = new Found(path, version(path), now.lastModifiedTime(), now.size());
      known = Optional.of(found);
      return found;
    } catch (IOException e) {
      throw problems.fatal(
          Reason.RENDERER_MISSING, file, "kustomize does not tell its version; install version 5");
    }
  }

  /**
   * Builds one kustomization.
   *
   * @param directory that holds it, from the root of the source
   * @return the YAML that kustomize wrote
   * @throws RenderException with BUILD_FAILED, RENDER_LIMIT_EXCEEDED or LIMIT_EXCEEDED
   */
  byte[] build(
      Found found, FileTree tree, ScannedFiles scanned, String directory, Problems problems) {
    String file = scanned.root();
    try {
      builds.acquire();
      try (Scratch scratch = Scratch.below(scratchRoot)) {
        Path source = scratch.make("source");
        Scratch.write(source, tree, scanned.files().values(), Yaml.MAX_BYTES);
        List<String> command =
            List.of(
                found.program().toString(),
                "build",
                "--load-restrictor",
                "LoadRestrictionsRootOnly",
                ".");
        Outcome outcome =
            process.run(command, source.resolve(directory), environment(scratch.make("home")));
        KustomizeComplaint complaint = new KustomizeComplaint(source, scanned);
        return output(outcome, file, complaint, problems);
      } finally {
        builds.release();
      }
    } catch (GitException e) {
      throw problems.fatal(e.reason(), file, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw problems.fatal(
          Reason.BUILD_FAILED,
          file,
          "the hub could not run kustomize: " + e.getClass().getSimpleName());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw problems.fatal(Reason.INTERNAL, file, "the build was interrupted");
    }
  }

  private byte[] output(
      Outcome outcome, String file, KustomizeComplaint complaint, Problems problems)
      throws IOException {
    return switch (outcome) {
      case Outcome.TimedOut timedOut ->
          throw exceeded(problems, file, config.wallTime().toSeconds() + " s of time");
      case Outcome.OutputTooLarge tooLarge ->
          throw exceeded(problems, file, config.output().asLongValue() + " bytes of output");
      case Outcome.Ended ended -> {
        if (ended.status() == 0) {
          yield ended.output();
        }
        if (ended.status() >= SIGNALLED) {
          throw exceeded(
              problems, file, config.cpuTime().toSeconds() + " s of the processor, or its memory");
        }
        if (ended.status() == GO_RUNTIME_FAILED) {
          throw exceeded(problems, file, config.memory().asLongValue() + " bytes of memory");
        }
        throw problems.fatal(Reason.BUILD_FAILED, file, complaint.of(ended.error()));
      }
    };
  }

  private static RenderException exceeded(Problems problems, String file, String what) {
    return problems.fatal(
        Reason.RENDER_LIMIT_EXCEEDED, file, "kustomize was stopped: it used up " + what);
  }

  private Map<String, String> environment(Path home) {
    long soft = (long) (config.memory().asLongValue() * SOFT_MEMORY_SHARE);
    return Map.of(
        "HOME", home.toString(),
        "PATH", "",
        "GOMEMLIMIT", Long.toString(soft),
        "GOMAXPROCS", "2",
        "GOTRACEBACK", "none");
  }

  private String version(Path program) throws IOException {
    try (Scratch scratch = Scratch.below(scratchRoot)) {
      Path home = scratch.make("home");
      Outcome outcome =
          process.run(List.of(program.toString(), "version"), home, environment(home));
      if (outcome instanceof Outcome.Ended ended && ended.status() == 0) {
        Matcher version = VERSION.matcher(new String(ended.output(), StandardCharsets.UTF_8));
        if (version.find()) {
          return version.group();
        }
      }
      throw new IOException("no version");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static boolean isSame(Found found, Path path, BasicFileAttributes now) {
    return found.program().equals(path)
        && found.size() == now.size()
        && found.modified().equals(now.lastModifiedTime());
  }
}
