package io.towline.agent.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.agent.apply.Account;
import io.towline.agent.apply.ApiResource;
import io.towline.agent.apply.KubeApi;
import io.towline.agent.apply.KubeException;
import io.towline.agent.verify.TrustMirror;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * The mirror of trust as a Secret in the agent's own namespace, under the agent's own account. Two
 * requests at a start and one with each accepted envelope.
 */
final class SecretTrustMirror implements TrustMirror {
  static final String NAME = "towline-agent-trust";
  private static final String KEY = "trust";
  private static final ApiResource SECRETS = new ApiResource("", "v1", "secrets", "Secret", true);

  private final KubeApi api;
  private final String namespace;

  SecretTrustMirror(KubeApi api, String namespace) {
    this.api = api;
    this.namespace = namespace;
  }

  @Override
  public Reading read() throws MirrorException, InterruptedException {
    try {
      JsonNode secret = api.get(Account.SELF, SECRETS, namespace, NAME);
      String value = secret.path("data").path(KEY).asText("");
      String version = secret.path("metadata").path("resourceVersion").asText("");
      return new Reading.Present(decoded(value), version);
    } catch (KubeException e) {
      if (e.notFound()) {
        return new Reading.Absent();
      }
      MirrorException.Kind kind = kindOf(e);
      if (kind == MirrorException.Kind.DENIED) {
        return new Reading.Denied(text(e));
      }
      throw new MirrorException(kind, text(e));
    }
  }

  /** Anything that is not base64 is no record either, and is told from one by its checksum. */
  private static String decoded(String value) {
    try {
      return new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  @Override
  public String write(String text, Optional<String> version)
      throws MirrorException, InterruptedException {
    try {
      if (version.isEmpty()) {
        JsonNode created =
            api.create(Account.SELF, SECRETS, namespace, secret(text, version).toString());
        return created.path("metadata").path("resourceVersion").asText("");
      }
      return api.apply(
              Account.SELF,
              SECRETS,
              namespace,
              NAME,
              secret(text, version).toString(),
              KubeApi.ApplyMode.FORCE)
          .resourceVersion();
    } catch (KubeException e) {
      throw new MirrorException(kindOf(e), text(e));
    }
  }

  private ObjectNode secret(String text, Optional<String> version) {
    ObjectNode secret = JsonNodeFactory.instance.objectNode();
    secret.put("apiVersion", "v1").put("kind", "Secret").put("type", "towline.io/trust");
    ObjectNode metadata = secret.putObject("metadata");
    metadata.put("name", NAME).put("namespace", namespace);
    version.ifPresent(v -> metadata.put("resourceVersion", v));
    secret
        .putObject("data")
        .put(KEY, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
    return secret;
  }

  private static MirrorException.Kind kindOf(KubeException e) {
    return switch (e.code()) {
      case 409 -> MirrorException.Kind.CHANGED;
      case 400, 401, 403, 404, 405, 422 -> MirrorException.Kind.DENIED;
      default -> MirrorException.Kind.UNAVAILABLE;
    };
  }

  private static String text(KubeException e) {
    return Optional.ofNullable(e.getMessage()).orElse("HTTP " + e.code());
  }
}
