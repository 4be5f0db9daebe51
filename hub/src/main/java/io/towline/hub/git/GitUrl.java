package io.towline.hub.git;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of a repository, of an allowed kind and without a password.
 *
 * @param text for the transport
 * @param shown without user information, for people
 * @param scheme how it is reached
 * @param host in lower case; empty for FILE
 */
public record GitUrl(String text, String shown, Scheme scheme, String host) {
  /** The transports that there are. */
  public enum Scheme {
    HTTPS,
    SSH,
    HTTP,
    FILE;

    /** Whether what is fetched could be changed on its way, or is read past the permissions. */
    boolean isInsecure() {
      return this == HTTP || this == FILE;
    }
  }

  private static final int MAX_LENGTH = 2_000;
  private static final Pattern TO_PARENT = Pattern.compile("/\\.\\.?(/|$)");

  /** Without an @ in the path: a mistyped {@code https:/me:secret@host} would be shown whole. */
  private static final Pattern SCP =
      Pattern.compile("(?:(?<user>[A-Za-z0-9._-]+)@)?(?<host>[A-Za-z0-9.-]+):(?<path>[^:@][^@]*)");

  /**
   * Reads an address.
   *
   * @param allowInsecure whether http and file are allowed
   * @throws IllegalArgumentException with a sentence that does not repeat the address
   */
  public static GitUrl of(String text, boolean allowInsecure) {
    if (text.isEmpty()
        || text.length() > MAX_LENGTH
        || text.startsWith("-")
        || text.chars().anyMatch(c -> c <= ' ' || c == 0x7f || c == '\\')) {
      throw new IllegalArgumentException("this is not the address of a repository");
    }
    GitUrl url = text.contains("://") ? ofUri(text) : ofScp(text);
    if (url.scheme().isInsecure() && !allowInsecure) {
      throw new IllegalArgumentException(
          "http and file are allowed only with towline.git.allow-insecure=true");
    }
    return url;
  }

  private static GitUrl ofUri(String text) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      // Its message repeats the address, which may hold a password.
      throw new IllegalArgumentException("this is not the address of a repository");
    }
    String name = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    Scheme scheme =
        switch (name) {
          case "https" -> Scheme.HTTPS;
          case "ssh" -> Scheme.SSH;
          case "http" -> Scheme.HTTP;
          case "file" -> Scheme.FILE;
          default ->
              throw new IllegalArgumentException("a repository is reached by https or by ssh");
        };
    String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    String path = uri.getPath() == null ? "" : uri.getPath();
    String user = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
    if (!user.isEmpty() && (scheme != Scheme.SSH || user.contains(":"))) {
      throw new IllegalArgumentException(
          "an address holds no credentials: use username, and password or password-file");
    }
    boolean hostFits =
        scheme == Scheme.FILE ? host.isEmpty() : !host.isEmpty() && !host.startsWith("-");
    if (TO_PARENT.matcher(path).find()) {
      throw new IllegalArgumentException("the path of an address has no . and .. in it");
    }
    if (!hostFits || path.length() < 2 || uri.getQuery() != null || uri.getFragment() != null) {
      throw new IllegalArgumentException(
          "an address names a host and a path, and has no query and no fragment");
    }
    String shown =
        user.isEmpty() ? text : text.substring(0, text.indexOf("://") + 3) + afterUser(text);
    return new GitUrl(text, shown, scheme, host);
  }

  private static String afterUser(String text) {
    return text.substring(text.indexOf('@') + 1);
  }

  /** OpenSSH's short form. */
  private static GitUrl ofScp(String text) {
    Matcher parts = SCP.matcher(text);
    if (!parts.matches()
        || parts.group("host").startsWith("-")
        || TO_PARENT.matcher("/" + parts.group("path")).find()) {
      throw new IllegalArgumentException("a repository is reached by https or by ssh");
    }
    String host = parts.group("host").toLowerCase(Locale.ROOT);
    return new GitUrl(text, host + ":" + parts.group("path"), Scheme.SSH, host);
  }
}
