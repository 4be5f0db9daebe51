package io.towline.testkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The end of a log file, for messages to people. */
final class LogTail {

  private static final int MOST_BYTES = 8 * 1024;

  private LogTail() {}

  /** The last lines, 8 KiB at most; says so if there is nothing to read. */
  static String of(Path log) {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long length = file.length();
      byte[] tail = new byte[(int) Math.min(length, MOST_BYTES)];
      file.seek(length - tail.length);
      file.readFully(tail);
      String text = new String(tail, StandardCharsets.UTF_8);
      int firstLineEnd = text.indexOf('\n');
      boolean startsInsideALine = length > tail.length && firstLineEnd >= 0;
      return startsInsideALine ? text.substring(firstLineEnd + 1) : text;
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }
}
