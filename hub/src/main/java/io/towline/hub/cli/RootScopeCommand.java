package io.towline.hub.cli;

import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.KeyRole;
import io.towline.envelope.SigningKey;
import io.towline.fleet.v1.GetClusterRequest;
import io.towline.hub.sign.RootEdits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sets or removes an envelope role: whose signatures certain clusters ask for. */
@Command(
    name = "scope",
    description = "Say whose signatures the envelopes of certain clusters need.",
    footer = {
      "",
      "  towline root scope next.json prod --cluster store-0107 --cluster store-0108 \\",
      "      --keyid 3fa9 --key ci.key.pub --threshold 2 --max-lifetime 30",
      "  towline root scope next.json prod --remove"
    })
final class RootScopeCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(index = "0", paramLabel = "DRAFT", description = "The file, written back.")
  private Path draft = Path.of("");

  @Parameters(index = "1", paramLabel = "NAME", description = "The role's name.")
  private String name = "";

  @Option(
      names = "--cluster",
      paramLabel = "CLUSTER",
      description = "A cluster: its UUID, or its name if the hub can be asked; '*' for all others.")
  private List<String> clusters = List.of();

  @Option(names = "--key", paramLabel = "FILE", description = "A key that signs for them.")
  private List<Path> keys = List.of();

  @Option(
      names = "--keyid",
      paramLabel = "HEX",
      description = "A key that the root knows already, as the hub's; the beginning is enough.")
  private List<String> keyIds = List.of();

  @Option(names = "--threshold", paramLabel = "N", description = "How many; default 1.")
  private int threshold = 1;

  @Option(
      names = "--max-lifetime",
      paramLabel = "DAYS",
      description = "How long an envelope may live; default 7.")
  private int maxLifetimeDays = 7;

  @Option(names = "--remove", description = "Remove the role; its clusters fall to '*'.")
  private boolean remove;

  RootScopeCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    RootPaper paper = new RootPaper(cli);
    if (remove) {
      return paper.edit(draft, before -> RootEdits.withoutScope(before, name));
    }
    List<SigningKey> added = keys.stream().map(paper.files()::publicKey).toList();
    List<String> ids = clusters.stream().map(this::clusterId).toList();
    return paper.edit(
        draft,
        before -> {
          List<String> all = new ArrayList<>(added.stream().map(SigningKey::id).toList());
          keyIds.forEach(known -> all.add(known(before.keys().keySet(), known)));
          return RootEdits.withScope(
              before,
              new EnvelopeRole(name, ids, new KeyRole(all, threshold), maxLifetimeDays),
              added);
        });
  }

  private static String known(Iterable<String> ids, String beginning) {
    List<String> found = new ArrayList<>();
    for (String id : ids) {
      if (id.startsWith(beginning)) {
        found.add(id);
      }
    }
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          beginning + " names " + found.size() + " keys of the root, not one");
    }
    return found.getFirst();
  }

  private String clusterId(String cluster) {
    if (cluster.equals(EnvelopeRole.ALL_OTHERS)) {
      return cluster;
    }
    try {
      return UUID.fromString(cluster).toString();
    } catch (IllegalArgumentException e) {
      try (Hub hub = cli.openHub()) {
        return hub.ask()
            .getCluster(GetClusterRequest.newBuilder().setName("clusters/" + cluster).build())
            .getUid();
      }
    }
  }
}
