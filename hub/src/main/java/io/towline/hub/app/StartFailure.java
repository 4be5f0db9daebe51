package io.towline.hub.app;

import io.quarkus.logging.LoggingFilter;
import io.quarkus.runtime.Application;
import io.towline.hub.sign.SignException;
import io.towline.hub.store.StoreException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Says in one line why the hub cannot start where that is a matter of its settings, its files or
 * its database: a person mends those by what the message names. Whatever else stops a start is a
 * defect and keeps its stack trace.
 */
@LoggingFilter(name = "start-failure")
public final class StartFailure implements Filter {
  @Override
  public boolean isLoggable(LogRecord entry) {
    if (Application.class.getName().equals(entry.getLoggerName())) {
      explained(entry.getThrown())
          .ifPresent(
              why -> {
                entry.setMessage("The hub cannot start: " + why);
                entry.setParameters(null);
                entry.setThrown(null);
              });
    }
    return true;
  }

  private static Optional<String> explained(@Nullable Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case IllegalArgumentException setting -> {
          return Optional.ofNullable(setting.getMessage());
        }
        case IllegalStateException state -> {
          return Optional.ofNullable(state.getMessage());
        }
        case UncheckedIOException files -> {
          return Optional.of(files.getMessage() + ": " + files.getCause());
        }
        case StoreException store -> {
          return Optional.ofNullable(store.getMessage());
        }
        case SignException keys -> {
          return Optional.ofNullable(keys.getMessage());
        }
        default -> {}
      }
    }
    return Optional.empty();
  }
}
