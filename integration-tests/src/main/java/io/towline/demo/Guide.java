package io.towline.demo;

import io.towline.testkit.Checkout;
import io.towline.testkit.Tools;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * What the demo prints when it is up: where things are, and four things to try, each with commands
 * that work as they are printed.
 *
 * @param scratch folder of this run
 * @param hub address for people
 * @param token of the administrator
 * @param agentOfOsaka process id of the agent to unplug
 */
record Guide(Path scratch, URI hub, String token, long agentOfOsaka) {

  /** One thing to try: its name, what to paste, and what there is to see. */
  record Try(String title, List<String> commands, String expect) {}

  /** What a second terminal needs once, before any of the things to try. */
  List<String> preparation() {
    return List.of(
        "export RUN=" + quoted(scratch),
        "export JAVA_HOME=" + quoted(Path.of(System.getProperty("java.home"))),
        "export PATH="
            + quoted(folderOf(Checkout.cli()))
            + ":"
            + quoted(folderOf(Tools.path("kubectl")))
            + ":\"$PATH\"",
        "export TOWLINE_HUB=" + hub + " TOWLINE_TOKEN=" + token,
        "towline status");
  }

  List<Try> thingsToTry() {
    return List.of(changeGit(), editLive(), breakIt(), unplug());
  }

  private static Try changeGit() {
    return new Try(
        "Change something in Git and watch it arrive",
        List.of(
            "perl -pi -e 's/count: 3/count: 5/' \"$RUN/fleet/apps/shop/overlays/prod/kustomization.yaml\"",
            "git -C \"$RUN/fleet\" commit -qam 'shop: five replicas in production'",
            kubectl(
                "lima",
                "-n shop wait deployment/web --for=jsonpath='{.status.availableReplicas}'=5"),
            kubectl("oslo", "-n shop get deployment web")),
        "Lima and Osaka, labelled env=prod, go to five replicas; Oslo, env=dev, keeps its one.");
  }

  private static Try editLive() {
    return new Try(
        "Edit a live object and watch it corrected and attributed",
        List.of(
            kubectl("lima", "-n shop scale deployment web --replicas=9"),
            kubectl("lima", "-n shop get deployment web"),
            "towline drift shop@lima"),
        "The replicas are back before you can look, and the record says who changed what.");
  }

  private static Try breakIt() {
    return new Try(
        "Break a Deployment and see it Degraded",
        List.of(
            "perl -pi -e 's/os: linux/os: imaginary/' \"$RUN/fleet/apps/shop/base/deployment.yaml\"",
            "git -C \"$RUN/fleet\" commit -qam 'shop: only on imaginary nodes'",
            "towline get targets --watch        # Ctrl-C to leave",
            "git -C \"$RUN/fleet\" revert --no-edit HEAD"),
        "New pods fit no node: after the bundle's 20 s the targets of shop are Degraded; the revert heals them.");
  }

  private Try unplug() {
    return new Try(
        "Unplug a cluster and see its targets become Unknown",
        List.of(
            "kill -STOP " + agentOfOsaka + "    # the agent of Osaka goes silent",
            "towline get targets --watch        # Ctrl-C to leave",
            "kill -CONT " + agentOfOsaka + "    # and comes back by itself"),
        "Five missed heartbeats, ten seconds in this demo, and nothing of Osaka counts as Ready.");
  }

  private static String kubectl(String cluster, String command) {
    return "kubectl --kubeconfig \"$RUN/" + cluster + ".kubeconfig\" " + command;
  }

  private static Path folderOf(Path program) {
    return program.resolve("..").normalize();
  }

  /** A path as one word of a shell. */
  static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_/.,@+-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  /** The whole text. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append("\n  Hub         ").append(hub);
    text.append("\n  Token       ").append(token);
    text.append("\n  Repository  ").append(scratch.resolve("fleet"));
    text.append("\n  Logs        ")
        .append(scratch)
        .append("/hub/hub.log, …/agents/<cluster>/agent.log\n");
    text.append("\nIn another terminal, once:\n\n");
    preparation().forEach(command -> text.append("  ").append(command).append('\n'));
    int number = 1;
    for (Try thing : thingsToTry()) {
      text.append('\n').append(number++).append(". ").append(thing.title()).append("\n\n");
      thing.commands().forEach(command -> text.append("  ").append(command).append('\n'));
      text.append("\n   ").append(thing.expect()).append('\n');
    }
    return text.append("\nCtrl-C takes everything down.\n").toString();
  }
}
