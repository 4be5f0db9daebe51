package io.towline.agent.app;

import io.quarkus.vertx.http.ManagementInterface;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;

/** The probes and the metrics under {@code /q/} too, where Quarkus' users look for them. */
@ApplicationScoped
class ManagementRoutes {
  private static final List<String> PATHS = List.of("/livez", "/readyz", "/startz", "/metrics");

  void add(@Observes ManagementInterface management) {
    for (String path : PATHS) {
      management.router().get("/q" + path).handler(context -> context.reroute(path));
    }
  }
}
