package io.towline.hub.git;

import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory;
import org.eclipse.jgit.transport.http.JDKHttpConnection;

/**
 * Makes the connections of one fetch and remembers the last status that the server gave: JGit tells
 * a refused password from other failures by the text of its message alone. Certificates are checked
 * against the given ones, or else the platform's.
 */
final class HttpStatus implements HttpConnectionFactory {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  private final Optional<Path> caFile;
  private volatile int last;

  HttpStatus(Optional<Path> caFile) {
    this.caFile = caFile;
  }

  /** Whether the server refused the credentials, or the lack of them. */
  boolean isRefusal() {
    return last == UNAUTHORIZED || last == FORBIDDEN;
  }

  /** Whether the server pointed elsewhere. */
  boolean isRedirect() {
    return last >= 300 && last < 400;
  }

  @Override
  public HttpConnection create(URL url) throws IOException {
    return trusting(new Remembering(url));
  }

  @Override
  public HttpConnection create(URL url, Proxy proxy) throws IOException {
    return trusting(new Remembering(url, proxy));
  }

  private HttpConnection trusting(Remembering connection) throws IOException {
    if (caFile.isPresent()) {
      try {
        connection.configure(null, trustManagers(caFile.get()), null);
      } catch (GeneralSecurityException e) {
        throw new IOException("the certificates of the source cannot be used", e);
      }
    }
    return connection;
  }

  private static TrustManager[] trustManagers(Path file)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(file)) {
      int number = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca-" + number++, certificate);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private final class Remembering extends JDKHttpConnection {
    Remembering(URL url) throws IOException {
      super(url);
    }

    Remembering(URL url, Proxy proxy) throws IOException {
      super(url, proxy);
    }

    @Override
    public int getResponseCode() throws IOException {
      last = super.getResponseCode();
      return last;
    }
  }
}
