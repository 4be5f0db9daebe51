package io.towline.hub.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.eclipse.jgit.transport.UploadPack;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fetches from real servers on this machine: Git's own over HTTP, and an SSH server. */
class RemoteTest {
  private static final String PASSWORD = "hunter2";

  @TempDir Path directory;
  private OriginRepository origin;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void makeOrigin() throws IOException {
    origin = new OriginRepository(directory.resolve("origin.git"));
    origin.commit("main", Map.of("a", "1"));
  }

  @AfterEach
  void closeAll() throws Exception {
    origin.close();
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void fetchesOverHttpWithThePasswordOfAFileThatMayChange() throws IOException {
    String url = serve(withPassword(gitHttpBackend())) + "/origin.git";
    Path file = Files.writeString(directory.resolve("password"), "wrong\n");

    try (Mirror mirror =
        mirror(Map.of("url", url, "username", "someone", "password-file", file.toString()))) {
      GitException refusal = refusal(mirror);
      assertThat(refusal.reason()).isEqualTo(Reason.SOURCE_UNAUTHORIZED);
      assertThat(everyMessage(refusal)).doesNotContain("wrong").doesNotContain("someone:");

      Files.writeString(file, PASSWORD + "\n");
      Revision first = mirror.fetch();
      assertThat(mirror.tree(first).list("")).hasSize(1);

      origin.commit("main", Map.of("a", "1", "b", "2"));
      assertThat(mirror.tree(mirror.fetch()).list("")).hasSize(2);
    }
    try (Mirror mirror = mirror(Map.of("url", url, "branch", "other"))) {
      assertThat(refusal(mirror).reason()).isEqualTo(Reason.SOURCE_UNAUTHORIZED);
    }
  }

  @Test
  void saysThatARevisionIsMissingOverHttp() throws IOException {
    String url = serve(gitHttpBackend()) + "/origin.git";

    try (Mirror mirror = mirror(Map.of("url", url, "branch", "missing"))) {
      assertThat(refusal(mirror).reason()).isEqualTo(Reason.REVISION_NOT_FOUND);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "401, SOURCE_UNAUTHORIZED",
    "403, SOURCE_UNAUTHORIZED",
    "404, SOURCE_UNREACHABLE",
    "500, SOURCE_UNREACHABLE",
    "200, SOURCE_UNREACHABLE",
  })
  void tellsFailuresApartByTheStatusOfTheServer(int status, Reason reason) throws IOException {
    String url =
        serve(
            exchange -> {
              if (status == 401) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"git\"");
              }
              exchange.sendResponseHeaders(status, -1);
              exchange.close();
            });

