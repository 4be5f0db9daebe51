package io.towline.agent.app;

import io.fabric8.kubernetes.api.model.AnyType;
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
import io.fabric8.kubernetes.api.model.runtime.RawExtension;
import io.fabric8.kubernetes.client.Config.ExecCredential;
import io.fabric8.kubernetes.client.Config.ExecCredentialSpec;
import io.fabric8.kubernetes.client.Config.ExecCredentialStatus;
import io.fabric8.kubernetes.client.utils.OpenIDConnectionUtils.OAuthToken;
import io.fabric8.kubernetes.client.utils.OpenIDConnectionUtils.OpenIdConfiguration;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * What a native image has to know beyond what its analysis and Quarkus' extensions find: the types
 * that fabric8 fills by Jackson, and so by reflection, when an agent beside its cluster reads a
 * kubeconfig. In a pod none of them is used. gRPC's and Netty's are registered by their Quarkus
 * extension, the HTTP client's factory is given by hand, and no class of Towline's own is used by
 * reflection, as NativeImageTest checks. {@link SelfCheck} fills each of them.
 */
@RegisterForReflection(
    targets = {
      // A kubeconfig.
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
      Preferences.class,
      // What minikube and others write into a kubeconfig's extensions, and what that inherits.
      AnyType.class,
      RawExtension.class,
      // What the program of a user with `exec` answers, as those of the large clouds.
      ExecCredential.class,
      ExecCredentialSpec.class,
      ExecCredentialStatus.class,
      // What an OpenID provider answers that renews the token of a user with `auth-provider`.
      OAuthToken.class,
      OpenIdConfiguration.class
    })
final class NativeReflection {
  private NativeReflection() {}
}
