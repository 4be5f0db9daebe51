package io.towline.agent.app;

import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.AuthProviderConfig;
import io.fabric8.kubernetes.api.model.Cluster;
import io.fabric8.kubernetes.api.model.Config;
import io.fabric8.kubernetes.api.model.Context;
import io.fabric8.kubernetes.api.model.ExecConfig;
import io.fabric8.kubernetes.api.model.ExecEnvVar;
import io.fabric8.kubernetes.api.model.NamedAuthInfo;
import io.fabric8.kubernetes.api.model.NamedCluster;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.api.model.NamedExtension;
import io.fabric8.kubernetes.api.model.Preferences;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * What a native image has to know beyond what its analysis finds: the twelve classes of a
 * kubeconfig, which fabric8 fills by Jackson, and so by reflection. In a pod there is no kubeconfig
 * and none of them is used; an agent beside its cluster needs them. No class of Towline's own is
 * used by reflection; gRPC's and Netty's are registered by their Quarkus extension, and the HTTP
 * client's factory is given by hand. {@link SelfCheck} uses each of them.
 */
@RegisterForReflection(
    targets = {
      AuthInfo.class,
      AuthProviderConfig.class,
      Cluster.class,
      Config.class,
      Context.class,
      ExecConfig.class,
      ExecEnvVar.class,
      NamedAuthInfo.class,
      NamedCluster.class,
      NamedContext.class,
      NamedExtension.class,
      Preferences.class
    })
final class NativeReflection {
  private NativeReflection() {}
}
