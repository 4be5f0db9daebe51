package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Addresses at which no repository is and a cloud may hand out credentials: link-local ones, and
 * the metadata services that have others. A source cannot make the hub ask there.
 */
final class ForbiddenAddresses {
  /** The metadata services of Amazon over IPv6, Alibaba and Oracle. */
  private static final Set<String> METADATA =
      Set.of("fd000ec2000000000000000000000254", "646464c8", "c00000c0");

  /** What the platform takes for a number and does not ask a name server for. */
  private static final Pattern LITERAL = Pattern.compile("\\[.*]|[0-9.]+");

  private ForbiddenAddresses() {}

  /** Whether a host is written as an address, of any spelling, and is forbidden. */
  static boolean isForbiddenLiteral(String host) {
    if (!LITERAL.matcher(host).matches()) {
      return false;
    }
    try {
      return isForbidden(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /**
   * Refuses a host whose name leads to a forbidden address. A name that is not known passes: the
   * connection says so.
   *
   * @throws GitException with SOURCE_UNREACHABLE
   */
  static void requireAllowed(GitUrl url) {
    if (url.host().isEmpty()) {
      return;
    }
    try {
      InetAddress[] addresses = InetAddress.getAllByName(url.host());
      if (Arrays.stream(addresses).anyMatch(ForbiddenAddresses::isForbidden)) {
        throw new GitException(
            Reason.SOURCE_UNREACHABLE,
            url.shown()
                + " is at an address of this machine's own network, where no repository may be");
      }
    } catch (UnknownHostException e) {
      // Said by the connection, which asks again.
    }
  }

  static boolean isForbidden(InetAddress address) {
    return address.isLinkLocalAddress()
        || address.isAnyLocalAddress()
        || address.isMulticastAddress()
        || METADATA.contains(HexFormat.of().formatHex(address.getAddress()));
  }
}
