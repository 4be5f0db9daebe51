package io.towline.agent.verify;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the cluster's owner allows no bundle to touch, whatever was signed. Set where only the owner
 * can write: in the agent's own configuration.
 */
@ConfigMapping(prefix = "towline.guard")
public interface GuardConfig {
  /**
   * Namespaces that no bundle may reach into, beside the agent's own, which is always one of them.
   */
  Optional<List<String>> forbiddenNamespaces();

  /**
   * Kinds that no bundle may hold, as {@code Kind} or {@code Kind.group}, for example {@code
   * APIService.apiregistration.k8s.io}.
   */
  Optional<List<String>> forbiddenKinds();

  /**
   * Whether bundles may hand out rights beyond what can be seen from their rules: bindings to
   * {@code cluster-admin}, rules over everything, and the verbs {@code escalate}, {@code bind} and
   * {@code impersonate}. Off, since who may commit should not thereby own the cluster.
   */
  @WithDefault("false")
  boolean allowEscalation();

  /**
   * How many objects of one bundle one envelope may have deleted; more block the bundle: nothing of
   * it is applied or deleted until the owner raises the number, or an envelope asks for less. An
   * envelope whose signed intent is {@code clear}, that nothing shall run here, is not held to it.
   * No number: no bound, since deletions are listed and signed one by one, and the hub has a bound
   * of its own.
   */
  OptionalInt maxDeletions();
}
