package io.towline.hub.git;

import java.util.Locale;
import org.eclipse.jgit.transport.CredentialItem;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

/** A password that goes to the configured host and to no other. */
final class OneHostCredentials extends UsernamePasswordCredentialsProvider {
  private final GitUrl url;

  OneHostCredentials(GitUrl url, String username, String password) {
    super(username, password);
    this.url = url;
  }

  @Override
  public boolean get(URIish uri, CredentialItem... items) {
    boolean same =
        uri.getHost() != null
            && uri.getHost().toLowerCase(Locale.ROOT).equals(url.host())
            && url.scheme().name().toLowerCase(Locale.ROOT).equals(uri.getScheme());
    return same && super.get(uri, items);
  }
}
