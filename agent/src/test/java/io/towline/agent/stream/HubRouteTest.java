package io.towline.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.agent.apply.TestConfig;
import io.towline.agent.enroll.EnrollException;
import io.towline.agent.enroll.HubAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubRouteTest {
  private static final String HUB = "hub.example.com:8443";

  /** Through a proxy on loopback, as somebody; empty: as nobody. */
  static HubRoute via(ConnectProxy proxy, String who) {
    return route("http://" + (who.isEmpty() ? "" : who + "@") + "127.0.0.1:" + proxy.port(), "");
  }

  private static HubRoute route(String proxy, String direct) {
    return HubRoute.of(
        config(Map.of("towline.stream.proxy", proxy, "towline.stream.no-proxy", direct)));
  }

  private static StreamConfig config(Map<String, String> properties) {
    return TestConfig.of(StreamConfig.class, properties);
  }

  private static boolean goesThroughIt(String hub, String direct) {
    return route("http://proxy:3128", direct).proxyTo(HubAddress.parse(hub)).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "http://proxy.example.com:8080, proxy.example.com, 8080",
    "proxy.example.com:8080, proxy.example.com, 8080",
    "http://proxy.example.com/, proxy.example.com, 3128",
    "http://[2001:db8::1]:8080, 2001:db8::1, 8080",
  })
  void readsAProxyAsOtherProgramsDo(String text, String host, int port) {
    HubRoute.Proxy proxy = route(text, "").proxyTo(HubAddress.parse(HUB)).orElseThrow();

    assertThat(proxy.host()).isEqualTo(host);
    assertThat(proxy.port()).isEqualTo(port);
    assertThat(proxy.user()).isEmpty();
  }

  @Test
  void readsAUserAndAPasswordAndShowsNeither() {
    HubRoute.Proxy proxy =
        route("http://edge:s%40cr:t@proxy:3128", "").proxyTo(HubAddress.parse(HUB)).orElseThrow();

    assertThat(proxy.user()).hasValue("edge");
    assertThat(proxy.password()).hasValue("s@cr:t");
    assertThat(proxy).hasToString("proxy:3128");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://u:s3cret@proxy:1", "http://u:s3cret@", "http://u:s3cret@ proxy"})
  void refusesWhatIsNoProxyWithoutTellingThePassword(String text) {
    assertThatThrownBy(() -> route(text, ""))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("towline.stream.proxy")
        .hasMessageNotContaining("s3cret")
        .hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hub.example.com",
        "HUB.example.com",
        "example.com",
        ".example.com",
        "localhost, example.com",
        "*",
      })
  void callsDirectlyWhomNoProxyNames(String direct) {
    assertThat(goesThroughIt(HUB, direct)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ample.com", "hub", "hub.example.com.org", "10.0.0.0/8"})
  void goesThroughTheProxyToAllOthers(String direct) {
    assertThat(goesThroughIt(HUB, direct)).isTrue();
  }

  @Test
  void knowsBlocksOfAddresses() {
    assertThat(goesThroughIt("10.1.2.3:8443", "10.0.0.0/8")).isFalse();
    assertThat(goesThroughIt("11.1.2.3:8443", "10.0.0.0/8")).isTrue();
    assertThat(goesThroughIt("[2001:db8::1]:8443", "2001:db8::/32")).isFalse();
    assertThat(goesThroughIt("10.1.2.3:8443", "10.1.2.3")).isFalse();
  }

  @Test
  void refusesABlockThatIsNone() {
    assertThatThrownBy(() -> route("http://proxy:3128", "10.0.0.0/64"))
        .isInstanceOf(EnrollException.class)
        .hasMessageContaining("towline.stream.no-proxy")
        .hasMessageContaining("10.0.0.0/64");
  }

  @Test
  void takesWhatTheEnvironmentSaysToEveryProgram() {
    HubRoute route =
        HubRoute.of(
            config(
                Map.of("HTTPS_PROXY", "http://everybodys:3128", "NO_PROXY", "near.example.com")));

    assertThat(route.proxyTo(HubAddress.parse(HUB)).orElseThrow().host()).isEqualTo("everybodys");
    assertThat(route.proxyTo(HubAddress.parse("near.example.com:8443"))).isEmpty();
  }
}
