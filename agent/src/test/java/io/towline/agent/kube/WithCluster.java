package io.towline.agent.kube;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a real cluster, one for all classes of a run; each test works in a namespace of its
 * own. Without the programs the tests are skipped, and the reason says what to run.
 */
public final class WithCluster implements ExecutionCondition, ParameterResolver {
  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(WithCluster.class);

  /** A cluster and the directory that goes with it. */
  private record Shared(TestCluster cluster, Path directory) implements AutoCloseable {
    @Override
    public void close() throws Exception {
      cluster.close();
      delete(directory);
    }
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return Programs.available()
        ? ConditionEvaluationResult.enabled("etcd and kube-apiserver are there")
        : ConditionEvaluationResult.disabled(
            "no etcd and kube-apiserver: make test prepares them, or TOWLINE_TOOLS names them");
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestCluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(STORE)
        .computeIfAbsent("cluster", key -> start(), Shared.class)
        .cluster();
  }

  private static Shared start() {
    try {
      Path directory = Files.createTempDirectory("towline-cluster");
      return new Shared(TestCluster.start(directory), directory);
    } catch (Exception e) {
      throw new IllegalStateException("no cluster", e);
    }
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(
              Path visited, @org.jspecify.annotations.Nullable IOException problem)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
