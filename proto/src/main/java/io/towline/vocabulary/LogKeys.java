package io.towline.vocabulary;

/** The keys under which log lines carry their values. */
public final class LogKeys {
  public static final String CLUSTER = "cluster";
  public static final String BUNDLE = "bundle";
  public static final String SOURCE = "source";
  public static final String COMMIT = "commit";
  public static final String EPOCH = "epoch";
  public static final String SEQUENCE = "sequence";
  public static final String REASON = "reason";
  public static final String OBJECT = "object";
  public static final String COUNT = "count";
  public static final String MILLIS = "millis";

  private LogKeys() {}
}
