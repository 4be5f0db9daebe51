package io.towline.agent.app;

import io.towline.agent.apply.Account;
import io.towline.agent.apply.Accounts;
import io.towline.agent.apply.ApplyConfig;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.KubeException;
import io.towline.agent.apply.Rights;
import io.towline.agent.apply.Rights.Right;
import io.towline.agent.enroll.AgentConfig;
import io.towline.agent.enroll.EnrollException;
import io.towline.agent.enroll.Enrollment;
import io.towline.agent.enroll.HubAddress;
import io.towline.agent.stream.HubGreeting;
import io.towline.agent.stream.HubRoute;
import io.towline.agent.stream.StreamConfig;
import io.towline.envelope.AgentToken;
import io.towline.envelope.HubToken;
import io.towline.envelope.JoinToken;
import io.towline.envelope.OfflineToken;
import io.towline.envelope.PoolToken;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything that an agent needs where it stands, in the order in which it needs it: the token, the
 * way to the hub, the API server, its rights. Changes nothing and uses nothing up.
 */
@ApplicationScoped
class Checklist {
  private static final int FORBIDDEN = 403;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final AgentConfig agentConfig;
  private final ApplyConfig applyConfig;
  private final StreamConfig streamConfig;
  private final InstantSource clock;

  /** By the clock of this machine. */
  @Inject
  Checklist(AgentConfig agentConfig, ApplyConfig applyConfig, StreamConfig streamConfig) {
    this(agentConfig, applyConfig, streamConfig, InstantSource.system());
  }

  Checklist(
      AgentConfig agentConfig,
      ApplyConfig applyConfig,
      StreamConfig streamConfig,
      InstantSource clock) {
    this.agentConfig = agentConfig;
    this.applyConfig = applyConfig;
    this.streamConfig = streamConfig;
    this.clock = clock;
  }

  /** Looks at everything and says what it finds; true if all of it is as it has to be. */
  boolean print(PrintStream out) throws InterruptedException {
    boolean good = true;
    for (Check check : look()) {
      out.println(check.text());
      good &= check.isGood();
    }
    return good;
  }

  /**
   * Looks at everything; what cannot be looked at, because of what comes before it, is left out.
   */
  List<Check> look() throws InterruptedException {
    List<Check> checks = new ArrayList<>();
    token(checks)
        .filter(HubToken.class::isInstance)
        .ifPresent(token -> hub(checks, (HubToken) token));
    apiServer(checks);
    return checks;
  }

  private Optional<AgentToken> token(List<Check> checks) {
    try {
      Optional<AgentToken> token = Enrollment.givenToken(agentConfig);
      checks.add(
          token
              .map(t -> Check.good("join token", owner(t)))
              .orElseGet(
                  () ->
                      Check.bad(
                          "join token",
                          "none is given, so the way to the hub is not known here",
                          "towline cluster rotate NAME -o secret | kubectl apply -f -; an agent"
                              + " that has joined goes on without")));
      return token;
    } catch (EnrollException e) {
      checks.add(
          Check.bad(
              "join token",
              String.valueOf(e.getMessage()),
              "copy the token whole, or get a new one: towline cluster rotate NAME"));
      return Optional.empty();
    }
  }

  private static String owner(AgentToken token) {
    return switch (token) {
      case JoinToken one -> "for " + one.clusterName() + ", hub " + one.hub();
      case PoolToken pool -> "of pool " + pool.pool() + ", hub " + pool.hub();
      case OfflineToken none -> "for " + none.clusterName() + ", without a hub";
    };
  }

  private void hub(List<Check> checks, HubToken token) {
    HubAddress hub = HubAddress.parse(token.hub());
    HubRoute route;
    try {
      route = HubRoute.of(streamConfig);
    } catch (EnrollException e) {
      checks.add(Check.bad("proxy", String.valueOf(e.getMessage()), "correct it, or leave it out"));
      return;
    }
    Optional<HubRoute.Proxy> proxy = route.proxyTo(hub);
    Check name = proxy.map(Checklist::named).orElseGet(() -> named(hub));
    checks.add(name);
    if (!name.isGood()) {
      return;
    }
    try {
      checks.addAll(met(hub, HubGreeting.greet(token, route, clock, PATIENCE)));
    } catch (IOException e) {
      checks.add(
          proxy
              .map(
                  between ->
                      Check.bad(
                          "way to the hub",
                          "the proxy "
                              + between
                              + " does not lead to "
                              + hub
                              + ": "
                              + e.getMessage(),
                          "let the proxy allow CONNECT to the hub's port, give its user and password"
                              + " if it asks (407), and look after networkPolicy.hub.port"))
              .orElseGet(
                  () ->
                      Check.bad(
                          "way to the hub",
                          hub + " does not answer: " + e.getMessage(),
                          "open the way from this cluster to it: firewall, proxy,"
                              + " networkPolicy.hub.port")));
    }
  }

