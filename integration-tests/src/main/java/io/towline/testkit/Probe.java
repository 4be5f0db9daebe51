package io.towline.testkit;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;

/** Asks a server on loopback whether it is there yet. */
final class Probe {

  private static final int PATIENCE_MILLIS = (int) Duration.ofSeconds(5).toMillis();

  private Probe() {}

  /** Whether a GET is answered with 200. Anything else, a refused connection too, is a no. */
  static boolean answersOk(URI uri) {
    return status(uri) == HttpURLConnection.HTTP_OK;
  }

  /** The status of a GET, or 0 where nothing answers. */
  static int status(URI uri) {
    try {
      HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
      connection.setConnectTimeout(PATIENCE_MILLIS);
      connection.setReadTimeout(PATIENCE_MILLIS);
      try {
        return connection.getResponseCode();
      } finally {
        connection.disconnect();
      }
    } catch (IOException notThereYet) {
      return 0;
    }
  }
}
