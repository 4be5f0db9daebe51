package io.towline.hub.store;

import java.util.List;

/**
 * What can be filtered by of one kind of resource.
 *
 * @param names the fields, as filters name them
 * @param labels whether {@code labels.KEY} is a field as well
 */
public record FilterFields(List<String> names, boolean labels) {
  public static final FilterFields CLUSTERS = new FilterFields(List.of("name", "connection"), true);
  public static final FilterFields BUNDLES =
      new FilterFields(List.of("name", "source", "status"), true);
  public static final FilterFields TARGETS =
      new FilterFields(List.of("bundle", "cluster", "status", "reason"), true);
  public static final FilterFields DRIFT =
      new FilterFields(List.of("bundle", "cluster", "manager", "action"), false);
  public static final FilterFields EVENTS =
      new FilterFields(List.of("bundle", "cluster", "type", "reason"), false);
  public static final FilterFields SOURCES = new FilterFields(List.of(), false);

  public FilterFields {
    names = List.copyOf(names);
  }
}
