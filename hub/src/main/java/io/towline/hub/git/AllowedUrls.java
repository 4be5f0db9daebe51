package io.towline.hub.git;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which repositories this hub may fetch from, whatever its sources say. Immutable. */
final class AllowedUrls {
  private static final String PROPERTY = "towline.git.allowed-urls";
  private static final Map<GitUrl.Scheme, Integer> PORTS =
      Map.of(GitUrl.Scheme.HTTPS, 443, GitUrl.Scheme.SSH, 22, GitUrl.Scheme.HTTP, 80);
  private static final Pattern ENTRY =
      Pattern.compile(
          "(?<scheme>https|ssh|http)://(?<host>(?:\\*\\.)?[a-z0-9.\\[\\]:-]+?)(?::(?<port>[0-9]{1,5}))?"
              + "(?<path>/[^*?#]*)?");
  private static final String ANY_BELOW = "*.";

  private final boolean insecure;
  private final List<Entry> entries;

  private record Place(GitUrl.Scheme scheme, String host, int port, String path) {}

  /** Every place of one scheme, host (or all below a domain) and port, below one path. */
  private record Entry(GitUrl.Scheme scheme, String host, int port, String path) {
    boolean holds(Place place) {
      boolean sameHost =
          host.startsWith(ANY_BELOW)
              ? place.host().endsWith(host.substring(1))
              : place.host().equals(host);
      boolean below =
          path.isEmpty() || place.path().equals(path) || place.path().startsWith(path + "/");
      return scheme == place.scheme() && sameHost && port == place.port() && below;
    }
  }

  private AllowedUrls(boolean insecure, List<Entry> entries) {
    this.insecure = insecure;
    this.entries = List.copyOf(entries);
  }

  /**
   * @throws IllegalArgumentException that names the property, when an entry is none
   */
  static AllowedUrls of(GitConfig config) {
    List<Entry> entries = new ArrayList<>();
    for (String text : config.allowedUrls().orElse(List.of())) {
      entries.add(entry(text.strip()));
    }
    return new AllowedUrls(config.allowInsecure(), entries);
  }

  private static Entry entry(String text) {
    Matcher parts = ENTRY.matcher(text.toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          PROPERTY
              + ": an entry is a scheme and a host, as https://git.example.com,"
              + " https://*.example.com or ssh://git.example.com/team");
    }
    GitUrl.Scheme scheme = GitUrl.Scheme.valueOf(parts.group("scheme").toUpperCase(Locale.ROOT));
    String port = parts.group("port");
    // Paths differ by case where hosts do not.
    String path =
        parts.group("path") == null ? "" : text.substring(parts.start("path"), parts.end("path"));
    return new Entry(
        scheme,
        parts.group("host"),
        port == null ? PORTS.getOrDefault(scheme, 0) : Integer.parseInt(port),
        path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
  }

  /**
   * Reads the address of a source.
   *
   * @throws IllegalArgumentException with a sentence that does not repeat the address
   */
  GitUrl read(String text) {
    GitUrl url = GitUrl.of(text, insecure);
    if (ForbiddenAddresses.isForbiddenLiteral(url.host())) {
      throw new IllegalArgumentException(
          "the host is an address of this machine's own network, where clouds keep credentials");
    }
    if (!entries.isEmpty() && url.scheme() != GitUrl.Scheme.FILE) {
      Place place = place(url);
      if (entries.stream().noneMatch(entry -> entry.holds(place))) {
        throw new IllegalArgumentException("the address is not among those of " + PROPERTY);
      }
    }
    return url;
  }

  private static Place place(GitUrl url) {
    if (!url.text().contains("://")) {
      String path = url.shown().substring(url.shown().indexOf(':') + 1);
      return new Place(url.scheme(), url.host(), 22, path.startsWith("/") ? path : "/" + path);
    }
    try {
      URI uri = new URI(url.text());
      int port = uri.getPort() < 0 ? PORTS.getOrDefault(url.scheme(), 0) : uri.getPort();
      return new Place(url.scheme(), url.host(), port, uri.getPath());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("this is not the address of a repository");
    }
  }
}
