package io.towline.agent.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.Config.ExecCredential;
import io.fabric8.kubernetes.client.utils.OpenIDConnectionUtils.OAuthToken;
import io.fabric8.kubernetes.client.utils.OpenIDConnectionUtils.OpenIdConfiguration;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.enroll.AgentKey;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.EnrollRequest;
import io.towline.envelope.Digest;
import io.towline.envelope.Dsse;
import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.EnvelopeVerifier;
import io.towline.envelope.Floor;
import io.towline.envelope.Intent;
import io.towline.envelope.KeyRole;
import io.towline.envelope.ObjectsIndex;
import io.towline.envelope.RootChain;
import io.towline.envelope.RootDocument;
import io.towline.envelope.SigningKey;
import io.towline.envelope.Statement;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Whether this program is whole: everything that a native image can lack and that shows only when
 * it is used, which is what Jackson fills by reflection, providers of cryptography, and the service
 * files of gRPC. Needs no cluster, no hub and no configuration, and touches nothing but a port of
 * loopback.
 */
final class SelfCheck {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration HOUR = Duration.ofHours(1);

  /** With a field for every type of it that {@link NativeReflection} registers. */
  static final String KUBECONFIG =
      """
      apiVersion: v1
      kind: Config
      preferences: {colors: true}
      extensions: [{name: e, extension: {a: b}}]
      clusters:
        - {name: c, cluster: {server: "https://self.check:6443", insecure-skip-tls-verify: true}}
      contexts: [{name: x, context: {cluster: c, user: u, namespace: n}}]
      current-context: x
      users:
        - {name: u, user: {token: t}}
        - name: v
          user:
            exec: {apiVersion: client.authentication.k8s.io/v1, command: none, env: [{name: A, value: b}]}
        - {name: w, user: {auth-provider: {name: oidc, config: {id-token: t}}}}
      """;

  /** What else is registered there, as the programs and servers answer that a kubeconfig names. */
  static final Map<Class<?>, String> ANSWERS =
      Map.of(
          ExecCredential.class,
          "kind: ExecCredential\nspec: {}\nstatus: {token: t}",
          OAuthToken.class,
          "id_token: t",
          OpenIdConfiguration.class,
          "token_endpoint: https://self.check");

  private final InstantSource clock;
  private final Map<String, Step> steps = new LinkedHashMap<>();

  /** Ends quietly if it is right; an exception of any kind says what is not. */
  private interface Step {
    void run() throws Exception;
  }

  SelfCheck(InstantSource clock) {
    this.clock = clock;
    steps.put("json", SelfCheck::json);
    steps.put("kubeconfig", SelfCheck::kubeconfig);
    steps.put("certificate request", SelfCheck::certificateRequest);
    steps.put("gRPC over TLS to itself", this::grpcOverTls);
    steps.put("signed envelope", this::envelope);
  }

  /** Prints one line for each check; true if all is well. */
  boolean print(PrintStream out) {
    boolean well = true;
    for (Map.Entry<String, Step> step : steps.entrySet()) {
      try {
        step.getValue().run();
        out.println("ok      " + step.getKey());
      } catch (Exception | LinkageError e) {
        // A class that is missing from an image shows as an Error.
        well = false;
        out.println("FAILED  " + step.getKey() + ": " + e);
      }
    }
    return well;
  }

  private static void json() throws IOException {
    require(new ObjectMapper().readTree("{\"a\":[1]}").at("/a/0").asInt() == 1, "not read");
  }

  private static void kubeconfig() {
    Config config = Config.fromKubeconfig(KUBECONFIG);
    require("https://self.check:6443/".equals(config.getMasterUrl()), config.getMasterUrl());
    require("t".equals(config.getAutoOAuthToken()), "the user's token was not read");
    ANSWERS.forEach(
        (type, answer) -> require(type.isInstance(Serialization.unmarshal(answer, type)), answer));
    // Makes the HTTP client; nobody is called.
    KubeApi.connect(config, PATIENCE).close();
  }

  private static void certificateRequest() {
    byte[] request = AgentKey.generate(new SecureRandom()).certificateRequest();
    require(request.length > 0, "empty");
  }

  private void grpcOverTls() throws GeneralSecurityException, IOException {
    SelfSigned own = SelfSigned.at(clock.instant());
    InetAddress loopback = InetAddress.getLoopbackAddress();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(loopback, 0))
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forServer(own.secret(), own.certificate()),
                        SslProvider.JDK)
                    .build())
            .build()
            .start();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(loopback.getHostAddress(), server.getPort())
            .overrideAuthority("self-check")
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forClient()
                            .trustManager(own.certificate())
                            .endpointIdentificationAlgorithm(""),
                        SslProvider.JDK)
                    .build())
            .build();
    try {
      AgentServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
          .enroll(EnrollRequest.getDefaultInstance());
      throw new IllegalStateException("a server without services answered");
    } catch (StatusRuntimeException e) {
      // It has none, and says so: the answer came through TLS, HTTP/2 and gRPC.
      require(e.getStatus().getCode() == Status.Code.UNIMPLEMENTED, e.getStatus().toString());
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  private void envelope() throws GeneralSecurityException {
    Instant now = Instant.ofEpochSecond(clock.instant().getEpochSecond());
    UUID fleet = UUID.randomUUID();
    UUID cluster = UUID.randomUUID();
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] info = pair.getPublic().getEncoded();
    SigningKey key =
        SigningKey.of(Arrays.copyOfRange(info, info.length - SigningKey.BYTES, info.length));
    KeyRole role = new KeyRole(List.of(key.id()), 1);
    RootDocument root =
        new RootDocument(
            fleet,
            1,
            1,
            now.minus(HOUR),
            now.plus(HOUR),
            Map.of(key.id(), key),
            role,
            List.of(new EnvelopeRole("all", List.of(EnvelopeRole.ALL_OTHERS), role, 1)));
    Statement statement =
        new Statement(
            Statement.SPEC_VERSION,
            List.of(),
            fleet,
            cluster,
            "self-check",
            1,
            1,
            1,
            now,
            now.plus(HOUR),
            Optional.empty(),
            Intent.CLEAR,
            List.of(),
            List.of(),
            ObjectsIndex.digestOf(Set.of()));
    byte[] trusted = signed(RootDocument.PAYLOAD_TYPE, root.bytes(), key, pair);
    byte[] envelope = signed(Statement.PAYLOAD_TYPE, statement.bytes(), key, pair);

    var verified =
        new EnvelopeVerifier(fleet, cluster)
            .verify(
                envelope, RootChain.pinned(trusted, Digest.of(root.bytes())), Floor.none(), now);
    require(verified.statement().equals(statement), "another statement came out");
  }

  private static byte[] signed(String type, byte[] payload, SigningKey key, KeyPair pair)
      throws GeneralSecurityException {
    Signature signer = Signature.getInstance("Ed25519");
    signer.initSign(pair.getPrivate());
    signer.update(Dsse.pae(type, payload));
    return new Dsse(type, payload, List.of(Dsse.Signature.of(key.id(), signer.sign()))).write();
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }
}
