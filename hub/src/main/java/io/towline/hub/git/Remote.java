package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.eclipse.jgit.errors.CorruptObjectException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.PackProtocolException;
import org.eclipse.jgit.errors.TooLargePackException;
import org.eclipse.jgit.lib.ObjectChecker;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.SshTransport;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.sshd.SshdSessionFactory;
import org.eclipse.jgit.transport.sshd.SshdSessionFactoryBuilder;
import org.jspecify.annotations.Nullable;

/** The far side of one fetch: opens the transport, and tells why it failed. For one fetch. */
final class Remote implements Closeable {
  /** Longer silence within a connection means that it is dead. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final Source source;
  private final FetchBudget budget;
  private @Nullable HttpStatus http;
  private @Nullable PinnedHosts hosts;
  private @Nullable SshdSessionFactory ssh;

  Remote(Source source, FetchBudget budget) {
    this.source = source;
    this.budget = budget;
  }

  /**
   * Opens the transport of the source's own kind.
   *
   * @param home an empty directory, where ssh finds no configuration
   */
  Transport open(Repository repository, Path home)
      throws NotSupportedException, org.eclipse.jgit.errors.TransportException {
    ForbiddenAddresses.requireAllowed(source.url());
    Transport transport;
    try {
      transport = Transport.open(repository, new URIish(source.url().text()));
    } catch (URISyntaxException e) {
      throw new GitException(Reason.SOURCE_UNREACHABLE, "the source's address cannot be read");
    }
    transport.setTimeout((int) SILENCE.toSeconds());
    ObjectChecker checker = new ObjectChecker();
    // Old histories have authors without a name, which harms nobody.
    checker.setAllowInvalidPersonIdent(true);
    transport.setObjectChecker(checker);
    switch (source.access()) {
      case Access.Anonymous(Optional<Path> caFile) -> watch(transport, caFile);
      case Access.Password(String username, Secret secret, Optional<Path> caFile) -> {
        transport.setCredentialsProvider(
            new OneHostCredentials(source.url(), username, secret.read()));
        watch(transport, caFile);
      }
      case Access.SshKey(Path keyFile, Path knownHosts) ->
          useKey(transport, keyFile, knownHosts, home);
    }
    return transport;
  }

  private void watch(Transport transport, Optional<Path> caFile) {
    if (transport instanceof TransportHttp overHttp) {
      HttpStatus status = new HttpStatus(caFile);
      overHttp.setHttpConnectionFactory(status);
      http = status;
    }
  }

  private void useKey(Transport transport, Path keyFile, Path knownHosts, Path home) {
    if (!(transport instanceof SshTransport overSsh)) {
      throw new GitException(Reason.SOURCE_UNREACHABLE, "the source is not reached by ssh");
    }
    PinnedHosts pinned = new PinnedHosts(knownHosts);
    SshdSessionFactory factory =
        new SshdSessionFactoryBuilder()
            .setHomeDirectory(home.toFile())
            .setSshDirectory(home.toFile())
            .setPreferredAuthentications("publickey")
            .setConfigStoreFactory((directory, config, user) -> null)
            .setDefaultKnownHostsFiles(directory -> List.of(knownHosts))
            .setDefaultIdentities(directory -> List.of(keyFile))
            .setServerKeyDatabase((directory, sshDirectory) -> pinned)
            .setConnectorFactory(null)
            .build(null);
    overSsh.setSshSessionFactory(factory);
    hosts = pinned;
    ssh = factory;
  }

  /** What a failure means; its message names no credentials and repeats nothing of the server's. */
  GitException explain(IOException failure) {
    String place = source.url().shown();
    if (budget.isSpent() || has(failure, TooLargePackException.class).isPresent()) {
      return new GitException(
          Reason.LIMIT_EXCEEDED,
          "the fetch of " + place + " brings more or takes longer than towline.git allows",
          failure);
    }
    if ((http != null && http.isRefusal()) || isRefusedKey(failure)) {
      return new GitException(
          Reason.SOURCE_UNAUTHORIZED, place + " refused the credentials", failure);
    }
    return new GitException(Reason.SOURCE_UNREACHABLE, place + " " + why(failure), failure);
  }

  private String why(IOException failure) {
    if (http != null && http.isRedirect()) {
      return "answers with a redirect, which is not followed: configure the final address";
    }
    if (hosts != null && hosts.hasRefused()) {
      return "shows a host key that is not in the known-hosts file: compare it with the key that the"
          + " host's owner publishes and add that line to the file; ssh-keyscan prints the lines, and"
          + " nobody vouches for them";
    }
    if (has(failure, NoRemoteRepositoryException.class).isPresent()) {
      return "holds no repository, or shows none without credentials";
    }
    if (has(failure, UnknownHostException.class).isPresent()) {
      return "has a host name that is not known";
    }
    if (has(failure, ConnectException.class).isPresent()) {
      return "does not accept connections";
    }
    if (has(failure, SocketTimeoutException.class).isPresent()
        || has(failure, InterruptedIOException.class).isPresent()) {
      return "does not answer in time";
    }
    if (has(failure, SSLException.class).isPresent()) {
      return "has no certificate that is trusted";
    }
    if (has(failure, CorruptObjectException.class).isPresent()
        || has(failure, MissingObjectException.class).isPresent()) {
      return "sent objects that are damaged, incomplete, too large or not allowed";
    }
    if (has(failure, EOFException.class).isPresent()
        || has(failure, PackProtocolException.class).isPresent()) {
      return "broke off, or does not speak Git";
    }
    return "cannot be fetched";
  }

  private static boolean isRefusedKey(IOException failure) {
    return has(failure, SshException.class)
        .filter(
            e ->
                e.getDisconnectCode()
                    == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE)
        .isPresent();
  }

  private static <T extends Throwable> Optional<T> has(Throwable failure, Class<T> type) {
    int depth = 0;
    for (Throwable at = failure; at != null && depth < 20; at = at.getCause()) {
      if (type.isInstance(at)) {
        return Optional.of(type.cast(at));
      }
      depth++;
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    if (ssh != null) {
      ssh.close();
    }
  }
}
