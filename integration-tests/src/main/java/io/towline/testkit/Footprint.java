package io.towline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a process costs, as Linux accounts for it in {@code /proc}.
 *
 * @param residentBytes memory resident now (VmRSS)
 * @param peakBytes most memory ever resident (VmHWM)
 * @param cpu user and system time since its start, in steps of 10 ms
 * @param threads how many threads it has
 */
public record Footprint(long residentBytes, long peakBytes, Duration cpu, int threads) {

  private static final long BYTES_PER_KIB = 1024;
  // USER_HZ has been 100 on every architecture that Java runs on since Linux 2.4.
  private static final long MILLIS_PER_TICK = 10;
  // proc(5): utime and stime are fields 14 and 15; after the command's parenthesis, 3 is the first.
  private static final int UTIME_AFTER_COMMAND = 11;
  private static final int STIME_AFTER_COMMAND = 12;

  /**
   * Reads it for a process of this machine.
   *
   * @throws UncheckedIOException if there is no such process, or no {@code /proc}
   */
  public static Footprint of(long pid) {
    Path proc = Path.of("/proc", Long.toString(pid));
    try {
      String status = Files.readString(proc.resolve("status"));
      String stat = Files.readString(proc.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long ticks =
          Long.parseLong(fields[UTIME_AFTER_COMMAND]) + Long.parseLong(fields[STIME_AFTER_COMMAND]);
      return new Footprint(
          number(status, "VmRSS") * BYTES_PER_KIB,
          number(status, "VmHWM") * BYTES_PER_KIB,
          Duration.ofMillis(ticks * MILLIS_PER_TICK),
          (int) number(status, "Threads"));
    } catch (IOException e) {
      throw new UncheckedIOException("no footprint of process " + pid, e);
    }
  }

  private static long number(String status, String field) {
    Matcher line = Pattern.compile("^" + field + ":\\s+(\\d+)", Pattern.MULTILINE).matcher(status);
    return line.find() ? Long.parseLong(line.group(1)) : 0;
  }
}
