package io.towline.hub.git;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Remembers in memory. */
final class Sights implements FirstSights {
  final Map<String, Sight> all = new HashMap<>();

  @Override
  public Optional<String> fingerprint(String source, String object) {
    return Optional.ofNullable(all.get(source + " " + object))
        .map(sight -> sight.signer().fingerprint());
  }

  @Override
  public void remember(List<Sight> sights) {
    sights.forEach(sight -> all.putIfAbsent(sight.source() + " " + sight.object(), sight));
  }
}
