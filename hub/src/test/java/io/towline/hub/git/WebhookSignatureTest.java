package io.towline.hub.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WebhookSignatureTest {
  private static final byte[] BODY = "Hello, World!".getBytes(UTF_8);

  /** The example of GitHub's documentation for validating webhook deliveries. */
  private static final String SECRET = "It's a Secret to Everybody";

  private static final String SIGNATURE =
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

  @Test
  void acceptsAGenuineSignature() {
    assertThat(genuine(Map.of("x-hub-signature-256", SIGNATURE), BODY)).isTrue();
    assertThat(genuine(Map.of("x-gitlab-token", SECRET), BODY)).isTrue();
  }

  @Test
  void refusesEverythingElse() {
    assertThat(genuine(Map.of(), BODY)).isFalse();
    assertThat(genuine(Map.of("x-hub-signature-256", SIGNATURE), "Hello".getBytes(UTF_8)))
        .isFalse();
    assertThat(genuine(Map.of("x-hub-signature-256", SIGNATURE.substring(7)), BODY)).isFalse();
    assertThat(genuine(Map.of("x-hub-signature-256", "sha256="), BODY)).isFalse();
    assertThat(genuine(Map.of("x-hub-signature-256", "sha1=" + SIGNATURE.substring(7)), BODY))
        .isFalse();
    assertThat(genuine(Map.of("x-gitlab-token", ""), BODY)).isFalse();
    assertThat(genuine(Map.of("x-gitlab-token", SECRET + "x"), BODY)).isFalse();
  }

  @Test
  void doesNotLetATokenStandInForAWrongSignature() {
    assertThat(genuine(Map.of("x-hub-signature-256", "sha256=00", "x-gitlab-token", SECRET), BODY))
        .isFalse();
  }

  @Test
  void holdsNothingGenuineWithoutASecret() {
    Source source =
        Settings.source(new Settings.Repository(Map.of("url", "https://git.example/web.git")));

    assertThat(WebhookSignature.isGenuine(source, Map.of("x-gitlab-token", ""), BODY)).isFalse();
  }

  private static boolean genuine(Map<String, String> headers, byte[] body) {
    Source source =
        Settings.source(
            new Settings.Repository(
                Map.of("url", "https://git.example/web.git", "webhook-secret", SECRET)));
    return WebhookSignature.isGenuine(source, headers, body);
  }
}
