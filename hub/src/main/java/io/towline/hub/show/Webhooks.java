package io.towline.hub.show;

import jakarta.inject.Singleton;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * {@code POST /hooks/{source}}: where Git servers say that something was pushed. Needs no token:
 * the delivery's signature is its credential, and the answer says nothing about why one was
 * refused.
 */
@Singleton
@Path("/hooks")
public final class Webhooks {
  private final WebhookReceiver receiver;

  public Webhooks(WebhookReceiver receiver) {
    this.receiver = receiver;
  }

  /** 202: woken; 401: refused; 413: too long; 429: too many. */
  @POST
  @Path("/{source}")
  public Response deliver(
      @PathParam("source") String source, @Context HttpHeaders headers, byte[] body) {
    if (body.length > WebhookReceiver.MAX_BODY_BYTES) {
      return Response.status(Response.Status.REQUEST_ENTITY_TOO_LARGE).build();
    }
    Map<String, String> first = new HashMap<>();
    headers
        .getRequestHeaders()
        .forEach((name, values) -> first.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
    return switch (receiver.deliver(source, Map.copyOf(first), body)) {
      case ACCEPTED -> Response.accepted().build();
      case REFUSED -> Response.status(Response.Status.UNAUTHORIZED).build();
      case TOO_MANY -> Response.status(Response.Status.TOO_MANY_REQUESTS).build();
    };
  }
}
