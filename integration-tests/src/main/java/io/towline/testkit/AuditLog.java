package io.towline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * What an API server was asked, by whom and when: the witness that does not depend on what a
 * product says of itself. Every request counts once, a watch when it begins. Thread-safe.
 *
 * <p>The server writes a line when it has answered, so a line can come a moment after its answer:
 * wait for it with {@link #await}, or be sure that what is counted happened before.
 */
public final class AuditLog {

  private final Path directory;
  private final Path file;
  private final List<AuditEvent> events = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private long offset;

  AuditLog(Path directory, String name) {
    this.directory = directory;
    this.file = directory.resolve(name);
  }

  /** A position in the log, to count from or up to. */
  public record Mark(int position) {
    /** The beginning of every log. */
    public static final Mark START = new Mark(0);
  }

  /** The position after everything that has been written so far. */
  public synchronized Mark mark() {
    readOn();
    return new Mark(events.size());
  }

  /** Everything that was written since a mark. */
  public List<AuditEvent> since(Mark from) {
    return between(from, mark());
  }

  /** Everything that was written between two marks. */
  public synchronized List<AuditEvent> between(Mark from, Mark to) {
    return List.copyOf(events.subList(from.position(), to.position()));
  }

  /** The writes of a user since a mark, refused ones too. */
  public List<AuditEvent> writesBy(String user, Mark from) {
    return since(from).stream().filter(e -> e.user().equals(user) && e.isWrite()).toList();
  }

  /** When a write of a user was last granted; empty if none was since the mark. */
  public Optional<Instant> lastWriteAt(String user, Mark from) {
    return writesBy(user, from).stream()
        .filter(AuditEvent::granted)
        .map(AuditEvent::answered)
        .max(Comparator.naturalOrder());
  }

  /**
   * Waits for the first event since a mark that is as wished. Woken by the file, not by a clock.
   *
   * @throws NotInTime with what else was written since the mark
   */
  public AuditEvent await(Mark from, Duration within, String what, Predicate<AuditEvent> wished) {
    Deadline deadline = Deadline.in(within);
    try (WatchService changes = FileSystems.getDefault().newWatchService()) {
      WatchKey key =
          directory.register(
              changes, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      while (true) {
        List<AuditEvent> written = since(from);
        Optional<AuditEvent> found = written.stream().filter(wished).findFirst();
        if (found.isPresent()) {
          return found.get();
        }
        if (deadline.expired()) {
          throw deadline.missed(what + "; the audit log has " + written);
        }
        changes.poll(deadline.remaining().toMillis(), TimeUnit.MILLISECONDS);
        key.pollEvents();
        key.reset();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw KubeClient.interrupted(e);
    }
  }

  private void readOn() {
    if (!Files.exists(file)) {
      return;
    }
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      in.seek(offset);
      byte[] bytes = new byte[Math.toIntExact(in.length() - offset)];
      in.readFully(bytes);
      int end = bytes.length;
      while (end > 0 && bytes[end - 1] != '\n') {
        end--;
      }
      offset += end;
      new String(bytes, 0, end, StandardCharsets.UTF_8)
          .lines()
          .map(KubeClient::json)
          .forEach(this::take);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void take(JsonNode line) {
    // A watch is told twice, at its beginning and at its end.
    if (seen.add(line.path("auditID").asText())) {
      events.add(AuditEvent.of(line));
    }
  }
}
