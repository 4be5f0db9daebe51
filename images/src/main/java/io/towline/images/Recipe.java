package io.towline.images;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What an image is made of and how it is started.
 *
 * @param reference repository and tag that it is loaded under
 * @param layers in the order in which they lie on each other
 * @param entrypoint the program and its first arguments
 * @param environment of the program
 * @param ports that the program listens on
 * @param labels by their names, as {@code org.opencontainers.image.*}
 */
public record Recipe(
    String reference,
    List<ImageFiles> layers,
    List<String> entrypoint,
    SortedMap<String, String> environment,
    SortedSet<Integer> ports,
    SortedMap<String, String> labels) {

  /** Copies what it is given: sorted, because the order is part of the image's bytes. */
  public Recipe {
    layers = List.copyOf(layers);
    entrypoint = List.copyOf(entrypoint);
    environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
    ports = Collections.unmodifiableSortedSet(new TreeSet<>(ports));
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    if (entrypoint.isEmpty()) {
      throw new IllegalArgumentException("an image needs a program to start");
    }
  }

  /** An image that starts a program, with nothing said beyond that. */
  public static Recipe of(String reference, List<ImageFiles> layers, List<String> entrypoint) {
    return new Recipe(
        reference, layers, entrypoint, new TreeMap<>(), new TreeSet<>(), new TreeMap<>());
  }

  /** The same with more variables in the program's environment. */
  Recipe withEnvironment(Map<String, String> more) {
    return new Recipe(reference, layers, entrypoint, joined(environment, more), ports, labels);
  }

  /** The same with more ports. */
  Recipe withPorts(Integer... more) {
    SortedSet<Integer> all = new TreeSet<>(ports);
    all.addAll(List.of(more));
    return new Recipe(reference, layers, entrypoint, environment, all, labels);
  }

  /** The same with more labels. */
  Recipe withLabels(Map<String, String> more) {
    return new Recipe(reference, layers, entrypoint, environment, ports, joined(labels, more));
  }

  private static SortedMap<String, String> joined(
      SortedMap<String, String> first, Map<String, String> more) {
    SortedMap<String, String> all = new TreeMap<>(first);
    all.putAll(more);
    return all;
  }
}
