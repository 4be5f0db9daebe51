package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code check --pre} with a kubectl and a helm that say what a test has them say; {@code
 * AgentRightsTest} has real ones.
 */
class InstallChecksTest {
  /** Allows everything that it is asked, but for what DENIED names. */
  private static final String KUBECTL =
      """
      #!/bin/sh
      case "$*" in
        config*) echo store ;;
        version*) [ -z "$AWAY" ] || { echo "$AWAY" >&2; exit 1; }
          echo '{"serverVersion":{"gitVersion":"'"${VERSION:-v1.35.4}"'"}}' ;;
        'get namespace towline-system'*) echo "$NAMESPACE" ;;
        'get deployments -o json --all-namespaces -l app.kubernetes.io/name=towline-agent'*)
          echo '{"items":['"$DEPLOYMENTS"']}' ;;
        'get storageclasses'*) [ -z "$NOCLASSES" ] || { echo "$NOCLASSES" >&2; exit 1; }
          echo '{"items":['"$CLASSES"']}' ;;
        'create --validate=false -o json -f -'*)
          # It answers one by one, not with a List.
          sed -e 's/^.*"items":.//' -e 's/..$//' -e 's/},{"apiVersion"/}\\n{"apiVersion"/g' \\
            -e 's/"kind":"SelfSubjectAccessReview"/&,"status":{"allowed":true}/g' \\
            -e 's/"allowed":true},"spec":{"resourceAttributes":{"verb":"'"${DENIED:-none}"'"/'\\
      '"allowed":false},"spec":{"resourceAttributes":{"verb":"denied"/g' ;;
        *) echo "not asked for: $*" >&2; exit 9 ;;
      esac
      """;

  private static final String HELM =
      """
      #!/bin/sh
      echo "${HELM:-v3.18.4+gd80839c}"
      """;

  private static final String LOCAL =
      """
      {"metadata":{"name":"local","annotations":{"storageclass.kubernetes.io/is-default-class":"%s"}}}
      """;

  @TempDir Path programs;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void haveAClusterThatIsReady() throws IOException {
    write("kubectl", KUBECTL);
    write("helm", HELM);
    environment.putAll(
        Map.of(
            "PATH",
            programs + ":/usr/bin:/bin",
            "LANG",
            "C.UTF-8",
            "CLASSES",
            LOCAL.formatted("true")));
  }

  private void write(String name, String text) throws IOException {
    Files.setPosixFilePermissions(
        Files.writeString(programs.resolve(name), text),
        PosixFilePermissions.fromString("rwx------"));
  }

  private Result run() {
    return Result.of(environment, InstantSource.system(), "check", "--pre");
  }

  @Test
  void saysThatAnAgentCanBeInstalled() {
    Result result = run();

    assertThat(result.out())
        .contains("this machine\n", "✔ helm: v3.18.4+gd80839c\n", "✔ kubectl: is on the PATH\n")
        .contains("cluster of context store\n", "✔ Kubernetes: v1.35.4\n")
        .contains("✔ Pod Security: namespace towline-system is not there yet")
        .contains("✔ your rights: ", "✔ rights of bundles: ", "✔ agents there: none yet\n")
        .contains("✔ storage: default StorageClass local\n", "0 failed, 0 warnings, 8 good\n");
    assertThat(result.code()).isZero();
  }

  @Test
  void saysWhichProgramIsMissingOrTooOld() throws IOException {
    environment.put("HELM", "v3.9.4");
    assertThat(run().out()).contains("✖ helm: v3.9.4 is too old\n    → install Helm 3.18 or newer");
    environment.put("HELM", "no version");
    assertThat(run().out()).contains("✖ helm: does not say its version");
    Files.delete(programs.resolve("helm"));
    Files.delete(programs.resolve("kubectl"));
    environment.put("PATH", programs.toString());

    Result result = run();

    assertThat(result.code()).isEqualTo(ExitCode.NO);
    assertThat(result.out())
        .contains("✖ helm: is not on the PATH", "-o manifest", "✖ kubectl: is not on the PATH")
        .doesNotContain("cluster of context");
  }

  @Test
  void saysThatTheClusterIsAwayOrTooOld() {
    environment.put("VERSION", "v1.29.8");
    assertThat(run().out()).contains("✖ Kubernetes: v1.29.8 is older than 1.30\n");
    environment.put("AWAY", "connection refused");
    assertThat(run().out())
        .contains("✖ Kubernetes: the API server does not answer: connection refused\n")
        .doesNotContain("storage:");
  }

  @Test
  void saysWhichRightsAreMissing() {
    environment.put("DENIED", "create");
    Result result = run();
    assertThat(result.code()).isEqualTo(ExitCode.NO);
    assertThat(result.out())
        .contains("✖ your rights: you may not create namespaces, create secrets in towline-system,")
        .contains("create clusterroles", "✔ rights of bundles");

    environment.put("DENIED", "impersonate");
    assertThat(run().out())
        .contains("may not impersonate serviceaccounts/towline-deployer in towline-system\n")
        .contains("→ or --set rbac.profile=namespaced");

    environment.put("DENIED", "[b*][^\"]*");
    Result less = run();
    assertThat(less.code()).isZero();
    assertThat(less.out()).contains("⚠ rights of bundles: you may not give", "such as edit\n");
  }

  @Test
  void saysWhatIsInTheNamespaceAlready() {
    environment.put("NAMESPACE", "{\"metadata\":{\"labels\":{}}}");
    environment.put(
        "DEPLOYMENTS", "{\"metadata\":{\"name\":\"towline-agent\",\"namespace\":\"other\"}}");
    Result result = run();
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains("⚠ Pod Security: namespace towline-system enforces no standard\n")
        .contains("→ the agent meets the strictest: kubectl label namespace towline-system pod-")
        .contains("⚠ agents there: there is one: Deployment other/towline-agent\n");

    environment.put(
        "NAMESPACE",
        "{\"metadata\":{\"labels\":{\"pod-security.kubernetes.io/enforce\":\"restricted\"}}}");
    environment.put("DENIED", "create");
    assertThat(run().out())
        .contains("✔ Pod Security: namespace towline-system enforces restricted")
        .doesNotContain("create namespaces");
  }

  @Test
  void saysWhereTheStateWouldLie() {
    environment.put("CLASSES", LOCAL.formatted("false"));
    assertThat(run().out())
        .contains("⚠ storage: no default StorageClass among local\n")
        .contains("→ --set state.persistence.storageClass=local\n");
    environment.put("CLASSES", "");
    assertThat(run().out())
        .contains("⚠ storage: no StorageClass", "state.persistence.enabled=false");
    environment.put("NOCLASSES", "you may not");
    assertThat(run().out()).contains("⚠ storage: cannot list StorageClasses: you may not\n");
  }
}
