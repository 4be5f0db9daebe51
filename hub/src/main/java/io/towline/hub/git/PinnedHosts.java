package io.towline.hub.git;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.List;
import org.eclipse.jgit.internal.transport.sshd.OpenSshServerKeyDatabase;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.sshd.ServerKeyDatabase;
import org.jspecify.annotations.Nullable;

/** Host keys from one file: a key that is not in it is refused, and none is ever learned. */
final class PinnedHosts implements ServerKeyDatabase {
  private final Path file;
  private final ServerKeyDatabase keys;
  private volatile boolean refused;

  PinnedHosts(Path file) {
    this.file = file;
    this.keys = new OpenSshServerKeyDatabase(false, List.of(file));
  }

  /** Whether a host showed a key that is not in the file. */
  boolean hasRefused() {
    return refused;
  }

  @Override
  public List<PublicKey> lookup(
      String connectAddress, InetSocketAddress remoteAddress, Configuration config) {
    return keys.lookup(connectAddress, remoteAddress, new Pinned(config.getUsername()));
  }

  @Override
  public boolean accept(
      String connectAddress,
      InetSocketAddress remoteAddress,
      PublicKey serverKey,
      Configuration config,
      @Nullable CredentialsProvider provider) {
    boolean known =
        keys.accept(
            connectAddress, remoteAddress, serverKey, new Pinned(config.getUsername()), null);
    refused |= !known;
    return known;
  }

  private final class Pinned implements Configuration {
    private final String username;

    Pinned(String username) {
      this.username = username;
    }

    @Override
    public List<String> getUserKnownHostsFiles() {
      return List.of(file.toString());
    }

    @Override
    public List<String> getGlobalKnownHostsFiles() {
      return List.of();
    }

    @Override
    public StrictHostKeyChecking getStrictHostKeyChecking() {
      return StrictHostKeyChecking.REQUIRE_MATCH;
    }

    @Override
    public boolean getHashKnownHosts() {
      return false;
    }

    @Override
    public String getUsername() {
      return username;
    }
  }
}
