package io.towline.hub.git;

import java.nio.file.Path;
import java.util.Optional;

/** How a repository is reached. */
public sealed interface Access {
  /** Without credentials. */
  record Anonymous(Optional<Path> caFile) implements Access {}

  /** With a password or token, over https. */
  record Password(String username, Secret secret, Optional<Path> caFile) implements Access {}

  /** With a private key, over ssh, at a host whose key is known beforehand. */
  record SshKey(Path keyFile, Path knownHostsFile) implements Access {}
}
