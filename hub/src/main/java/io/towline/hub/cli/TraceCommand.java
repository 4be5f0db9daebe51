package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.Dsse;
import io.towline.envelope.SourceInfo;
import io.towline.envelope.Statement;
import io.towline.envelope.VerificationException;
import io.towline.envelope.VerifiedBundle;
import io.towline.envelope.VerifiedEnvelope;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The way of a target from its commit to what its cluster runs. What is said of commit, render and
 * envelope is read from the signed bytes, after they were checked here; what is said of the cluster
 * is what its agent reported.
 */
@Command(
    name = "trace",
    description = "Show a target's way: commit, signature, render, envelope, agent, cluster.",
    footer = {"", "  towline trace podinfo@store-0107"})
final class TraceCommand implements Callable<Integer> {
  private final Cli cli;

  @Parameters(paramLabel = "TARGET", description = "BUNDLE@CLUSTER.")
  private String name = "";

  @Mixin private Trusted trusted = new Trusted();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "table, json or yaml.")
  private Output output = Output.table;

  TraceCommand(Cli cli) {
    this.cli = cli;
  }

  /** One station: what it is, and what is known of it. */
  private record Step(String label, String text) {}

  @Override
  public Integer call() {
    TargetName target = TargetName.parse(name);
    try (Hub hub = cli.openHub()) {
      Target now = (Target) hub.get(Kind.TARGET, name);
      Cluster cluster = (Cluster) hub.get(Kind.CLUSTER, target.cluster());
      Evidence evidence = Evidence.ofHub(hub, target.cluster());
      VerifiedEnvelope envelope =
          evidence.verified(
              trusted.root(evidence.rootsOfItsTime(), cli.terminal()), Optional.empty());
      Optional<VerifiedBundle> bundle =
          envelope.bundles().stream().filter(one -> one.name().equals(target.bundle())).findAny();
      List<String> keys =
          Dsse.parse(evidence.dsse()).signatures().stream().map(Dsse.Signature::keyId).toList();
      if (output == Output.json || output == Output.yaml) {
        cli.printer().tree(json(now, cluster, envelope, bundle, keys), output);
      } else {
        print(now, cluster, envelope, bundle, keys);
      }
      return ExitCode.DONE;
    } catch (VerificationException e) {
      throw CliException.notVerified("The envelope of " + target.cluster() + " is refused", e);
    }
  }

  private void print(
      Target target,
      Cluster cluster,
      VerifiedEnvelope envelope,
      Optional<VerifiedBundle> bundle,
      List<String> keys) {
    Statement statement = envelope.statement();
    List<Step> steps = new ArrayList<>();
    steps.add(new Step("Target", name + matched(target)));
    bundle.ifPresent(
        one -> {
          SourceInfo source = one.entry().source();
          steps.add(
              new Step("Commit", source.commit() + " of " + source.ref() + " in " + source.name()));
          steps.add(
              new Step(
                  "Signed by",
                  source.signer().isEmpty()
                      ? "nobody was asked for: the source takes unsigned commits"
                      : source.signer()));
          steps.add(
              new Step(
                  "Rendered",
                  (source.path().isEmpty() ? "the root of the repository" : source.path())
                      + (one.entry().renderTools().isEmpty()
                          ? ""
                          : " with " + String.join(", ", one.entry().renderTools()))
                      + ": revision "
                      + one.entry().revision()
                      + ", "
                      + one.manifest().objects().size()
                      + " objects, manifest sha256:"
                      + one.entry().manifest()));
        });
    steps.add(
        new Step(
            "Envelope",
            "sha256:"
                + envelope.position().payload()
                + ", sequence "
                + statement.sequence()
                + " of epoch "
                + statement.epoch()
                + (bundle.isPresent() ? "" : ", without " + target(target).bundle())));
    steps.add(
        new Step(
            "Issued",
            Views.atSeconds(statement.issuedAt())
                + ", expires "
                + Views.atSeconds(statement.expiresAt())
                + ", for "
                + statement.clusterName()
                + " "
                + statement.cluster()));
    steps.add(
        new Step(
            "Keys",
            String.join(", ", keys) + " under root " + statement.rootVersion() + ", checked"));
    steps.add(new Step("Agent", agent(cluster, statement)));
    steps.add(new Step("Applied", applied(target)));
    String status = String.join(" ", new Views(cli.terminal()).status(target).lines());
    String why = String.join(" ", Views.why(target).lines());
    steps.add(new Step("Now", why.isEmpty() ? status : status + "  " + why));
    List<Column<Step>> columns =
        List.of(
            Column.of("", step -> Cell.of(step.label())),
            Column.of("", step -> Cell.of(step.text())));
    new Table<>(columns, cli.terminal()).lines(steps, false).forEach(cli.terminal().out()::println);
  }

  private static String matched(Target target) {
    String overrides = String.join(", ", target.getMatchedOverridesList());
    return ", by its entry "
        + target.getMatchedTarget()
        + (overrides.isEmpty() ? "" : " with overrides " + overrides);
  }

  private static String agent(Cluster cluster, Statement statement) {
    long held = cluster.getHeldSequence();
    if (held == statement.sequence()) {
      return "checked and holds it";
    }
    return held == 0 ? "holds none yet" : "holds sequence " + held;
  }

  private static String applied(Target target) {
    if (!target.hasObservedTime()) {
      return "nothing is known yet";
    }
    return (target.getAppliedRevision().isEmpty()
            ? "nothing whole"
            : "revision " + target.getAppliedRevision())
        + ", "
        + target.getObjectsCurrent()
        + " of "
        + target.getObjects()
        + " objects current, seen "
        + Views.atSeconds(ProtoJson.instant(target.getObservedTime()));
  }

  private static TargetName target(Target target) {
    return TargetName.ofResource(target.getName());
  }

  private static ObjectNode json(
      Target target,
      Cluster cluster,
      VerifiedEnvelope envelope,
      Optional<VerifiedBundle> bundle,
      List<String> keys) {
    Statement statement = envelope.statement();
    ObjectNode json = Printer.document("Trace").put("verified", true);
    json.put("bundle", target(target).bundle()).put("cluster", target(target).cluster());
    json.put("matchedTarget", target.getMatchedTarget());
    bundle.ifPresent(
        one -> {
          SourceInfo source = one.entry().source();
          json.putObject("commit")
              .put("id", source.commit())
              .put("source", source.name())
              .put("repo", source.repo())
              .put("ref", source.ref())
              .put("path", source.path())
              .put("signer", source.signer());
          ObjectNode render = json.putObject("render");
          render.put("revision", one.entry().revision());
          render.put("manifestSha256", one.entry().manifest().hex());
          render.put("objects", one.manifest().objects().size());
          ArrayNode tools = render.putArray("tools");
          one.entry().renderTools().forEach(tools::add);
        });
    ObjectNode signed = json.putObject("envelope");
    signed.put("payloadSha256", envelope.position().payload().hex());
    signed.put("epoch", statement.epoch()).put("sequence", statement.sequence());
    signed.put("rootVersion", statement.rootVersion());
    signed.put("issuedAt", statement.issuedAt().toString());
    signed.put("expiresAt", statement.expiresAt().toString());
    ArrayNode ids = signed.putArray("keyIds");
    keys.forEach(ids::add);
    json.putObject("agent").put("heldSequence", cluster.getHeldSequence());
    json.set("target", ProtoJson.of(target));
    return json;
  }
}
