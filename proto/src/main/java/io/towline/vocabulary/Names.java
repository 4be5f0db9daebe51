package io.towline.vocabulary;

/** Names that Towline leaves in clusters and that others rely on. */
public final class Names {
  /** The field manager under which every bundle is applied. */
  public static final String FIELD_MANAGER = "towline";

  /** Label of every applied object: the bundle it belongs to. Watches select on it. */
  public static final String BUNDLE_LABEL = "towline.io/bundle";

  /** The API group and version of declarations. */
  public static final String DECLARATION_API_VERSION = "towline.io/v1alpha1";

  /** The file whose presence makes a directory a bundle. */
  public static final String DECLARATION_FILE = "towline.yaml";

  /** The namespace that an agent lives in unless told otherwise. */
  public static final String DEFAULT_AGENT_NAMESPACE = "towline-system";

  private Names() {}
}
