package io.towline.hub.cli;

/** The forms of every read. */
enum Output {
  table,
  wide,
  json,
  yaml,
  name
}
