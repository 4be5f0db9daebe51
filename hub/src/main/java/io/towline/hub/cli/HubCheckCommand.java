package io.towline.hub.cli;

import java.io.IOException;
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
    CheckReport report = new CheckReport(cli, CheckReport.Form.text);
    report.group("hub, from here");
    report.add(ready());
    report.add(
        answers(
            "people",
            people,
            "look at the Service of people and programs, and at networkPolicy.allowPeopleFrom"));
    report.add(
        answers(
            "agents",
            agents,
            "look at the Service of agents, and at networkPolicy.allowAgentsFrom"));
    return report.end();
  }

  private Finding ready() {
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://" + management + "/readyz"))
                  .timeout(PATIENCE)
                  .build(),
              HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      return answer.statusCode() == OK
          ? Finding.good(Check.HUB_READY, "is ready")
          : Finding.failed(Check.HUB_READY, "is not ready: " + answer.body(), "read the hub's log");
    } catch (IOException e) {
      return Finding.failed(
          Check.HUB_READY,
          management + " does not answer: " + e.getMessage(),
          "wait until its pod runs, then read its log");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Finding.failed(Check.HUB_READY, "was not waited for", "try again");
    }
  }

  private static Finding answers(String whose, String address, String remedy) {
    int colon = address.lastIndexOf(':');
    try {
      return HubReach.port(
              address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)), remedy)
          .of("port of " + whose);
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw CliException.usage(address + " is not an address", "give --" + whose + " HOST:PORT");
    }
  }
}
