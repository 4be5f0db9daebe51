package io.towline.hub.app;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.towline.hub.cli.Main;

/**
 * The program: without arguments the hub; with {@code hub ...} the commands for a hub's own
 * machine, so that an image that holds nothing but the hub has them too. All other commands speak
 * to the API, and come with the command line.
 */
@QuarkusMain
public final class Program {
  private Program() {}

  /** Runs the hub until it is told to end, or one command. */
  public static void main(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals("hub")) {
      Main.main(arguments);
    } else {
      Quarkus.run(arguments);
    }
  }
}
