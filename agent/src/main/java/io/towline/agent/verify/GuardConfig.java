package io.towline.agent.verify;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/**
 * What the cluster's owner allows no bundle to touch, whatever was signed. Set where only the owner
 * can write: in the agent's own configuration. It is read at the start; {@link GuardSettings}
 * refuses what would silently leave a rail out.
 */
@ConfigMapping(prefix = "towline.guard")
public interface GuardConfig {
  /**
   * Namespaces that no bundle may reach into, beside the agent's own, which is always one of them.
   * Where {@code default} is one, an object of a kind that Kubernetes itself does not have has to
   * name its namespace: without one it might go there.
   */
  Optional<List<String>> forbiddenNamespaces();

  /**
   * Kinds that no bundle may hold, as {@code Kind} or {@code Kind.group}, for example {@code
   * APIService.apiregistration.k8s.io}.
   */
  Optional<List<String>> forbiddenKinds();

  /**
   * Whether bundles may hand out rights beyond what can be seen from their rules: bindings to
   * {@code cluster-admin}, {@code admin} and {@code edit}, rules over everything or gathered from
   * other roles, the verbs {@code escalate}, {@code bind} and {@code impersonate}, tokens of
   * service accounts of others, and namespaces whose pods are less than restricted by label. Off,
   * since who may commit should not thereby own the cluster.
   */
  @WithDefault("false")
  boolean allowEscalation();

  /**
   * Whether pods that reach their node are forbidden: privileged containers, the node's namespaces
   * and {@code hostPath} volumes. Off, since agents of nodes, such as log shippers and storage
   * drivers, need them, and Pod Security admission is the finer tool.
   */
  @WithDefault("false")
  boolean forbidPrivileged();

  /**
   * How much one envelope may have deleted at once: a number of objects of one bundle, as {@code
   * 20}, or a share of all objects that Towline applied to this cluster, over all bundles together
   * and rounded up, as {@code 25%}. More block the bundles whose objects would go: nothing of them
   * is applied or deleted until the owner raises it, or an envelope asks for less. What is gone
   * already, or moved to another bundle, does not count. No intent lifts it, since a hub gives
   * {@code clear} by itself. Unset: no bound, since deletions are listed and signed one by one.
   */
  Optional<String> maxDeletions();
}
