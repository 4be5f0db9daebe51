package io.towline.hub.render;

import java.util.Map;
import java.util.Set;

/**
 * What each field of a kustomization may make kustomize read. A field that is not here is refused:
 * a new version of kustomize must not be able to read something that the scan does not know of.
 * Names count in the case that they are written in here, though kustomize takes any.
 *
 * <p>Source: {@code api/types/kustomization.go} of kustomize 5.8.
 */
final class KustomizationFields {
  /** What a field holds. */
  enum Field {
    /** Settings that name no file. */
    SETTING,
    /** A list of files or directories with kustomizations. */
    RESOURCES,
    /** A list of directories with components. */
    COMPONENTS,
    /** A list of files. */
    FILES,
    /** A map whose {@code path} is a file. */
    OPENAPI,
    /** A list of files or of patches written on the spot. */
    FILES_OR_INLINE,
    /** A list of maps that may name a file as {@code path}. */
    PATHS,
    /** A list of generators of ConfigMaps or Secrets. */
    GENERATORS,
    /** A list of plugin configurations: files, or written on the spot. */
    PLUGINS,
    /** Helm charts, which kustomize would fetch and run helm for. */
    HELM
  }

  static final Map<String, Field> OF_KUSTOMIZATION =
      Map.ofEntries(
          Map.entry("apiVersion", Field.SETTING),
          Map.entry("kind", Field.SETTING),
          Map.entry("metadata", Field.SETTING),
          Map.entry("namePrefix", Field.SETTING),
          Map.entry("nameSuffix", Field.SETTING),
          Map.entry("namespace", Field.SETTING),
          Map.entry("commonLabels", Field.SETTING),
          Map.entry("labels", Field.SETTING),
          Map.entry("commonAnnotations", Field.SETTING),
          Map.entry("images", Field.SETTING),
          Map.entry("imageTags", Field.SETTING),
          Map.entry("replicas", Field.SETTING),
          Map.entry("vars", Field.SETTING),
          Map.entry("sortOptions", Field.SETTING),
          Map.entry("generatorOptions", Field.SETTING),
          Map.entry("buildMetadata", Field.SETTING),
          Map.entry("resources", Field.RESOURCES),
          Map.entry("bases", Field.RESOURCES),
          Map.entry("components", Field.COMPONENTS),
          Map.entry("crds", Field.FILES),
          Map.entry("configurations", Field.FILES),
          Map.entry("openapi", Field.OPENAPI),
          Map.entry("patchesStrategicMerge", Field.FILES_OR_INLINE),
          Map.entry("patches", Field.PATHS),
          Map.entry("patchesJson6902", Field.PATHS),
          Map.entry("replacements", Field.PATHS),
          Map.entry("configMapGenerator", Field.GENERATORS),
          Map.entry("secretGenerator", Field.GENERATORS),
          Map.entry("generators", Field.PLUGINS),
          Map.entry("transformers", Field.PLUGINS),
          Map.entry("validators", Field.PLUGINS),
          Map.entry("helmCharts", Field.HELM),
          Map.entry("helmGlobals", Field.HELM),
          Map.entry("helmChartInflationGenerator", Field.HELM));

  /** Members of one entry of {@code patches}, {@code patchesJson6902} or {@code replacements}. */
  static final Set<String> OF_PATH_ENTRY =
      Set.of("path", "patch", "target", "options", "source", "targets");

  /** Members of one generator of ConfigMaps or Secrets. */
  static final Set<String> OF_GENERATOR =
      Set.of(
          "namespace", "name", "behavior", "literals", "files", "envs", "env", "options", "type");

  /**
   * kustomize's own plugins that read nothing but what {@link #OF_PLUGIN_FILES} names. Not among
   * them: the one that runs helm.
   */
  static final Set<String> BUILT_IN_PLUGINS =
      Set.of(
          "AnnotationsTransformer",
          "ConfigMapGenerator",
          "HashTransformer",
          "IAMPolicyGenerator",
          "ImageTagTransformer",
          "LabelTransformer",
          "NamespaceTransformer",
          "PatchJson6902Transformer",
          "PatchStrategicMergeTransformer",
          "PatchTransformer",
          "PrefixSuffixTransformer",
          "PrefixTransformer",
          "ReplacementTransformer",
          "ReplicaCountTransformer",
          "SecretGenerator",
          "SuffixTransformer");

  /** The members by which a built-in plugin's configuration names files. */
  static final Map<String, Field> OF_PLUGIN_FILES =
      Map.of(
          "path", Field.FILES,
          "paths", Field.FILES_OR_INLINE,
          "replacements", Field.PATHS);

  private KustomizationFields() {}
}
