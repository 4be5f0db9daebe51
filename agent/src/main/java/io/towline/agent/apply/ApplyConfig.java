package io.towline.agent.apply;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** How the agent speaks to its cluster. */
@ConfigMapping(prefix = "towline.apply")
public interface ApplyConfig {
  /** A kubeconfig file; otherwise KUBECONFIG, otherwise the service account of the pod. */
  Optional<Path> kubeconfig();

  /**
   * The service account, {@code name} or {@code namespace/name}, that is impersonated for bundles
   * that name none. Empty: the agent's own account, which is right only where that one was given
   * the rights.
   */
  Optional<String> defaultServiceAccount();

  /**
   * Whether the cluster's owner lets the agent read alone. It then applies and deletes nothing,
   * speaks to the API server in its own name, and reports what differs from what is declared.
   */
  @WithDefault("false")
  boolean readOnly();

  /**
   * After this long a request other than a watch is given up: longer than the server's own limit.
   */
  @WithDefault("30s")
  Duration requestTimeout();

  /** Objects being applied at once: one API server takes about 500 a second at 8 to 16. */
  @WithDefault("12")
  int inFlight();

  /**
   * Bytes of objects being applied at once. It bounds memory where objects are large; one object is
   * always let through.
   */
  @WithDefault("1500000")
  int bytesInFlight();

  /** How long custom resources wait for their definition to be established. */
  @WithDefault("60s")
  Duration establishTimeout();

  /** The first wait before something that may pass is tried again; doubled each time. */
  @WithDefault("1s")
  Duration retryFirst();

  /** The longest wait before something that may pass is tried again. */
  @WithDefault("60s")
  Duration retryLongest();

  /** The longest wait before something is tried again that a person has to change. */
  @WithDefault("10m")
  Duration refusedLongest();
}
