/** The test bed in code: real control planes, Git repositories, hubs and agents as processes. */
@NullMarked
package io.towline.testkit;

import org.jspecify.annotations.NullMarked;
