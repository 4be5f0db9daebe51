package io.towline.hub.store;

import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;

/** Reads a step's settings as the running hub does. */
public final class Settings {
  private Settings() {}

  /** The settings with their defaults but for those. */
  public static <T> T of(Class<T> mapping, Map<String, String> values) {
    SmallRyeConfigBuilder builder =
        new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(mapping);
    values.forEach(builder::withDefaultValue);
    return builder.build().getConfigMapping(mapping);
  }
}
