package io.towline.hub.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded database on disk, opened as the hub's configuration says. */
class EmbeddedDatabaseTest {
  @TempDir Path directory;

  @Test
  void aThreadThatIsInterruptedWhileItWritesDoesNotCloseItForTheOthers() throws Exception {
    JdbcConnectionPool pool = JdbcConnectionPool.create(url(), "towline", "");
    Database database = new Database(pool);
    try (Connection other = pool.getConnection();
        Statement statement = other.createStatement()) {
      statement.execute("create table note (text varchar)");
      AtomicBoolean stillInterrupted = new AtomicBoolean();
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    database.inTransaction(
                        connection -> {
                          Thread.currentThread().interrupt();
                          return Sql.update(
                              connection,
                              "insert into note (text) values (?)",
                              "a page of text ".repeat(10_000));
                        });
                    stillInterrupted.set(Thread.currentThread().isInterrupted());
                  });
      writer.join();

      assertThat(stillInterrupted).isTrue();
      try (var rows = statement.executeQuery("select count(*) from note")) {
        rows.next();
        assertThat(rows.getInt(1)).isOne();
      }
    } finally {
      pool.dispose();
    }
  }

  private String url() throws IOException {
    Properties configured = new Properties();
    try (InputStream in = Database.class.getResourceAsStream("/application.properties")) {
      configured.load(in);
    }
    return configured
        .getProperty("quarkus.datasource.jdbc.url")
        .replace("${towline.data-dir}", directory.toString());
  }
}
