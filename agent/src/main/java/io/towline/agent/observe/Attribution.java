package io.towline.agent.observe;

import com.fasterxml.jackson.databind.JsonNode;
import io.towline.agent.apply.ObjectBody;
import io.towline.envelope.ManifestEntry;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Says who made the differences, as far as managedFields tells, and hides what is secret. Pure. */
final class Attribution {
  static final String HIDDEN = "(hidden)";
  private static final String LAST_APPLIED =
      "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";

  private Attribution() {}

  /**
   * The differences that one writer made.
   *
   * @param manager empty if nobody owns the fields now, as when they were removed
   * @param changed as managedFields says; empty if it does not
   */
  record Change(
      String manager,
      Observation.Operation operation,
      Optional<Instant> changed,
      List<Observation.FieldChange> fields) {}

  /** Groups the differences by writer, in the order in which they were found. */
  static List<Change> of(
      ManifestEntry entry,
      List<DriftJudge.Difference> differences,
      List<OwnedFields.Owner> owners) {
    Map<Optional<OwnedFields.Owner>, List<Observation.FieldChange>> byOwner = new LinkedHashMap<>();
    for (DriftJudge.Difference difference : differences) {
      byOwner
          .computeIfAbsent(writer(difference, owners), o -> new ArrayList<>())
          .add(shown(entry, difference));
    }
    List<Observation.FieldChange> unowned = byOwner.remove(Optional.<OwnedFields.Owner>empty());
    if (unowned != null && byOwner.size() == 1) {
      // What was removed has no owner; who changed the rest at the same time removed it too.
      byOwner.values().iterator().next().addAll(unowned);
      unowned = null;
    }
    List<Change> changes = new ArrayList<>();
    byOwner.forEach((owner, fields) -> changes.add(change(owner.orElseThrow(), fields)));
    if (unowned != null) {
      changes.add(new Change("", Observation.Operation.UPDATE, Optional.empty(), unowned));
    }
    return changes;
  }

  private static Change change(OwnedFields.Owner owner, List<Observation.FieldChange> fields) {
    return new Change(
        owner.manager(),
        owner.operation().equals("Apply")
            ? Observation.Operation.APPLY
            : Observation.Operation.UPDATE,
        time(owner),
        fields);
  }

  private static Optional<OwnedFields.Owner> writer(
      DriftJudge.Difference difference, List<OwnedFields.Owner> owners) {
    Optional<OwnedFields.Owner> latest = Optional.empty();
    for (OwnedFields.Owner owner : owners) {
      if (!owner.isTowline()
          && OwnedFields.owns(owner, difference.elements())
          && (latest.isEmpty() || owner.time().compareTo(latest.get().time()) > 0)) {
        latest = Optional.of(owner);
      }
    }
    return latest;
  }

  private static Optional<Instant> time(OwnedFields.Owner owner) {
    try {
      return Optional.of(Instant.parse(owner.time()));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** Of what was sealed nothing is shown but its metadata, which is never sealed. */
  private static Observation.FieldChange shown(
      ManifestEntry entry, DriftJudge.Difference difference) {
    String pointer = difference.pointer();
    boolean secret =
        (entry.sealed() && !pointer.startsWith("/metadata/"))
            || (ObjectBody.isSecret(entry)
                && (pointer.equals("/data")
                    || pointer.startsWith("/data/")
                    || pointer.startsWith("/stringData")
                    || pointer.equals("/metadata/annotations")))
            || pointer.equals(LAST_APPLIED);
    return new Observation.FieldChange(
        pointer, text(difference.desired(), secret), text(difference.live(), secret));
  }

  private static String text(JsonNode value, boolean secret) {
    if (value.isMissingNode()) {
      return "";
    }
    return secret ? HIDDEN : value.toString();
  }
}
