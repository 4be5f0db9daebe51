package io.towline.hub.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.KeyRole;
import io.towline.envelope.RootDocument;
import io.towline.fleet.v1.ListRootsRequest;
import io.towline.fleet.v1.Root;
import io.towline.hub.sign.RootChanges;
import io.towline.hub.sign.RootDraft;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What the commands about roots share: finding one, editing one, and how one looks. */
final class RootPaper {
  private static final int MAX_DAYS = 366;

  private final Cli cli;
  private final TrustFiles files;

  RootPaper(Cli cli) {
    this.cli = cli;
    this.files = new TrustFiles(cli.terminal());
  }

  TrustFiles files() {
    return files;
  }

  /** The root in the file, or the hub's newest if no file is named. */
  RootDraft fileOrHub(Optional<Path> file) {
    return file.map(files::root).orElseGet(this::newestOfHub);
  }

  private RootDraft newestOfHub() {
    try (Hub hub = cli.openHub()) {
      return newest(hub)
          .map(root -> RootDraft.read(root.getDsse().toByteArray()))
          .orElseThrow(
              () -> new CliException(ExitCode.NOT_FOUND, "The hub has no root", "", "", ""));
    }
  }

  /** The newest one that the hub has published. */
  static Optional<Root> newest(Hub hub) {
    long after = 0;
    Optional<Root> newest = Optional.empty();
    List<Root> page;
    do {
      page =
          hub.ask()
              .listRoots(ListRootsRequest.newBuilder().setAfterVersion(after).build())
              .getRootsList();
      if (!page.isEmpty()) {
        newest = Optional.of(page.getLast());
        after = page.getLast().getVersion();
      }
    } while (!page.isEmpty());
    return newest;
  }

  /** A change of a draft, written back without the signatures, which it makes void. */
  @FunctionalInterface
  interface Edit {
    RootDocument apply(RootDocument before);
  }

  /** Changes the draft in a file. */
  int edit(Path file, Edit edit) {
    RootDraft draft = files.root(file);
    RootDocument before = draft.document();
    RootDocument after = made(() -> edit.apply(before));
    files.write(file, RootDraft.unsigned(after).bytes(), true);
    RootChanges.between(before, after).forEach(cli.terminal()::say);
    if (!draft.dsse().signatures().isEmpty()) {
      cli.terminal().say("its signatures are void and were removed: sign it again");
    }
    return ExitCode.DONE;
  }

  /** A document, or why there cannot be one. */
  static RootDocument made(Supplier<RootDocument> making) {
    try {
      return making.get();
    } catch (IllegalArgumentException e) {
      throw new CliException(
          ExitCode.PRECONDITION, "There is no such root", "", String.valueOf(e.getMessage()), "");
    }
  }

  static Duration life(int days) {
    if (days < 1 || days > MAX_DAYS) {
      throw CliException.usage(
          "a root lives from 1 to " + MAX_DAYS + " days", "180 is the default");
    }
    return Duration.ofDays(days);
  }

  /** What a root says, and who signed it. */
  List<String> lines(RootDraft draft) {
    RootDocument root = draft.document();
    List<String> lines = new ArrayList<>();
    lines.add("fleet    " + root.fleet());
    lines.add("version  " + root.version() + " of epoch " + root.epoch());
    lines.add("issued   " + root.issuedAt());
    lines.add(
        "expires  "
            + root.expiresAt()
            + (root.expiresAt().isAfter(cli.terminal().now()) ? "" : "  (past)"));
    lines.add("sha256   " + draft.dsse().digest());
    lines.add("root     " + role(root.root()));
    for (EnvelopeRole role : root.envelope()) {
      lines.add(
          "envelope/"
              + role.name()
              + "  "
              + role(role.keys())
              + ", for "
              + (role.clusters().contains(EnvelopeRole.ALL_OTHERS)
                  ? "all other clusters"
                  : String.join(" ", role.clusters()))
              + ", at most "
              + role.maxLifetimeDays()
              + " days");
    }
    lines.add(
        "signed   "
            + draft.byItself().keyIds().size()
            + " of the "
            + root.root().threshold()
            + " keys that it asks for itself");
    return lines;
  }

  private static String role(KeyRole role) {
    return role.threshold()
        + " of "
        + String.join(" ", role.keyIds().stream().map(RootChanges::shortened).toList());
  }

  /** The same for programs. */
  static ObjectNode json(RootDraft draft) {
    RootDocument root = draft.document();
    ObjectNode json = Printer.document("Root");
    json.put("fleet", root.fleet().toString());
    json.put("version", root.version()).put("epoch", root.epoch());
    json.put("issuedAt", root.issuedAt().toString()).put("expiresAt", root.expiresAt().toString());
    json.put("payloadSha256", draft.dsse().digest().hex());
    json.set("root", json(root.root()));
    ArrayNode scopes = json.putArray("envelope");
    for (EnvelopeRole role : root.envelope()) {
      ObjectNode scope = scopes.addObject().put("name", role.name());
      role.clusters().forEach(scope.putArray("clusters")::add);
      scope.setAll(json(role.keys()));
      scope.put("maxLifetimeDays", role.maxLifetimeDays());
    }
    ArrayNode signedBy = json.putArray("signedBy");
    draft.byItself().keyIds().stream().sorted().forEach(signedBy::add);
    return json;
  }

  private static ObjectNode json(KeyRole role) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    role.keyIds().forEach(json.putArray("keyids")::add);
    return json.put("threshold", role.threshold());
  }
}
