package io.towline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;

/** An API server answered a request with an error. */
public final class KubeRefusal extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int code;
  private final String body;

  KubeRefusal(String method, URI uri, int code, String body) {
    super(method + " " + uri + " was answered with " + code + ": " + body);
    this.code = code;
    this.body = body;
  }

  /** The HTTP status. */
  public int code() {
    return code;
  }

  /** The {@code Status} object that came with it. */
  public JsonNode status() {
    return KubeClient.json(body);
  }
}
