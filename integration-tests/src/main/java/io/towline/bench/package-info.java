/**
 * What Towline costs, measured on unmodified production code against a real API server: times from
 * the server's audit log, memory and processor time from {@code /proc}, bytes on the agent's own
 * connection. It prints figures and judges none: they are to be read beside the load of the
 * machine.
 */
@NullMarked
package io.towline.bench;

import org.jspecify.annotations.NullMarked;
