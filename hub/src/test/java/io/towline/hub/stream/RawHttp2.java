package io.towline.hub.stream;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client that writes whatever frames a test wants (RFC 9113), over real TLS. */
final class RawHttp2 implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;

  private static final int PATIENCE_MILLIS = 30_000;
  private static final int RECEIVED_UNREAD_BYTES = 16_384;
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final SSLSocket socket;
  private final OutputStream out;
  private final DataInputStream in;

  RawHttp2(int port) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    socket = (SSLSocket) context.getSocketFactory().createSocket();
    // What this client does not read must pile up at the hub, not in this machine's kernel.
    socket.setReceiveBufferSize(RECEIVED_UNREAD_BYTES);
    socket.connect(new InetSocketAddress("localhost", port), PATIENCE_MILLIS);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.startHandshake();
    out = socket.getOutputStream();
    in = new DataInputStream(socket.getInputStream());
    out.write(PREFACE);
    frame(SETTINGS, 0, 0, new byte[0]);
    out.flush();
  }

  /** The header block of a gRPC call, without compression. */
  static byte[] callHeaders(String path) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(0x83); // :method POST
    block.write(0x87); // :scheme https
    literal(block, ":path", path);
    literal(block, ":authority", "localhost");
    literal(block, "te", "trailers");
    literal(block, "content-type", "application/grpc");
    return block.toByteArray();
  }

  static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  /** A header that goes into the table of HPACK. */
  static void indexed(ByteArrayOutputStream block, String name, String value) {
    block.write(0x40);
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    int most = 0x7f;
    if (bytes.length < most) {
      block.write(bytes.length);
    } else {
      block.write(most);
      int rest = bytes.length - most;
      while (rest >= 0x80) {
        block.write((rest & 0x7f) | 0x80);
        rest >>= 7;
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  /** Writes a frame; says whether the other side still takes any. */
  boolean frame(int type, int flags, int stream, byte[] payload) {
    try {
      byte[] head = {
        (byte) (payload.length >> 16),
        (byte) (payload.length >> 8),
        (byte) payload.length,
        (byte) type,
        (byte) flags,
        (byte) (stream >> 24),
        (byte) (stream >> 16),
        (byte) (stream >> 8),
        (byte) stream
      };
      out.write(head);
      out.write(payload);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The error code with which the server sent this client away; empty: it hung up without one. */
  Optional<Integer> sentAway() throws IOException {
    try {
      while (true) {
        byte[] head = in.readNBytes(9);
        if (head.length < 9) {
          return Optional.empty();
        }
        int length = ((head[0] & 0xff) << 16) | ((head[1] & 0xff) << 8) | (head[2] & 0xff);
        byte[] payload = in.readNBytes(length);
        if (head[3] == GOAWAY && payload.length >= 8 && payload[7] != 0) {
          return Optional.of((int) payload[7]);
        }
      }
    } catch (EOFException | SocketException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether a stream is answered with :status 200, which HPACK writes as the one byte 0x88; waits
   * until the stream or the connection ends.
   */
  boolean answers(int stream) throws IOException {
    try {
      while (true) {
        byte[] head = in.readNBytes(9);
        if (head.length < 9) {
          return false;
        }
        byte[] payload =
            in.readNBytes(((head[0] & 0xff) << 16) | ((head[1] & 0xff) << 8) | (head[2] & 0xff));
        boolean mine = head[8] == stream && head[7] == 0;
        if (mine && head[3] == HEADERS) {
          return payload.length > 0 && (payload[0] & 0xff) == 0x88;
        }
        if (head[3] == GOAWAY || (mine && head[3] == RST_STREAM)) {
          return false;
        }
      }
    } catch (EOFException | SocketException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
