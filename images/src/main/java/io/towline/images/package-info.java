/**
 * The container images of hub and agent, written as tar files that {@code docker load}, {@code
 * podman load} and {@code ctr images import} read. No registry and no daemon takes part: an image
 * begins with nothing and holds what this package puts into it.
 *
 * <p>In go the packaged applications ({@code hub/target/quarkus-app}, {@code
 * agent/target/quarkus-app}), a JDK of which {@code jlink} keeps the named modules, the C library
 * of a Debian machine and the programs that the hub calls. Out come one tar file and one list of
 * contents (CycloneDX) for each image. The same commit, JDK, C library and programs give the same
 * bytes: files are sorted, belong to fixed users, and have the time of the commit.
 */
@NullMarked
package io.towline.images;

import org.jspecify.annotations.NullMarked;
