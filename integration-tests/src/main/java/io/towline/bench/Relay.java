package io.towline.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between an agent and its hub on loopback and counts what passes, TLS records and all.
 * Thread-safe.
 */
final class Relay implements AutoCloseable {
  private static final int BUFFER = 64 * 1024;

  private final ServerSocket door;
  private final int hubPort;
  private final AtomicLong toAgent = new AtomicLong();
  private final AtomicLong toHub = new AtomicLong();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private Relay(ServerSocket door, int hubPort) {
    this.door = door;
    this.hubPort = hubPort;
  }

  /** Opens a port of its own that leads to the hub's. */
  static Relay to(int hubPort) {
    try {
      Relay relay = new Relay(new ServerSocket(0, 0, InetAddress.getLoopbackAddress()), hubPort);
      Thread.ofVirtual().name("relay").start(relay::accept);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return door.getLocalPort();
  }

  /** Bytes that went from the hub to the agent so far. */
  long bytesToAgent() {
    return toAgent.get();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket agent = door.accept();
        Socket hub = new Socket(InetAddress.getLoopbackAddress(), hubPort);
        agent.setTcpNoDelay(true);
        hub.setTcpNoDelay(true);
        open.add(agent);
        open.add(hub);
        Thread.ofVirtual().start(() -> pass(agent, hub, toHub));
        Thread.ofVirtual().start(() -> pass(hub, agent, toAgent));
      } catch (IOException closedOrRefused) {
        // Closed: the loop ends. Refused by the hub: the agent sees its connection end, and
        // returns.
      }
    }
  }

  private void pass(Socket from, Socket to, AtomicLong count) {
    byte[] buffer = new byte[BUFFER];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        count.addAndGet(n);
        out.write(buffer, 0, n);
      }
    } catch (IOException ended) {
      // One side is gone; closing both tells the other.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  @Override
  public void close() {
    try {
      door.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
