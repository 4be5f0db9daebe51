package io.towline.hub.cli;

import com.google.protobuf.ByteString;
import io.towline.fleet.v1.Root;
import io.towline.fleet.v1.SubmitRootRequest;
import io.towline.hub.sign.RootDraft;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Publishes a root. */
@Command(
    name = "submit",
    description = "Give a signed root to the hub, which tells every agent and signs anew under it.")
final class RootSubmitCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "FILE", description = "The signed root.")
  private Path file = Path.of("");

  RootSubmitCommand(Cli cli) {
    this.cli = cli;
  }

  @Override
  public Integer call() {
    RootDraft draft = new RootPaper(cli).files().root(file);
    try (Hub hub = cli.openHub()) {
      Root root =
          hub.ask()
              .submitRoot(
                  SubmitRootRequest.newBuilder()
                      .setDsse(ByteString.copyFrom(draft.bytes()))
                      .build());
      cli.terminal()
          .say(
              "the fleet trusts root version "
                  + root.getVersion()
                  + " of epoch "
                  + root.getEpoch()
                  + "; agents follow as they hear of it, at the latest with their next envelope");
      if (root.getVersion() != draft.document().version()) {
        cli.terminal().say("(that is newer than " + file + ")");
      }
    }
    return ExitCode.DONE;
  }
}
