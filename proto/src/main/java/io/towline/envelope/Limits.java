package io.towline.envelope;

/** Bounds of everything that is signed. Whoever produces more than this is refused. */
public final class Limits {
  /** Bytes of a DSSE envelope around a statement. */
  public static final int ENVELOPE_BYTES = 5_000_000;

  /** Bytes of a statement, and of one bundle manifest. */
  public static final int STATEMENT_BYTES = 4_000_000;

  /** Bytes of a root document inside its envelope, and of that envelope. */
  public static final int ROOT_BYTES = 512_000;

  /** Roots that are followed in one go. */
  public static final int ROOT_STEPS = 256;

  /** Keys, and envelope roles, of one root. */
  public static final int ROOT_ENTRIES = 64;

  /** Clusters that one envelope role names. */
  public static final int ROLE_CLUSTERS = 10_000;

  /** Signatures on one envelope. */
  public static final int SIGNATURES = 16;

  /** Characters of a key id in an envelope, where it is only a hint. */
  public static final int KEY_ID_CHARACTERS = 1_024;

  /** Bundles of one statement. */
  public static final int BUNDLES = 1_000;

  /** Deletions that one statement lists. */
  public static final int DELETIONS = 10_000;

  /** Objects of one statement over all its bundles. */
  public static final int OBJECTS = 10_000;

  /** Bytes of one object. */
  public static final int OBJECT_BYTES = 1_500_000;

  /** Bytes of all objects of one statement. */
  public static final long TOTAL_BYTES = 256_000_000;

  /** How deep JSON nests in a statement, a manifest or a root. */
  public static final int STATEMENT_DEPTH = 32;

  /** How deep JSON nests in an object. */
  public static final int OBJECT_DEPTH = 64;

  /** Characters of one text in a statement, a manifest or a root. */
  public static final int TEXT_CHARACTERS = 4_096;

  /** Entries of a small list, such as the tools that rendered a bundle. */
  public static final int LIST_ENTRIES = 64;

  /** The largest integer that every JSON reader keeps exactly: 2^53 - 1. */
  public static final long MAX_INTEGER = (1L << 53) - 1;

  private Limits() {}
}
