package io.towline.agent.app;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

/**
 * The program: without arguments the agent, until it is told to end; with {@code check} a look at
 * everything that an agent needs in this place, with the same configuration; with {@code
 * --self-check} a look at the program alone.
 */
@QuarkusMain
public class Main implements QuarkusApplication {
  private static final int USAGE = 2;

  private final AgentLifecycle lifecycle;
  private final Checklist checklist;

  Main(AgentLifecycle lifecycle, Checklist checklist) {
    this.lifecycle = lifecycle;
    this.checklist = checklist;
  }

  @Override
  public int run(String... arguments) throws InterruptedException {
    if (arguments.length == 0) {
      lifecycle.start();
      Quarkus.waitForExit();
      return 0;
    }
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    return switch (String.join(" ", arguments)) {
      case "check" -> checklist.print(out) ? 0 : 1;
      case "--self-check" -> new SelfCheck(InstantSource.system()).print(out) ? 0 : 1;
      default -> {
        out.println("usage: towline-agent [check | --self-check]");
        yield USAGE;
      }
    };
  }
}
