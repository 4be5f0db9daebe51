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
  /** The lines of a table of messages that are of this kind. */
  List<String> lines(
      List<? extends Message> items, boolean header, boolean wide, Terminal terminal) {
    List<T> rows = items.stream().map(type::cast).toList();
    List<Column<T>> shown = columns.stream().filter(column -> wide || !column.wide()).toList();
    return Table.lines(rows, shown, header, terminal);
  }

  String nameOf(Message item) {
    return name.apply(type.cast(item));
  }
}
