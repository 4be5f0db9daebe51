package io.towline.hub.show;

import io.towline.hub.sign.SoleKey;

/** Whether the hub can sign envelopes, and for whom it is enough that it does. */
public interface SigningProbe {
  /** Returns if it can. */
  void check();

  /** For which clusters the hub's key alone is enough. */
  SoleKey soleKey();
}
