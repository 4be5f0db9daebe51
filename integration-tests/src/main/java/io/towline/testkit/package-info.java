/**
 * The test bed: real Kubernetes control planes, Git repositories, hubs and agents as processes of
 * this machine.
 *
 * <p>Used by the integration tests, the demo of {@code make run} and the bench. Every type here
 * starts something that a person could start by hand, keeps its files and logs in one directory
 * that the caller names, listens on loopback only, and ends what it started by process id when it
 * is closed or when the JVM ends. Failures quote the end of the log of the process concerned.
 *
 * <p>Nothing here waits for a fixed time. What can be watched is watched; what cannot (a process
 * that is starting) is asked until a {@link io.towline.testkit.Deadline}.
 */
@NullMarked
package io.towline.testkit;

import org.jspecify.annotations.NullMarked;
