package io.towline.images;

import java.util.List;
import java.util.stream.Stream;

/**
 * The modules of the JDK that hub and agent need. {@code jdeps} names too many, because libraries
 * have parts that nothing here calls (H2's console draws windows); so each is listed with who asks
 * for it, and a hub and an agent that run in their images show that none is missing.
 */
final class Modules {
  private static final List<String> BOTH =
      List.of(
          // Everything, elliptic curves and TLS included.
          "java.base",
          // JBoss' log manager stands on it.
          "java.logging",
          // Quarkus and Micrometer read uptime and memory; Vert.x its own limits.
          "java.management",
          // Quarkus' start and Netty's resolver load it; TLS reads names of certificates by it.
          "java.naming",
          // fabric8's HTTP client in the agent, the one of OIDC and of the command line in the hub.
          "java.net.http",
          // Protobuf's JSON and Micrometer know its types.
          "java.sql",
          // Netty and gRPC use Unsafe.
          "jdk.unsupported",
          // Micrometer's view of the process.
          "jdk.management",
          // Quarkus reads what is in its jars as file systems.
          "jdk.zipfs");

  private static final List<String> HUB =
      List.of(
          // Agroal's transactions implement it, JDBC drivers speak of it.
          "java.transaction.xa",
          // JGit reads the answers of servers, H2 has a type for it.
          "java.xml",
          // JGit and sshd ask for Kerberos before they know that there is none.
          "java.security.jgss",
          // sshd's sessions are registered by it.
          "java.rmi",
          // H2 compiles triggers and watches its own classes by these, and loads them eagerly.
          "java.compiler",
          "java.instrument",
          "java.scripting",
          // H2 keeps its server's sockets open by it.
          "jdk.net",
          // Commits that say another encoding than UTF-8.
          "jdk.charsets");

  private Modules() {}

  static List<String> ofAgent() {
    return BOTH;
  }

  static List<String> ofHub() {
    return Stream.concat(BOTH.stream(), HUB.stream()).toList();
  }
}
