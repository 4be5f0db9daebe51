package io.towline.hub.render;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** How bundles are rendered, and how much a render may take. */
@ConfigMapping(prefix = "towline.render")
public interface RenderConfig {
  /**
   * The kustomize program. Without it, the first {@code kustomize} on the hub's PATH; without one,
   * bundles that need it fail with RendererMissing and all others go on.
   */
  Optional<Path> kustomize();

  /**
   * A directory for the files of builds, this hub's alone; else {@code scratch} in the data
   * directory. One that is kept in memory makes a build of 1,000 files cheaper by what its disk
   * takes to make a file, which is up to half a millisecond of processor time each.
   */
  Optional<Path> scratch();

  /**
   * How many kustomize builds run at once; more wait. One build keeps about one core busy, so a
   * number beyond the cores gains nothing.
   */
  @WithDefault("2")
  int concurrency();

  /** Longest time of one build from start to end. A real build takes well under a second. */
  @WithDefault("60s")
  Duration wallTime();

  /** Most processor time of one build, in whole seconds. */
  @WithDefault("30s")
  Duration cpuTime();

  /** Most memory of one build. 1,000 objects need about a tenth of it. */
  @WithDefault("1G")
  MemorySize memory();

  /** Most bytes that one build may write out. */
  @WithDefault("64M")
  MemorySize output();

  /** Most files that one bundle may consist of; so many are listed, hashed and copied each time. */
  @WithDefault("20000")
  int files();
}
