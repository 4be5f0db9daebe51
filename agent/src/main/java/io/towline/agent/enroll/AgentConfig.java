package io.towline.agent.enroll;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.towline.vocabulary.Names;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What an agent has to be told. Everything else it learns from its join token and from its hub.
 * Every property is also an environment variable: {@code TOWLINE_JOIN_TOKEN} and so on.
 */
@ConfigMapping(prefix = "towline")
public interface AgentConfig {
  /**
   * The join token that {@code towline cluster add} printed. Needed until the agent has enrolled,
   * which it does once; after that only the key and the certificate in its state directory count.
   * Secret until then. Or the offline token of {@code towline cluster add --offline}, which is not
   * secret and makes an agent that never calls its hub.
   */
  Optional<String> joinToken();

  /**
   * A file that holds the join token, as a mounted Secret gives it. Wins over the token itself, and
   * is read anew, so that a new token needs no restart. It may be missing once the agent has
   * joined.
   */
  Optional<Path> joinTokenFile();

  /**
   * The name that the cluster shall have, where the join token is a pool's: an RFC 1123 label that
   * no other cluster has. With the token of one cluster it may be left out, and has to be its name.
   */
  Optional<String> clusterName();

  /**
   * Labels that the cluster would like when it enrols with a pool's token, as {@code
   * KEY=VALUE,KEY=VALUE}. The pool says which ones it takes; the hub owns them afterwards, and this
   * is not asked again.
   */
  Optional<String> clusterLabels();

  /**
   * The directory of the agent's state: identity, trust, the last verified envelope and its bodies.
   * The default is where the chart mounts the agent's volume.
   */
  @WithDefault("/var/lib/towline")
  Path stateDir();

  /** The namespace that the agent lives in and keeps its trust Secret in. */
  @WithDefault(Names.DEFAULT_AGENT_NAMESPACE)
  String namespace();
}
