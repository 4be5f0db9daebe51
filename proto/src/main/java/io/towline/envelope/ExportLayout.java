package io.towline.envelope;

/**
 * The names of the files of an exported envelope, relative to its directory or archive: what
 * whoever writes it and whoever takes it from there agree on.
 */
public final class ExportLayout {
  /** The envelope. */
  public static final String STATEMENT = "statement.dsse.json";

  /** The directory of the manifests and objects, each under its digest. */
  public static final String OBJECTS = "objects";

  /** The directory of the roots, from the first. */
  public static final String ROOTS = "root";

  private ExportLayout() {}

  /** A manifest or an object. */
  public static String object(Digest digest) {
    return OBJECTS + "/" + digest.hex();
  }

  /** A root by its version. */
  public static String root(long version) {
    return ROOTS + "/" + version + ".root.dsse.json";
  }
}
