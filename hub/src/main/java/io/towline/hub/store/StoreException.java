package io.towline.hub.store;

import org.jspecify.annotations.Nullable;

/** The database is away or refused. Trying again later may help. */
public final class StoreException extends RuntimeException {
  public StoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
