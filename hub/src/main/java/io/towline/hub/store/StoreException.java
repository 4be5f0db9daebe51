package io.towline.hub.store;

/** The database is away or refused. Trying again later may help. */
public final class StoreException extends RuntimeException {
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
