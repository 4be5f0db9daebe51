package io.towline.hub.render;

import io.towline.envelope.BundleManifest;
import io.towline.envelope.Digest;
import io.towline.envelope.Limits;
import io.towline.envelope.ManifestEntry;
import io.towline.envelope.ObjectIdentity;
import io.towline.envelope.ObjectJson;
import io.towline.envelope.ObjectRef;
import io.towline.envelope.Policy;
import io.towline.hub.resolve.RenderInput;
import io.towline.vocabulary.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Turns everything that one bundle's files hold into what is signed, or says all that is wrong. */
final class Assembly {
  private final RenderInput input;
  private final Problems problems;

  Assembly(RenderInput input, Problems problems) {
    this.input = input;
    this.problems = problems;
  }

  /**
   * Checks the objects one by one and together, and writes their bytes.
   *
   * @throws RenderException with all that was found, here and by the readers before
   */
  RenderedBundle assemble(List<Manifest> manifests, Policy policy, List<String> tools) {
    if (manifests.size() > Limits.OBJECTS) {
      throw problems.fatal(
          Reason.LIMIT_EXCEEDED,
          input.directory(),
          "the bundle has %d objects; at most %d are allowed"
              .formatted(manifests.size(), Limits.OBJECTS));
    }
    ObjectCheck check = new ObjectCheck(problems);
    List<Checked> named = new ArrayList<>();
    manifests.forEach(manifest -> named(check, manifest).ifPresent(named::add));
    Scopes scopes = Scopes.learn(named.stream().map(one -> one.named().object()).toList());

    Map<ObjectIdentity, Manifest> first = new HashMap<>();
    List<ManifestEntry> entries = new ArrayList<>();
    SortedMap<Digest, byte[]> bodies = new TreeMap<>();
    long total = 0;
    for (Checked object : named) {
      Optional<ObjectRef> ref = check.placed(object.named(), scopes, input.namespace());
      if (ref.isEmpty() || isDuplicate(ref.get(), object.written(), first)) {
        continue;
      }
      if (object.written().sealed()) {
        SealedFile.refuseChanges(object.written(), object.named().object(), problems);
      }
      Optional<byte[]> body = body(object.written());
      if (body.isPresent()) {
        byte[] bytes = body.get();
        Digest digest = Digest.of(bytes);
        entries.add(
            new ManifestEntry(
                ref.get(),
                digest,
                bytes.length,
                object.named().wave(),
                object.written().sealed(),
                object.named().policy()));
        bodies.put(digest, bytes);
        total += bytes.length;
      }
    }
    if (total > Limits.TOTAL_BYTES) {
      problems.add(
          Reason.LIMIT_EXCEEDED,
          input.directory(),
          "the bundle's objects are larger than " + Limits.TOTAL_BYTES + " bytes together");
    }
    problems.refuseIfAny();
    return new RenderedBundle(new BundleManifest(input.bundle(), entries, policy), bodies, tools);
  }

  /**
   * An object that can be applied.
   *
   * @param written what travels; of a sealed file that is the file, and what is checked is a copy
   */
  private record Checked(Manifest written, ObjectCheck.Named named) {}

  private Optional<Checked> named(ObjectCheck check, Manifest manifest) {
    if (!manifest.sealed()) {
      return check.named(manifest).map(named -> new Checked(manifest, named));
    }
    int before = problems.count();
    SealedFile.check(manifest, problems);
    if (problems.count() > before) {
      return Optional.empty();
    }
    return check.named(manifest.copy()).map(named -> new Checked(manifest, named));
  }

  private boolean isDuplicate(
      ObjectRef ref, Manifest manifest, Map<ObjectIdentity, Manifest> first) {
    Manifest other = first.putIfAbsent(ref.identity(), manifest);
    if (other == null) {
      return false;
    }
    String where = other.places().isPresent() ? "; it is also at " + other.place() : "";
    problems.add(
        Reason.MANIFEST_INVALID, manifest, "", ref + " stands in this bundle twice" + where);
    return true;
  }

  private Optional<byte[]> body(Manifest manifest) {
    try {
      NormalForm.apply(manifest.object());
    } catch (IllegalArgumentException e) {
      problems.add(Reason.MANIFEST_INVALID, manifest, "", String.valueOf(e.getMessage()));
      return Optional.empty();
    }
    byte[] bytes =
        manifest.sealed()
            ? ObjectJson.writeInOrder(manifest.object())
            : ObjectJson.write(manifest.object());
    if (bytes.length > Limits.OBJECT_BYTES) {
      problems.add(
          Reason.LIMIT_EXCEEDED,
          manifest,
          "",
          "the object has %d bytes; at most %d are allowed"
              .formatted(bytes.length, Limits.OBJECT_BYTES));
      return Optional.empty();
    }
    return Optional.of(bytes);
  }
}
