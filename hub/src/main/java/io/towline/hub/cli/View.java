package io.towline.hub.cli;

import com.google.protobuf.Message;
import java.util.List;
import java.util.function.Function;

/**
 * How one kind is shown.
 *
 * @param kind which
 * @param type its message
 * @param name the name that people use
 * @param columns of its table
 */
record View<T extends Message>(
    Kind kind, Class<T> type, Function<T, String> name, List<Column<T>> columns) {
  /** Prints lists of messages that are of this kind, each under the one before. */
  Rows rows(boolean wide, Terminal terminal) {
    Table<T> table =
        new Table<>(columns.stream().filter(column -> wide || !column.wide()).toList(), terminal);
    return (items, header) -> table.lines(items.stream().map(type::cast).toList(), header);
  }

  /** Lines of a table that grows. */
  interface Rows {
    /**
     * The lines of some rows.
     *
     * @param header whether to begin with the headers
     */
    List<String> lines(List<? extends Message> items, boolean header);
  }

  String nameOf(Message item) {
    return name.apply(type.cast(item));
  }
}
