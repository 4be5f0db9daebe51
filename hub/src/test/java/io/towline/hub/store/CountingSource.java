package io.towline.hub.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** Counts the statements that are prepared on the connections of a source. */
final class CountingSource {
  private CountingSource() {}

  static DataSource of(DataSource source, AtomicLong statements) {
    return proxy(
        DataSource.class,
        source,
        (name, result) ->
            result instanceof Connection connection
                ? proxy(
                    Connection.class,
                    connection,
                    (called, unused) -> {
                      if (called.equals("prepareStatement")) {
                        statements.incrementAndGet();
                      }
                      return unused;
                    })
                : result);
  }

  /** What is done with the result of a call. */
  private interface Afterwards {
    Object see(String method, Object result);
  }

  private static <T> T proxy(Class<T> type, T behind, Afterwards afterwards) {
    return type.cast(
        Proxy.newProxyInstance(
            CountingSource.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return afterwards.see(method.getName(), method.invoke(behind, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
