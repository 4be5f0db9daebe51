package io.towline.hub.cli;

import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Files in one archive (POSIX ustar). What is written is the same for the same files: sorted, of
 * nobody, of no time. What is read are the plain files that an export consists of, kept in memory;
 * everything else in it is passed over, and nothing is ever unpacked to a disk.
 */
final class Tar {
  private static final int BLOCK = 512;
  private static final int NAME_BYTES = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE_BYTES = 12;
  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_BYTES = 8;
  private static final int TYPE_AT = 156;
  private static final int MAGIC_AT = 257;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX_BYTES = 155;

  /**
   * Files of one archive: the objects of an envelope, its bundles' manifests, and what is beside.
   */
  private static final int MAX_FILES = 12_000;

  private static final Pattern OCTAL = Pattern.compile("[0-7]{1,11}");

  private Tar() {}

  static byte[] write(SortedMap<String, byte[]> files) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    files.forEach(
        (name, bytes) -> {
          out.writeBytes(header(name, bytes.length));
          out.writeBytes(bytes);
          out.writeBytes(new byte[padding(bytes.length)]);
        });
    out.writeBytes(new byte[2 * BLOCK]);
    return out.toByteArray();
  }

  private static byte[] header(String name, int size) {
    byte[] header = new byte[BLOCK];
    put(header, 0, NAME_BYTES, name);
    put(header, 100, 8, "0000644\0");
    put(header, 108, 8, "0000000\0");
    put(header, 116, 8, "0000000\0");
    put(header, SIZE_AT, SIZE_BYTES, "%011o\0".formatted(size));
    put(header, 136, 12, "00000000000\0");
    header[TYPE_AT] = '0';
    put(header, MAGIC_AT, 8, "ustar\u000000");
    put(header, CHECKSUM_AT, CHECKSUM_BYTES, "%06o\0 ".formatted(checksum(header)));
    return header;
  }

  private static void put(byte[] header, int at, int most, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length > most) {
      throw new IllegalArgumentException("a name of an export is short");
    }
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  /** The sum of all bytes, with blanks where it will stand itself. */
  private static int checksum(byte[] header) {
    int sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      boolean itself = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES;
      sum += itself ? ' ' : header[i] & 0xff;
    }
    return sum;
  }

  /**
   * Reads an archive.
   *
   * @throws VerificationException {@code EnvelopeMalformed} if it is none, is cut, names a file
   *     twice, or holds more than an export can
   */
  static SortedMap<String, byte[]> read(byte[] tar) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    int at = 0;
    while (at + BLOCK <= tar.length) {
      byte[] header = Arrays.copyOfRange(tar, at, at + BLOCK);
      if (allZero(header)) {
        return files;
      }
      if (octal(header, CHECKSUM_AT, CHECKSUM_BYTES) != checksum(header)) {
        throw refuse("a header of the archive is damaged");
      }
      long size = octal(header, SIZE_AT, SIZE_BYTES);
      at += BLOCK;
      if (size > tar.length - at) {
        throw refuse("the archive is cut");
      }
      if (header[TYPE_AT] == '0' || header[TYPE_AT] == 0) {
        String name = name(header);
        if (files.put(name, Arrays.copyOfRange(tar, at, at + (int) size)) != null) {
          throw refuse("the archive names a file twice");
        }
        if (files.size() > MAX_FILES) {
          throw refuse("the archive has more than " + MAX_FILES + " files");
        }
      }
      at += (int) size + padding((int) size);
    }
    throw refuse("the archive is cut");
  }

  private static String name(byte[] header) {
    String prefix = text(header, PREFIX_AT, PREFIX_BYTES);
    String name = text(header, 0, NAME_BYTES);
    String whole = prefix.isEmpty() ? name : prefix + "/" + name;
    return whole.startsWith("./") ? whole.substring(2) : whole;
  }

  private static long octal(byte[] header, int at, int length) {
    String text = text(header, at, length).strip();
    if (!OCTAL.matcher(text).matches()) {
      throw refuse("a header of the archive is damaged");
    }
    return Long.parseLong(text, 8);
  }

  private static String text(byte[] header, int at, int length) {
    int end = at;
    while (end < at + length && header[end] != 0) {
      end++;
    }
    return new String(header, at, end - at, StandardCharsets.ISO_8859_1);
  }

  private static boolean allZero(byte[] header) {
    for (byte b : header) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static int padding(int size) {
    return (BLOCK - size % BLOCK) % BLOCK;
  }

  private static VerificationException refuse(String why) {
    return new VerificationException(Reason.ENVELOPE_MALFORMED, why);
  }
}
