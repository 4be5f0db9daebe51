package io.towline.hub.render;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How a program is kept from everything that it does not need, as far as this machine allows: no
 * network by a namespace of its own ({@code unshare}), limits of the kernel ({@code prlimit}), and
 * a process group of its own ({@code setsid}), so that it can be killed with all that it started.
 * Found out once, at the start. Immutable.
 *
 * @param unshare makes a network namespace; empty where the machine lets nobody make one
 * @param prlimit sets limits; empty where it is missing
 * @param group makes and kills a process group; empty where a program for it is missing
 */
record Confinement(Optional<Path> unshare, Optional<Path> prlimit, Optional<Group> group) {
  private static final long PROBE_SECONDS = 10;

  /** The programs that begin and end a process group. */
  record Group(Path setsid, Path kill) {}

  /** Nothing but the scan, the scratch directory and the empty environment. */
  static Confinement none() {
    return new Confinement(Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * Tries what this machine allows.
   *
   * @param searchPath directories in which the programs are looked for
   */
  static Confinement probe(List<Path> searchPath) {
    Optional<Path> kill = find(searchPath, "kill");
    return new Confinement(
        find(searchPath, "unshare").filter(Confinement::makesNamespaces),
        find(searchPath, "prlimit"),
        find(searchPath, "setsid").flatMap(setsid -> kill.map(k -> new Group(setsid, k))));
  }

  /** For the log at the start: what holds, and what does not. */
  String description() {
    return (unshare.isPresent()
            ? "no network"
            : "network not cut off (this machine lets the hub make no namespace)")
        + (prlimit.isPresent() ? ", kernel limits" : ", no kernel limits (prlimit is missing)");
  }

  /**
   * The command, confined. Every program in front of it replaces itself by the next, so that all of
   * it is one process, and ends as the last one does.
   */
  List<String> confine(List<String> command, ProcessLimits limits) {
    List<String> confined = new ArrayList<>();
    group.ifPresent(programs -> confined.add(programs.setsid().toString()));
    unshare.ifPresent(program -> confined.addAll(namespace(program)));
    prlimit.ifPresent(
        program -> {
          confined.add(program.toString());
          confined.addAll(limits.options(unshare.isPresent()));
        });
    confined.addAll(command);
    return confined;
  }

  /** The first executable file of that name. */
  static Optional<Path> find(List<Path> searchPath, String name) {
    return searchPath.stream()
        .map(directory -> directory.resolve(name))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  private static List<String> namespace(Path unshare) {
    return List.of(unshare.toString(), "--map-root-user", "--net");
  }

  private static boolean makesNamespaces(Path unshare) {
    List<String> command = new ArrayList<>(namespace(unshare));
    // The program itself, asked for its version, is sure to be there.
    command.addAll(List.of(unshare.toString(), "--version"));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(PROBE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
