package io.towline.agent.verify;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A Secret in memory, with versions as an API server gives them. */
public final class InMemoryMirror implements TrustMirror {
  private @Nullable String text;
  private int version;
  private boolean denied;
  private boolean unavailable;

  public Optional<String> text() {
    return Optional.ofNullable(text);
  }

  public void put(@Nullable String changed) {
    text = changed;
    version++;
  }

  public void deny(boolean now) {
    denied = now;
  }

  public void unavailable(boolean now) {
    unavailable = now;
  }

  @Override
  public Reading read() throws MirrorException {
    if (unavailable) {
      throw new MirrorException(MirrorException.Kind.UNAVAILABLE, "no answer");
    }
    if (denied) {
      return new Reading.Denied("may not get secrets");
    }
    return text == null ? new Reading.Absent() : new Reading.Present(text, "" + version);
  }

  @Override
  public String write(String next, Optional<String> expected) throws MirrorException {
    if (unavailable) {
      throw new MirrorException(MirrorException.Kind.UNAVAILABLE, "no answer");
    }
    if (denied) {
      throw new MirrorException(MirrorException.Kind.DENIED, "may not write secrets");
    }
    Optional<String> current = text == null ? Optional.empty() : Optional.of("" + version);
    if (!current.equals(expected)) {
      throw new MirrorException(MirrorException.Kind.CHANGED, "another version");
    }
    text = next;
    version++;
    return "" + version;
  }
}
