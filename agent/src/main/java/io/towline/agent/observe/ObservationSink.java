package io.towline.agent.observe;

/**
 * Where observations go; the step that reports is behind it. Called from several threads; must
 * neither block for long nor throw. A repeat replaces, so what cannot be sent yet may be coalesced.
 */
@FunctionalInterface
public interface ObservationSink {
  void accept(Observation observation);
}
