package io.towline.agent.enroll;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.Optional;

/** What the agent opens sealed files with. Nothing of it is needed: an identity is made anyway. */
@ConfigMapping(prefix = "towline.secrets")
public interface SealConfig {
  /**
   * Any word of at most 64 characters, for example a date. Whenever it is another one than at the
   * start before, the agent makes a new identity and reports its recipient; the eight newest
   * identities still open what was sealed for them. Without it the first identity stays.
   */
  Optional<String> rotation();

  /**
   * A file with further age identities, one {@code AGE-SECRET-KEY-1...} a line as {@code
   * age-keygen} writes them, at most eight: what another tool in this cluster opened so far. They
   * open and are never stored; new files should be sealed for the agent's own identity.
   */
  Optional<Path> identityFile();
}
