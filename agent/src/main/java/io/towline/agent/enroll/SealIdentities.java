package io.towline.agent.enroll;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The identities that open what is sealed for this cluster, newest first. They are made here, kept
 * in the state directory in a file that only the agent's user can read, and go nowhere else; their
 * recipients are public and are told to the hub. Immutable.
 */
public final class SealIdentities {
  /** Identities that are kept, and those that a file may give. */
  public static final int MOST = 8;

  /** The name of the state file. */
  static final String FILE = "seal-identities";

  private static final int MAX_WORD = 64;
  private static final long MAX_FILE_BYTES = 16_384;

  private final List<SealIdentity> identities;
  private final Optional<String> problem;

  private SealIdentities(List<SealIdentity> identities, Optional<String> problem) {
    this.identities = List.copyOf(identities);
    this.problem = problem;
  }

  /** Identities that were made elsewhere. */
  public static SealIdentities of(List<SealIdentity> identities) {
    return new SealIdentities(identities, Optional.empty());
  }

  /**
   * Reads the kept identities, and makes one where there is none or a new one is asked for. Stored
   * before this returns, so that nobody seals for an identity that a restart would lose.
   *
   * <p>A file that is damaged is left alone, since it may yet be restored: the agent then goes on
   * without it, and {@link #problem()} says so.
   *
   * @throws EnrollException if the configured word or file cannot be used
   * @throws StateException if the disk fails
   */
  public static SealIdentities load(DurableFiles files, SealConfig config, SecureRandom random) {
    String word = config.rotation().map(String::strip).orElse("");
    if (word.length() > MAX_WORD || word.chars().anyMatch(Character::isISOControl)) {
      throw new EnrollException(
          "towline.secrets.rotation is one line of at most " + MAX_WORD + " characters");
    }
    List<SealIdentity> given = config.identityFile().map(SealIdentities::given).orElse(List.of());
    Kept kept;
    try {
      kept = files.read(FILE).map(SealIdentities::parse).orElse(new Kept("", List.of()));
    } catch (StateException e) {
      if (e.reason() != Reason.TRUST_STATE_LOST) {
        throw e;
      }
      return new SealIdentities(
          given,
          Optional.of(
              "the identities that open sealed files cannot be read; restore "
                  + FILE
                  + " in the state directory, or delete it so that a new identity is made: "
                  + e.getMessage()));
    }
    List<SealIdentity> own = new ArrayList<>(kept.identities());
    boolean asked = !word.isEmpty() && !word.equals(kept.word());
    if (own.isEmpty() || asked) {
      own.addFirst(SealIdentity.make(random));
      own = own.subList(0, Math.min(own.size(), MOST));
      files.write(FILE, bytes(new Kept(word, own)));
    }
    own.addAll(given);
    return new SealIdentities(own, Optional.empty());
  }

  /** All of them, newest first. */
  public List<SealIdentity> all() {
    return identities;
  }

  /** Whom people may seal for, best first. Public. */
  public List<String> recipients() {
    return identities.stream().map(SealIdentity::recipient).toList();
  }

  /** Why the kept identities are not there; empty if they are. */
  public Optional<String> problem() {
    return problem;
  }

  /**
   * What the state file says.
   *
   * @param word that was configured when the newest one was made
   */
  private record Kept(String word, List<SealIdentity> identities) {}

  private static Kept parse(byte[] bytes) {
    List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
    try {
      return new Kept(
          lines.isEmpty() ? "" : lines.getFirst(),
          lines.stream().skip(1).map(SealIdentity::parse).toList());
    } catch (IllegalArgumentException e) {
      throw new StateException(
          Reason.TRUST_STATE_LOST, FILE + " holds something that is no identity");
    }
  }

  private static byte[] bytes(Kept kept) {
    StringBuilder text = new StringBuilder(kept.word()).append('\n');
    kept.identities().forEach(identity -> text.append(identity.text()).append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static List<SealIdentity> given(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new EnrollException("towline.secrets.identity-file " + file + " is too large");
      }
      List<SealIdentity> identities =
          Files.readString(file)
              .lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty() && !line.startsWith("#"))
              .map(SealIdentity::parse)
              .toList();
      if (identities.isEmpty() || identities.size() > MOST) {
        throw new EnrollException(
            "towline.secrets.identity-file " + file + " holds from one to " + MOST + " identities");
      }
      return identities;
    } catch (IllegalArgumentException e) {
      throw new EnrollException(
          "towline.secrets.identity-file " + file + " holds a line that " + e.getMessage());
    } catch (IOException e) {
      throw new EnrollException(
          "towline.secrets.identity-file " + file + " cannot be read as text", e);
    }
  }
}
