package io.towline.hub.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.hub.store.FleetFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strangers do to the agents' port below the API (B81 to B88), and what becomes of them. */
class TransportAttackTest {
  private static final String PATH = "/towline.agent.v1.AgentService/GetRoots";
  private static final long MUCH_BYTES = 64L << 20;

  private FleetFixture fixture;
  private AgentsPort port;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    fixture = new FleetFixture(directory);
    fixture.cluster("store-0001", Map.of());
    port =
        new AgentsPort(
            fixture,
            directory,
            new RecordingSink(),
            Map.of("towline.agents.limits.handshake", "1s"));
  }

  /** After every attack an agent is served as before. */
  @AfterEach
  void anAgentIsServed() throws Exception {
    assertThat(
            port.blocking("store-0001")
                .getRoots(GetRootsRequest.getDefaultInstance())
                .getRootsCount())
        .isEqualTo(1);
    port.close();
    fixture.close();
  }

  @Test
  void sendsAwayWhoResetsStreamsAsFastAsItOpensThem() throws Exception {
    long before = used();
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      byte[] headers = RawHttp2.callHeaders(PATH);
      byte[] cancel = ByteBuffer.allocate(4).putInt(8).array();
      boolean taken = true;
      for (int stream = 1; taken && stream < 200_000; stream += 2) {
        taken =
            client.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, headers)
                && client.frame(RawHttp2.RST_STREAM, 0, stream, cancel);
      }
      // Who was not sent away waits here until patience ends, which fails.
      var unused = client.sentAway();
    }
    assertThat(used() - before).isLessThan(MUCH_BYTES);
  }

  /**
   * MadeYouReset: each stream is reset by the server, for a WINDOW_UPDATE by nothing or a PRIORITY
   * that is a byte short.
   */
  @ParameterizedTest
  @ValueSource(ints = {RawHttp2.WINDOW_UPDATE, RawHttp2.PRIORITY})
  void sendsAwayWhoHasItResetStreamsAsFastAsItOpensThem(int malformed) throws Exception {
    long before = used();
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      byte[] headers = RawHttp2.callHeaders(PATH);
      boolean taken = true;
      for (int stream = 1; taken && stream < 200_000; stream += 2) {
        taken =
            client.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, headers)
                && client.frame(malformed, 0, stream, new byte[4]);
      }
      // Who was not sent away waits here until patience ends, which fails.
      var unused = client.sentAway();
    }
    assertThat(used() - before).isLessThan(MUCH_BYTES);
  }

  /** Each is acknowledged, and this client reads none of it. */
  @Test
  void sendsAwayWhoChangesSettingsWithoutEnd() throws Exception {
    long before = used();
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      // What kernels take for both sides, 40 MB at 31 bytes each, is a quarter of this.
      int endless = 5_000_000;
      int sent = 0;
      while (sent < endless && client.frame(RawHttp2.SETTINGS, 0, 0, new byte[0])) {
        sent++;
      }
      assertThat(sent).isLessThan(endless);
    }
    assertThat(used() - before).isLessThan(MUCH_BYTES);
  }

  /** One header of 4,000 bytes in the table of HPACK, then named 4,000 times by one byte each. */
  @Test
  void refusesHeadersThatUnpackToMegabytes() throws Exception {
    long before = used();
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      block.writeBytes(RawHttp2.callHeaders(PATH));
      int firstOfTheTable = 62;
      RawHttp2.indexed(block, "x-large", "x".repeat(4_000));
      for (int i = 0; i < 4_000; i++) {
        block.write(0x80 | firstOfTheTable);
      }
      client.frame(
          RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 1, block.toByteArray());
      // Not 200: 431, or the connection's end.
      assertThat(client.answers(1)).isFalse();
    }
    assertThat(used() - before).isLessThan(MUCH_BYTES);
  }

  @Test
  void speaksToNobodyWhoDoesNotAskForHttp2() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("localhost", port.server.port())) {
      socket.setSoTimeout(30_000);
      socket.startHandshake();
      assertThat(ended(socket)).isTrue();
    } catch (SSLException e) {
      assertThat(e).isNotInstanceOf(SSLPeerUnverifiedException.class);
    }
  }

  @Test
  void sendsAwayWhoPingsWithoutEnd() throws Exception {
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      for (int i = 0; i < 1_000; i++) {
        if (!client.frame(RawHttp2.PING, 0, 0, new byte[8])) {
          break;
        }
      }
      // ENHANCE_YOUR_CALM, as too_many_pings; or it hung up before that was read.
      client.sentAway().ifPresent(code -> assertThat(code).isEqualTo(0x0b));
    }
  }

  @Test
  void sendsAwayWhoSplitsHeadersIntoNothing() throws Exception {
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      assertThat(client.frame(RawHttp2.HEADERS, 0, 1, RawHttp2.callHeaders(PATH))).isTrue();
      int sent = 0;
      while (sent < 1_000_000 && client.frame(RawHttp2.CONTINUATION, 0, 1, new byte[0])) {
        sent++;
      }
      // Who was not sent away waits here until patience ends, which fails.
      var unused = client.sentAway();
    }
  }

  @Test
  void refusesHeadersOfAMegabyte() throws Exception {
    long before = used();
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      block.writeBytes(RawHttp2.callHeaders(PATH));
      RawHttp2.literal(block, "x-large", "x".repeat(1 << 20));
      byte[] all = block.toByteArray();
      int chunk = 16_000;
      for (int from = 0; from < all.length; from += chunk) {
        int to = Math.min(all.length, from + chunk);
        byte[] part = Arrays.copyOfRange(all, from, to);
        boolean taken =
            client.frame(
                from == 0 ? RawHttp2.HEADERS : RawHttp2.CONTINUATION,
                to == all.length ? RawHttp2.END_HEADERS : 0,
                1,
                part);
        if (!taken) {
          break;
        }
      }
    }
    assertThat(used() - before).isLessThan(MUCH_BYTES);
  }

  @Test
  void sendsAwayWhoOverflowsAWindow() throws Exception {
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      byte[] most = ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array();
      client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, most);
      client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, most);
      // FLOW_CONTROL_ERROR
      client.sentAway().ifPresent(code -> assertThat(code).isEqualTo(0x03));
    }
  }

  @Test
  void refusesAMessageThatIsDeclaredToBeEndless() throws Exception {
    long before = used();
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      String enroll = "/towline.agent.v1.AgentService/Enroll";
      client.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 1, RawHttp2.callHeaders(enroll));
      byte[] prefix = ByteBuffer.allocate(5).put((byte) 0).putInt(Integer.MAX_VALUE).array();
      client.frame(RawHttp2.DATA, 0, 1, prefix);
      client.frame(RawHttp2.DATA, 0, 1, new byte[16_000]);
    }
    assertThat(used() - before).isLessThan(MUCH_BYTES);
  }

  @Test
  void hangsUpOnWhoNeverFinishesTheHandshake() throws Exception {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        Socket socket = new Socket("localhost", port.server.port());
        socket.setSoTimeout(30_000);
        // The first bytes of a ClientHello, and nothing after them.
        socket.getOutputStream().write(new byte[] {0x16, 3, 1, 2, 0});
        open.add(socket);
      }
      for (Socket socket : open) {
        assertThat(ended(socket)).isTrue();
      }
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  /** Whether the server ends the connection, after an alert or without one. */
  private static boolean ended(Socket socket) throws IOException {
    try {
      var unused = socket.getInputStream().readAllBytes();
      return true;
    } catch (SocketException e) {
      return true;
    }
  }

  @Test
  void takesNoMoreCallsOfOneConnectionThanItSaid() throws Exception {
    long before = used();
    try (RawHttp2 client = new RawHttp2(port.server.port())) {
      String enroll = "/towline.agent.v1.AgentService/Enroll";
      byte[] headers = RawHttp2.callHeaders(enroll);
      for (int i = 0; i < 5_000; i++) {
        if (!client.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 2 * i + 1, headers)) {
          break;
        }
      }
    }
    assertThat(used() - before).isLessThan(MUCH_BYTES);
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
