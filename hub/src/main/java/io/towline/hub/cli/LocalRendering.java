package io.towline.hub.cli;

import io.quarkus.runtime.configuration.MemorySize;
import io.towline.hub.render.RenderConfig;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The hub's defaults for a render on a person's machine, where only the program may differ.
 *
 * @param program of kustomize; empty: the first one on the PATH
 */
record LocalRendering(String program) implements RenderConfig {
  private static final long MIB = 1L << 20;

  @Override
  public Optional<Path> kustomize() {
    return program.isEmpty() ? Optional.empty() : Optional.of(Path.of(program));
  }

  /** None: each command makes one of its own. */
  @Override
  public Optional<Path> scratch() {
    return Optional.empty();
  }

  @Override
  public int concurrency() {
    return 1;
  }

  @Override
  public Duration wallTime() {
    return Duration.ofSeconds(60);
  }

  @Override
  public Duration cpuTime() {
    return Duration.ofSeconds(30);
  }

  @Override
  public MemorySize memory() {
    return new MemorySize(BigInteger.valueOf(1024 * MIB));
  }

  @Override
  public MemorySize output() {
    return new MemorySize(BigInteger.valueOf(64 * MIB));
  }

  @Override
  public int files() {
    return 20_000;
  }
}