  private static Check named(HubAddress hub) {
    return named(
        "name of the hub",
        hub.host(),
        "correct towline.agents.advertised-address of the hub and get a new token, or look after"
            + " this cluster's DNS and networkPolicy.dns.to");
  }

  private static Check named(HubRoute.Proxy proxy) {
    return named(
        "name of the proxy",
        proxy.host(),
        "correct proxy.url, or look after this cluster's DNS and networkPolicy.dns.to");
  }

  private static Check named(String what, String host, String remedy) {
    try {
      return Check.good(what, "is " + InetAddress.getByName(host).getHostAddress());
    } catch (UnknownHostException e) {
      return Check.bad(what, host + " has no address here", remedy);
    }
  }

  private static List<Check> met(HubAddress hub, HubGreeting.Met met) {
    Check way = Check.good("way to the hub", hub + " answers");
    Check itself = Check.good("identity of the hub", "the one that the join token pins");
    return switch (met) {
      case THE_HUB -> List.of(way, itself, Check.good("clock", "agrees with the hub's"));
      case ANOTHER_TIME ->
          List.of(
              way,
              Check.bad(
                  "clock",
                  "the hub's certificate is not valid at this machine's time",
                  "set the clock of this node or of the hub"));
      case A_STRANGER ->
          List.of(
              way,
              Check.bad(
                  "identity of the hub",
                  "who answers is not the hub that the join token pins",
                  "let TLS pass through to the hub's port for agents: a load balancer, an ingress"
                      + " or a proxy that ends it is a stranger; or get a token of this hub"));
    };
  }

  private void apiServer(List<Check> checks) throws InterruptedException {
    try (KubeApi api = KubeApi.connect(applyConfig.kubeconfig(), PATIENCE)) {
      String version = api.get(Account.SELF, "/version").path("gitVersion").asText("");
      checks.add(Check.good("API server", "Kubernetes " + version));
      rights(checks, new Rights(api));
    } catch (KubeException | IOException e) {
      checks.add(
          Check.bad(
              "API server",
              String.valueOf(e.getMessage()),
              "open the way from this pod to the API server: networkPolicy.apiServer"));
    }
  }

  private void rights(List<Check> checks, Rights rights)
      throws KubeException, InterruptedException {
    String home = agentConfig.namespace();
    List<Right> own =
        List.of(
            new Right("get", "", "secrets", home, SecretTrustMirror.NAME),
            new Right("patch", "", "secrets", home, SecretTrustMirror.NAME),
            new Right("create", "", "secrets", home, ""));
    List<String> missing = new ArrayList<>();
    for (Right right : own) {
      if (!rights.may(Account.SELF, right)) {
        missing.add(right.verb());
      }
    }
    checks.add(
        missing.isEmpty()
            ? Check.good("own rights", "may keep what it trusts in a Secret of " + home)
            : Check.bad(
                "own rights",
                "may not " + String.join(", ", missing) + " its Secret in " + home,
                "set rbac.create, or give the agent's account the Role that the chart describes"));
    checks.add(reach(rights, new Accounts(applyConfig, home).of("")));
  }

  /** What whoever speaks for bundles that name no account can do. */
  private Check reach(Rights rights, Account account) throws InterruptedException, KubeException {
    if (applyConfig.readOnly()) {
      return rights.may(account, new Right("list", "apps", "deployments", "", ""))
          ? Check.good("rights of bundles", "none: the agent reads, and changes nothing")
          : Check.bad(
              "rights of bundles",
              account + " may not list Deployments in every namespace",
              "set rbac.clusterRole to a role that may read what shall be compared");
    }
    boolean wide;
    try {
      wide = rights.may(account, new Right("patch", "apps", "deployments", "", ""));
    } catch (KubeException e) {
      if (e.code() != FORBIDDEN) {
        throw e;
      }
      return Check.bad(
          "rights of bundles",
          "the agent may not act as " + account,
          "set rbac.create and deployer.create, or let the agent impersonate it");
    }
    return Check.good(
        "rights of bundles",
        account
            + (wide
                ? " may change Deployments in every namespace"
                : " may not change Deployments in every namespace; bundles that name no account"
                    + " can do no more than it"));
  }
}
