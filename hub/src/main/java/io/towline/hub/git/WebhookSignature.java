package io.towline.hub.git;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Whether a webhook is genuine. Nothing of its body counts beyond that: it names no repository, no
 * branch and no commit to the hub.
 */
public final class WebhookSignature {
  private static final String ALGORITHM = "HmacSHA256";
  private static final String GITHUB_HEADER = "x-hub-signature-256";
  private static final String GITHUB_PREFIX = "sha256=";
  private static final String GITLAB_HEADER = "x-gitlab-token";

  private WebhookSignature() {}

  /**
   * Checks what GitHub, Gitea and Forgejo send (an HMAC-SHA-256 over the body in {@code
   * X-Hub-Signature-256}), or what GitLab does (the secret itself in {@code X-Gitlab-Token}), in
   * time that does not depend on how near a guess is.
   *
   * @param source whose secret counts; without one nothing is genuine
   * @param headers by lower-case name
   * @param body as received
   */
  public static boolean isGenuine(Source source, Map<String, String> headers, byte[] body) {
    Optional<Secret> configured = source.webhookSecret();
    if (configured.isEmpty()) {
      return false;
    }
    byte[] secret = configured.get().read().getBytes(StandardCharsets.UTF_8);
    if (secret.length == 0) {
      return false;
    }
    String signature = headers.get(GITHUB_HEADER);
    if (signature != null) {
      return signature.startsWith(GITHUB_PREFIX)
          && MessageDigest.isEqual(
              (GITHUB_PREFIX + HexFormat.of().formatHex(hmac(secret, body)))
                  .getBytes(StandardCharsets.US_ASCII),
              signature.getBytes(StandardCharsets.UTF_8));
    }
    String token = headers.get(GITLAB_HEADER);
    return token != null && MessageDigest.isEqual(secret, token.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] hmac(byte[] secret, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}
