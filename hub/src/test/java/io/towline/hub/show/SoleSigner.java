package io.towline.hub.show;

import io.towline.envelope.EnvelopeRole;
import io.towline.envelope.KeyRole;
import io.towline.hub.sign.SoleKey;
import java.util.List;

/** A hub that can sign, and whose key is enough for every cluster. */
final class SoleSigner implements SigningProbe {
  private static final String KEY = "3fa9c2e1".repeat(8);

  @Override
  public void check() {}

  @Override
  public SoleKey soleKey() {
    return new SoleKey(
        KEY,
        List.of(
            new EnvelopeRole(
                "all", List.of(EnvelopeRole.ALL_OTHERS), new KeyRole(List.of(KEY), 1), 7)));
  }
}
