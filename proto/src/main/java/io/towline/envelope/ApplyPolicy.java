package io.towline.envelope;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How the agent writes a bundle's objects.
 *
 * @param conflicts what to do where another field manager owns a field
 * @param serviceAccount the account to impersonate; empty: the agent's default
 * @param recreateImmutable whether an object is deleted and made anew where a field was changed
 *     that cannot be changed
 * @param takeBackFrom field managers whose fields become the bundle's, sorted
 * @param adopt which objects are taken over that exist and that Towline did not apply
 * @param createNamespace whether a namespace is created that an object needs
 */
public record ApplyPolicy(
    Conflicts conflicts,
    String serviceAccount,
    boolean recreateImmutable,
    List<String> takeBackFrom,
    Adoption adopt,
    boolean createNamespace) {
  /** Managers that one bundle may take fields back from. */
  public static final int MAX_MANAGERS = 20;

  public ApplyPolicy {
    takeBackFrom = takeBackFrom.stream().sorted().distinct().toList();
    if (takeBackFrom.size() > MAX_MANAGERS) {
      throw new IllegalArgumentException(
          "fields are taken back from at most " + MAX_MANAGERS + " managers");
    }
  }

  /** Which objects are taken over that exist and that Towline did not apply. */
  public enum Adoption {
    /** All of them. */
    ALWAYS("always"),
    /** Those that nobody else manages by their marks. */
    IF_UNOWNED("ifUnowned"),
    /** None. */
    NEVER("never");

    private final String word;

    Adoption(String word) {
      this.word = word;
    }

    /** As it is written in documents. */
    public String word() {
      return word;
    }

    static Adoption read(Members json) {
      String word = json.text("adopt");
      return Arrays.stream(values())
          .filter(value -> value.word.equals(word))
          .findFirst()
          .orElseThrow(() -> json.refuse("adopt", "is neither always, ifUnowned nor never"));
    }
  }

  /** What happens where an object, or a field that the bundle sets, is another's. */
  public enum Conflicts {
    /** The object is reported and left as it is. */
    FAIL("fail", true),
    /** The field is taken over. */
    FORCE("force", true),
    /** The field is left to its owner; everything else of the object is applied. */
    MERGE("merge", false),
    /** An object that exists is left alone; one that does not is created. */
    IF_NOT_PRESENT("ifNotPresent", false),
    /** The object is never written; its health counts. */
    IGNORE("ignore", false);

    private final String word;
    private final boolean ofTheFirstVersion;

    Conflicts(String word, boolean ofTheFirstVersion) {
      this.word = word;
      this.ofTheFirstVersion = ofTheFirstVersion;
    }

    /** As it is written in documents. */
    public String word() {
      return word;
    }

    /** All of them as they are written, for a message. */
    public static String words() {
      return Arrays.stream(values()).map(Conflicts::word).collect(Collectors.joining(", "));
    }

    static Conflicts read(Members json) {
      String word = json.text("conflicts");
      return Arrays.stream(values())
          .filter(value -> value.word.equals(word))
          .findFirst()
          .orElseThrow(() -> json.refuse("conflicts", "is none of " + words()));
    }
  }

  /** One that says nothing else. */
  public ApplyPolicy(Conflicts conflicts, String serviceAccount) {
    this(conflicts, serviceAccount, false, List.of(), Adoption.ALWAYS, false);
  }

  /** What holds for an object that has a policy of its own. */
  public ApplyPolicy of(ObjectPolicy object) {
    return new ApplyPolicy(
        object.conflicts().orElse(conflicts),
        serviceAccount,
        object.recreateImmutable().orElse(recreateImmutable),
        takeBackFrom,
        adopt,
        createNamespace);
  }

  List<String> critical() {
    List<String> members = new ArrayList<>();
    if (!conflicts.ofTheFirstVersion) {
      members.add("policy.apply.conflicts");
    }
    if (recreateImmutable) {
      members.add("policy.apply.recreateImmutable");
    }
    if (!takeBackFrom.isEmpty()) {
      members.add("policy.apply.takeBackFrom");
    }
    if (adopt != Adoption.ALWAYS) {
      members.add("policy.apply.adopt");
    }
    if (createNamespace) {
      members.add("policy.apply.createNamespace");
    }
    return members;
  }

  ObjectNode toJson() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("conflicts", conflicts.word())
            .put("serviceAccount", serviceAccount);
    if (recreateImmutable) {
      json.put("recreateImmutable", true);
    }
    if (!takeBackFrom.isEmpty()) {
      ArrayNode managers = json.putArray("takeBackFrom");
      takeBackFrom.forEach(managers::add);
    }
    if (adopt != Adoption.ALWAYS) {
      json.put("adopt", adopt.word());
    }
    return createNamespace ? json.put("createNamespace", true) : json;
  }

  static ApplyPolicy read(Members json) {
    return new ApplyPolicy(
        Conflicts.read(json),
        json.text("serviceAccount"),
        json.has("recreateImmutable") && json.bool("recreateImmutable"),
        json.has("takeBackFrom") ? json.texts("takeBackFrom", MAX_MANAGERS) : List.of(),
        json.has("adopt") ? Adoption.read(json) : Adoption.ALWAYS,
        json.has("createNamespace") && json.bool("createNamespace"));
  }
}
