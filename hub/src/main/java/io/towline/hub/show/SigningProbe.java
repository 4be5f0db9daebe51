package io.towline.hub.show;

/** Says whether the hub can sign envelopes. */
@FunctionalInterface
public interface SigningProbe {
  /** Returns if it can. */
  void check();
}