    try (Mirror mirror = mirror(Map.of("url", url + "/web.git", "password", PASSWORD))) {
      GitException refusal = refusal(mirror);
      assertThat(refusal.reason()).isEqualTo(reason);
      assertThat(everyMessage(refusal)).doesNotContain(PASSWORD);
    }
  }

  @Test
  void followsNoRedirectAndTakesNoCredentialsAlong() throws IOException {
    List<String> elsewhere = Collections.synchronizedList(new ArrayList<>());
    String other =
        serve(
            exchange -> {
              elsewhere.add(exchange.getRequestURI() + " " + exchange.getRequestHeaders());
              exchange.sendResponseHeaders(404, -1);
              exchange.close();
            });
    String url =
        serve(
            exchange -> {
              exchange.getResponseHeaders().add("Location", other + exchange.getRequestURI());
              exchange.sendResponseHeaders(302, -1);
              exchange.close();
            });

    try (Mirror mirror = mirror(Map.of("url", url + "/web.git", "password", PASSWORD))) {
      GitException refusal = refusal(mirror);
      assertThat(refusal.reason()).isEqualTo(Reason.SOURCE_UNREACHABLE);
      assertThat(refusal).hasMessageContaining("redirect");
    }
    assertThat(elsewhere).isEmpty();
  }

  @Test
  void asksNoAddressOfItsOwnNetworkWhateverTheNameOfTheHost() throws IOException {
    for (String address : List.of("169.254.169.254", "fe80::1", "0.0.0.0", "fd00:ec2::254")) {
      assertThat(ForbiddenAddresses.isForbidden(InetAddress.getByName(address)))
          .as(address)
          .isTrue();
    }
    for (String address : List.of("127.0.0.1", "10.0.0.7", "192.0.2.1", "2001:db8::1")) {
      assertThat(ForbiddenAddresses.isForbidden(InetAddress.getByName(address)))
          .as(address)
          .isFalse();
    }
    // As a name would that leads there: only its addresses are looked at.
    GitUrl url = new GitUrl("http://x/web.git", "http://x/web.git", GitUrl.Scheme.HTTP, "0.0.0.0");
    assertThat(
            catchThrowableOfType(GitException.class, () -> ForbiddenAddresses.requireAllowed(url))
                .reason())
        .isEqualTo(Reason.SOURCE_UNREACHABLE);
  }

  @Test
  void saysThatNobodyListens() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (Mirror mirror = mirror(Map.of("url", "http://127.0.0.1:" + port + "/web.git"))) {
      GitException refusal = refusal(mirror);
      assertThat(refusal.reason()).isEqualTo(Reason.SOURCE_UNREACHABLE);
      assertThat(refusal).hasMessageContaining("does not accept connections");
    }
  }

  @Test
  void givesItsPasswordToTheConfiguredHostOnly() throws Exception {
    OneHostCredentials credentials =
        new OneHostCredentials(GitUrl.of("https://git.example/web.git", false), "me", PASSWORD);

    assertThat(asks(credentials, "https://git.example/web.git")).isTrue();
    assertThat(asks(credentials, "https://GIT.example/other.git")).isTrue();
    assertThat(asks(credentials, "http://git.example/web.git")).isFalse();
    assertThat(asks(credentials, "https://git.example.evil/web.git")).isFalse();
  }

  private static boolean asks(OneHostCredentials credentials, String uri) throws Exception {
    var password = new org.eclipse.jgit.transport.CredentialItem.Password();
    boolean given = credentials.get(new org.eclipse.jgit.transport.URIish(uri), password);
    return given && password.getValue() != null;
  }

  @Test
  void fetchesOverSshWithItsKeyFromAPinnedHostOnly() throws Exception {
    KeyPair host = keyPair();
    KeyPair client = keyPair();
    int port = serveSsh(host, client);
    String url = "ssh://git@127.0.0.1:" + port + "/origin.git";
    String pinned = "[127.0.0.1]:" + port + " " + PublicKeyEntry.toString(host.getPublic());
    String other = "[127.0.0.1]:" + port + " " + PublicKeyEntry.toString(keyPair().getPublic());

    try (Mirror mirror = overSsh("good", url, client, pinned)) {
      assertThat(mirror.tree(mirror.fetch()).list("")).hasSize(1);
      assertThat(mirror.accepted().orElseThrow().url())
          .isEqualTo("ssh://127.0.0.1:" + port + "/origin.git");
      origin.commit("main", Map.of("a", "1", "b", "2"));
      assertThat(mirror.tree(mirror.fetch()).list("")).hasSize(2);
    }
    for (String hosts : List.of("", other)) {
      try (Mirror mirror = overSsh("pin" + hosts.length(), url, client, hosts)) {
        GitException refusal = refusal(mirror);
        assertThat(refusal.reason()).isEqualTo(Reason.SOURCE_UNREACHABLE);
        assertThat(refusal).hasMessageContaining("known-hosts");
        assertThat(Files.readString(directory.resolve("pin" + hosts.length() + ".hosts")))
            .isEqualTo(hosts);
      }
    }
    try (Mirror mirror = overSsh("stranger", url, keyPair(), pinned)) {
      assertThat(refusal(mirror).reason()).isEqualTo(Reason.SOURCE_UNAUTHORIZED);
    }
  }

  private Mirror overSsh(String name, String url, KeyPair key, String hosts) throws IOException {
    Path keyFile = directory.resolve(name + ".key");
    Files.writeString(
        keyFile,
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(key.getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    Files.setPosixFilePermissions(keyFile, PosixFilePermissions.fromString("rw-------"));
    Path hostsFile = Files.writeString(directory.resolve(name + ".hosts"), hosts);
    return mirror(
        Map.of(
            "url",
            url,
            "ssh-key-file",
            keyFile.toString(),
            "known-hosts-file",
            hostsFile.toString()));
  }

  private static KeyPair keyPair() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  private int serveSsh(KeyPair host, KeyPair client) throws IOException {
    SshServer server = SshServer.setUpDefaultServer();
    server.setHost("127.0.0.1");
    server.setPort(0);
    server.setKeyPairProvider(KeyPairProvider.wrap(host));
    server.setPublickeyAuthenticator(
        (user, key, session) ->
            user.equals("git") && KeyUtils.compareKeys(key, client.getPublic()));
    server.setCommandFactory((channel, line) -> new UploadPackCommand());
    server.start();
    open.add(server);
    return server.getPort();
  }

  /** Serves the one repository that there is, whatever is asked. */
  private final class UploadPackCommand implements Command {
    private InputStream in = InputStream.nullInputStream();
    private OutputStream out = OutputStream.nullOutputStream();
    private ExitCallback exit = (code, message, closeImmediately) -> {};

    @Override
    public void setInputStream(InputStream in) {
      this.in = in;
    }

    @Override
    public void setOutputStream(OutputStream out) {
      this.out = out;
    }

    @Override
    public void setErrorStream(OutputStream err) {}

    @Override
    public void setExitCallback(ExitCallback callback) {
      this.exit = callback;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) {
      Thread.ofVirtual()
          .start(
              () -> {
                int code = 0;
                try {
                  new UploadPack(origin.repository()).upload(in, out, null);
                } catch (IOException e) {
                  code = 1;
                }
                exit.onExit(code);
              });
    }

    @Override
    public void destroy(ChannelSession channel) {}
  }

  private String serve(HttpHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", handler);
    server.start();
    open.add(() -> server.stop(0));
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static HttpHandler withPassword(HttpHandler handler) {
    String expected =
        "Basic " + Base64.getEncoder().encodeToString(("someone:" + PASSWORD).getBytes(UTF_8));
    return exchange -> {
      if (expected.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        handler.handle(exchange);
      } else {
        exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"git\"");
        exchange.sendResponseHeaders(401, -1);
        exchange.close();
      }
    };
  }

  /** Git's own server program, by CGI. */
  private HttpHandler gitHttpBackend() throws IOException {
    Path program;
    try {
      Process process = new ProcessBuilder("git", "--exec-path").start();
      program =
          Path.of(new String(process.getInputStream().readAllBytes(), UTF_8).strip())
              .resolve("git-http-backend");
    } catch (IOException e) {
      program = Path.of("no git program");
    }
    assumeThat(program).as("git's server program, which this test needs").isExecutable();
    Path backend = program;
    return exchange -> runCgi(backend, exchange);
  }

  private void runCgi(Path program, HttpExchange exchange) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    Map<String, String> environment = builder.environment();
    environment.put("GIT_CONFIG_NOSYSTEM", "1");
    environment.put("GIT_CONFIG_COUNT", "1");
    environment.put("GIT_CONFIG_KEY_0", "safe.directory");
    environment.put("GIT_CONFIG_VALUE_0", "*");
    environment.put("GIT_PROJECT_ROOT", directory.toString());
    environment.put("GIT_HTTP_EXPORT_ALL", "1");
    environment.put("REQUEST_METHOD", exchange.getRequestMethod());
    environment.put("PATH_INFO", exchange.getRequestURI().getPath());
    String query = exchange.getRequestURI().getQuery();
    environment.put("QUERY_STRING", query == null ? "" : query);
    header(exchange, "Content-Type", environment, "CONTENT_TYPE");
    header(exchange, "Content-Encoding", environment, "HTTP_CONTENT_ENCODING");
    header(exchange, "Git-Protocol", environment, "HTTP_GIT_PROTOCOL");
    byte[] body = exchange.getRequestBody().readAllBytes();
    environment.put("CONTENT_LENGTH", String.valueOf(body.length));
    Process process = builder.start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(body);
    }
    InputStream out = process.getInputStream();
    int status = 200;
    for (String line = line(out); !line.isEmpty(); line = line(out)) {
      int colon = line.indexOf(':');
      String value = line.substring(colon + 1).strip();
      if (line.startsWith("Status:")) {
        status = Integer.parseInt(value.substring(0, 3));
      } else {
        exchange.getResponseHeaders().add(line.substring(0, colon), value);
      }
    }
    exchange.sendResponseHeaders(status, 0);
    out.transferTo(exchange.getResponseBody());
    exchange.close();
  }

  private static void header(
      HttpExchange exchange, String name, Map<String, String> environment, String variable) {
    String value = exchange.getRequestHeaders().getFirst(name);
    if (value != null) {
      environment.put(variable, value);
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      line.write(b);
    }
    return line.toString(UTF_8).strip();
  }

  private static String everyMessage(Throwable failure) {
    StringBuilder messages = new StringBuilder();
    for (Throwable at = failure; at != null; at = at.getCause()) {
      messages.append(at.getMessage()).append('\n');
    }
    return messages.toString();
  }

  private static GitException refusal(Mirror mirror) {
    return catchThrowableOfType(GitException.class, mirror::fetch);
  }

  private Mirror mirror(Map<String, String> values) throws IOException {
    Source source = Settings.source(new Settings.Repository(new HashMap<>(values)));
    return Mirror.open(
        Files.createTempDirectory(directory, "mirrors"),
        source,
        Settings.git(),
        new Sights(),
        InstantSource.system());
  }
}
