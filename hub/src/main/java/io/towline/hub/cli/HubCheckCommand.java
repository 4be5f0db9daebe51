package io.towline.hub.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Looks from the hub's own network whether all three ports of a hub serve. */
@Command(
    name = "check",
    description = "Look whether a hub is ready and its ports answer.",
    footer = {"", "  towline hub check --management towline-hub-metrics.towline.svc:9000"})
final class HubCheckCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int OK = 200;

  private final Cli cli;

  @Option(names = "--management", paramLabel = "HOST:PORT", description = "Probes and metrics.")
  private String management = "localhost:9000";

  @Option(names = "--people", paramLabel = "HOST:PORT", description = "People and programs.")
  private String people = "localhost:8080";

  @Option(names = "--agents", paramLabel = "HOST:PORT", description = "Agents.")
  private String agents = "localhost:8443";

  HubCheckCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    boolean good = ready();
    good &=
        answers(
            "people",
            people,
            "look at the Service of people and programs, and at networkPolicy.allowPeopleFrom");
    good &=
        answers(
            "agents",
            agents,
            "look at the Service of agents, and at networkPolicy.allowAgentsFrom");
    return good ? ExitCode.DONE : ExitCode.NO;
  }

  private boolean ready() {
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://" + management + "/readyz"))
                  .timeout(PATIENCE)
                  .build(),
              HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      return answer.statusCode() == OK
          ? good("hub", "is ready")
          : bad("hub", "is not ready: " + answer.body(), "read the hub's log");
    } catch (IOException e) {
      return bad(
          "hub",
          management + " does not answer: " + e.getMessage(),
          "wait until its pod runs, then read its log");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return bad("hub", "was not waited for", "try again");
    }
  }

  private boolean answers(String whose, String address, String remedy) {
    int colon = address.lastIndexOf(':');
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(
              address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
          (int) PATIENCE.toMillis());
      return good("port of " + whose, address + " answers");
    } catch (IOException e) {
      return bad("port of " + whose, address + " does not answer: " + e.getMessage(), remedy);
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw CliException.usage(address + " is not an address", "give --" + whose + " HOST:PORT");
    }
  }

  private boolean good(String name, String finding) {
    cli.terminal().out().println(cli.terminal().sign("\u2714 ", "+ ") + name + ": " + finding);
    return true;
  }

  private boolean bad(String name, String finding, String remedy) {
    cli.terminal().out().println(cli.terminal().sign("\u2716 ", "x ") + name + ": " + finding);
    cli.terminal().out().println("    " + remedy);
    return false;
  }
}
