package io.towline.hub.cli;

import java.util.Locale;

/**
 * Everything that a check looks at. Each has a section of docs/check.md under its id, which is part
 * of the contract of {@code -o json}.
 */
enum Check {
  HUB_READY("hub"),
  HUB_PORT("port"),
  HUB_NAME("name of the hub"),
  HUB_TLS("certificate of the hub"),
  HUB_API("the hub's API"),
  HUB_TOKEN("token"),
  HUB_VERSION("version of this program"),
  HUB_CLOCK("clock of this machine"),
  CAUTIONS("before production"),
  ROOT("root"),
  AUTHORITY("authority of the agents' port"),
  SOURCES("sources"),
  BUNDLES("declarations and renders"),
  SIGNATURES("signatures"),
  ENVELOPES("envelopes"),
  AGENTS("agents"),
  ACCEPTANCE("acceptance"),
  AGENT_VERSIONS("versions of agents"),
  CERTIFICATES("certificates of agents"),
  TARGETS("targets"),
  CLUSTER_REGISTERED("registered"),
  CLUSTER_MODE("mode"),
  CLUSTER_JOINED("joined"),
  CLUSTER_CONNECTION("connection"),
  CLUSTER_VERSION("version of the agent"),
  CLUSTER_CLOCK("clock of the cluster"),
  CLUSTER_ENVELOPE("envelope"),
  CLUSTER_SEQUENCE("sequence"),
  CLUSTER_REFUSAL("refusals"),
  CLUSTER_ROOT("root that it holds"),
  CLUSTER_BUNDLES("bundles"),
  KUBECTL("kubectl"),
  HELM("helm"),
  KUBERNETES("Kubernetes"),
  RIGHTS("your rights"),
  DEPLOYER("rights of bundles"),
  POD_SECURITY("Pod Security"),
  INSTALLED("agents there"),
  STORAGE("storage");

  private static final String PLACE = "https://towline.io/check#";

  private final String title;

  Check(String title) {
    this.title = title;
  }

  /** As people read it. */
  String title() {
    return title;
  }

  /** As programs and links have it. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Where it is explained. */
  String link() {
    return PLACE + id();
  }
}
