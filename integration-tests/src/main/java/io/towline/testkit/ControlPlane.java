package io.towline.testkit;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes cluster for one test or one place in a fleet: an API server on a shared or an own
 * etcd, with controllers and fake nodes where workloads shall run. Not thread-safe.
 */
public final class ControlPlane implements AutoCloseable {

  private static final int NODES = 2;

  private final String name;
  private final Optional<Etcd> ownEtcd;
  private final ApiServer apiServer;
  private final @Nullable Controllers controllers;

  private ControlPlane(
      String name, Optional<Etcd> ownEtcd, ApiServer apiServer, @Nullable Controllers controllers) {
    this.name = name;
    this.ownEtcd = ownEtcd;
    this.apiServer = apiServer;
    this.controllers = controllers;
  }

  /** A cluster with an etcd of its own. */
  public static ControlPlane start(String name, Path directory, Workloads workloads) {
    Etcd etcd = Etcd.start(directory.resolve("etcd"));
    try {
      return start(name, etcd, Optional.of(etcd), directory, workloads);
    } catch (RuntimeException | Error e) {
      etcd.close();
      throw e;
    }
  }

  /** A cluster for a real node, whose API server listens where that node reaches it. */
  public static ControlPlane start(String name, Path directory, NodeNetwork network) {
    Etcd etcd = Etcd.start(directory.resolve("etcd"));
    try {
      return start(name, etcd, Optional.of(etcd), directory, Workloads.PLACED, network.gateway());
    } catch (RuntimeException | Error e) {
      etcd.close();
      throw e;
    }
  }

  /** A cluster that shares an etcd, which outlives it; its name has to be its own. */
  public static ControlPlane start(String name, Etcd etcd, Path directory, Workloads workloads) {
    return start(name, etcd, Optional.empty(), directory, workloads);
  }

  private static ControlPlane start(
      String name, Etcd etcd, Optional<Etcd> ownEtcd, Path directory, Workloads workloads) {
    return start(name, etcd, ownEtcd, directory, workloads, ApiServer.LOOPBACK);
  }

  private static ControlPlane start(
      String name,
      Etcd etcd,
      Optional<Etcd> ownEtcd,
      Path directory,
      Workloads workloads,
      String address) {
    ApiServer server = ApiServer.startAt(address, etcd, name, directory, workloads);
    try {
      Controllers controllers =
          switch (workloads) {
            case RUN -> Controllers.start(server, directory, NODES);
            case PLACED -> Controllers.start(server, directory, 0);
            case KEPT -> null;
          };
      return new ControlPlane(name, ownEtcd, server, controllers);
    } catch (RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** Its API server, to stop, kill and start again. */
  public ApiServer apiServer() {
    return apiServer;
  }

  /** A client with all rights, for the test itself. */
  public KubeClient admin() {
    return apiServer.client(ApiServer.ADMIN);
  }

  /** A client with all rights whose changes are somebody's behind Git's back. */
  public KubeClient person() {
    return apiServer.client(ApiServer.PERSON);
  }

  /** Who asked its API server for what. */
  public AuditLog auditLog() {
    return apiServer.auditLog();
  }

  @Override
  public void close() {
    if (controllers != null) {
      controllers.close();
    }
    apiServer.close();
    ownEtcd.ifPresent(Etcd::close);
  }
}
