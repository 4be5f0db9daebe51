package io.towline.testkit;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A cable between this machine and a node that gets its other end, in a network that nothing else
 * here uses: what listens on the near end is reached by the node and its pods and by nobody else.
 * Nothing leads from there to the outside. Needs root.
 */
public final class NodeNetwork implements AutoCloseable {
  private static final int LOWEST = 96;
  private static final int HIGHEST = 126;
  private static final int ATTEMPTS = 30;

  private final int number;

  private NodeNetwork(int number) {
    this.number = number;
  }

  /** Lays a cable. */
  public static NodeNetwork lay() {
    for (int i = 0; i < ATTEMPTS; i++) {
      // The API server's services are 10.96.0.0/16.
      NodeNetwork network =
          new NodeNetwork(ThreadLocalRandom.current().nextInt(LOWEST + 1, HIGHEST));
      if (network.isFree()) {
        network.ip("link", "add", network.cable(), "type", "veth", "peer", network.cable() + "-n");
        network.ip("address", "add", network.gateway() + "/24", "dev", network.cable());
        network.ip("link", "set", network.cable(), "up");
        return network;
      }
    }
    throw new IllegalStateException("all networks from 10.97.0.0/16 to 10.125.0.0/16 are in use");
  }

  private boolean isFree() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .map(InetAddress::getHostAddress)
          .noneMatch(address -> address.startsWith("10." + number + "."));
    } catch (SocketException e) {
      throw new IllegalStateException("the network devices cannot be listed", e);
    }
  }

  /** The name of the near end. */
  String cable() {
    return "twl" + number;
  }

  /** The address of the near end: where servers listen that pods shall reach. */
  public String gateway() {
    return "10." + number + ".255.1";
  }

  /** The address of the node. */
  public String node() {
    return "10." + number + ".255.2";
  }

  /** The network of the pods; they are reached from this machine too. */
  String pods() {
    return "10." + number + ".0.0/24";
  }

  /** The near end, to bind servers to. */
  InetAddress address() {
    try {
      return InetAddress.getByName(gateway());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("numbers need no name service", e);
    }
  }

  private void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    GitRepository.run(Path.of("/"), command);
  }

  /** Takes the cable away, unless its node did. Idempotent. */
  @Override
  public void close() {
    if (!isFree()) {
      ip("link", "delete", cable());
    }
  }
}
