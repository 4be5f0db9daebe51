package io.towline.demo;

import io.towline.testkit.Checkout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The clusters and workloads of {@code examples/fleet}, as far as the demo has to know them. The
 * labels are those of the repository's own Cluster files.
 */
final class ExampleFleet {

  /** A cluster to start. */
  record Member(String name, Map<String, String> labels) {}

  static final Member OSLO = new Member("oslo", Map.of("env", "dev", "region", "europe"));
  static final Member LIMA = new Member("lima", Map.of("env", "prod", "region", "americas"));
  static final Member OSAKA = new Member("osaka", Map.of("env", "prod", "region", "asia"));

  static final List<Member> MEMBERS = List.of(OSLO, LIMA, OSAKA);

  /** The Deployments that every cluster gets: the fleet is there when they are rolled out. */
  static final List<String> DEPLOYMENTS =
      List.of(
          "/apis/apps/v1/namespaces/shop/deployments/web",
          "/apis/apps/v1/namespaces/notes/deployments/notes");

  private ExampleFleet() {}

  /** The folder of the checkout that the demo's repository is made of. */
  static Path files() {
    return Checkout.root().resolve("examples/fleet");
  }
}
