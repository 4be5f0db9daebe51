package io.towline.hub.show;

import io.quarkus.vertx.http.ManagementInterface;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * The paths of Kubernetes' habit on the management port, beside those of Quarkus' habit: the same
 * answers under both.
 */
@Singleton
public class ManagementPaths {
  void mount(@Observes ManagementInterface management) {
    alias(management, "/livez", "/q/health/live");
    alias(management, "/readyz", "/q/health/ready");
    alias(management, "/startz", "/q/health/started");
    alias(management, "/metrics", "/q/metrics");
  }

  private static void alias(ManagementInterface management, String path, String target) {
    management.router().get(path).handler(context -> context.reroute(target));
  }
}
