package io.towline.agent.stream;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An HTTP proxy that takes CONNECT (RFC 9110, section 9.3.6) and leads everybody to one port who
 * shows the user and the password it wants.
 */
public final class ConnectProxy implements AutoCloseable {
  private final ServerSocket server;
  private final int target;
  private final String who;
  private final List<String> asked = new CopyOnWriteArrayList<>();

  /**
   * Listens on loopback.
   *
   * @param who USER:PASSWORD; empty lets everybody through
   */
  public ConnectProxy(int target, String who) throws IOException {
    this.target = target;
    this.who = who;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** Where it listens. */
  public int port() {
    return server.getLocalPort();
  }

  /** The request lines. */
  public List<String> asked() {
    return asked;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> lead(client));
      }
    } catch (IOException closed) {
      // The proxy is closed.
    }
  }

  private void lead(Socket client) {
    try (client;
        Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target)) {
      String head = head(client.getInputStream());
      asked.add(head.lines().findFirst().orElse(""));
      if (!knows(head)) {
        answer(client, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      answer(client, "HTTP/1.1 200 OK\r\n\r\n");
      Thread back = Thread.ofVirtual().start(() -> pump(upstream, client));
      pump(client, upstream);
      back.join();
    } catch (IOException gone) {
      // One of the two hung up.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean knows(String head) {
    String shown = Base64.getEncoder().encodeToString(who.getBytes(StandardCharsets.UTF_8));
    return who.isEmpty()
        || head.lines()
            .anyMatch(line -> line.equalsIgnoreCase("Proxy-Authorization: Basic " + shown));
  }

  private static void answer(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int read = in.read();
      if (read < 0) {
        break;
      }
      head.append((char) read);
    }
    return head.toString();
  }

  private static void pump(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException gone) {
      // One of the two hung up.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
