package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.towline.hub.show.AdminToken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done on a hub's own machine, without its API. */
class HubCommandTest {
  @TempDir Path directory;

  private Result run(String... arguments) {
    return Result.of(
        Map.of("LANG", "C.UTF-8", "TOWLINE_DATA_DIR", directory.toString()),
        InstantSource.system(),
        arguments);
  }

  @Test
  void printsTheTokenThatTheHubMade() throws IOException {
    AdminToken made = AdminToken.open(directory, new SecureRandom());

    Result result = run("hub", "token");

    assertThat(result.code()).isZero();
    assertThat(made.admits(result.out().strip())).isTrue();
  }

  @Test
  void saysThatThereIsNoTokenYet() {
    assertThat(run("hub", "token").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void tellsWhichPortOfAHubDoesNotServe() throws IOException {
    try (ServerSocket people = listening();
        ServerSocket agents = listening()) {
      HttpServer management =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      management.createContext(
          "/readyz",
          exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
          });
      management.start();
      String[] check = {
        "hub",
        "check",
        "--management=localhost:" + management.getAddress().getPort(),
        "--people=localhost:" + people.getLocalPort(),
        "--agents=localhost:" + agents.getLocalPort()
      };
      Result good = run(check);
      assertThat(good.code()).as(good.out()).isZero();
      assertThat(good.out()).contains("✔ hub: is ready").contains("✔ port of agents");

      agents.close();
      management.stop(0);

      Result bad = run(check);
      assertThat(bad.code()).isEqualTo(ExitCode.NO);
      assertThat(bad.out())
          .contains("✖ hub:", "wait until its pod runs")
          .contains("✔ port of people")
          .contains("✖ port of agents", "networkPolicy.allowAgentsFrom");
    }
  }

  @Test
  void saysThatAHubIsNotReadyAndWhy() throws IOException {
    HttpServer management =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    management.createContext(
        "/readyz",
        exchange -> {
          byte[] why = "database: DOWN".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(503, why.length);
          exchange.getResponseBody().write(why);
          exchange.close();
        });
    management.start();
    try {
      Result result =
          run("hub", "check", "--management=localhost:" + management.getAddress().getPort());
      assertThat(result.out()).contains("✖ hub: is not ready: database: DOWN");
    } finally {
      management.stop(0);
    }
  }

  private static ServerSocket listening() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }
}
