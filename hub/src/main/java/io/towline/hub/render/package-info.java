/**
 * Third step: a target's files become Kubernetes objects as bytes. One render per distinct input,
 * memoised by everything the render could read; plain YAML is read exactly as kubectl reads it, and
 * Kustomize is the real program, confined: no network, no plugins, nothing outside the commit,
 * bounded time, memory and output.
 */
@NullMarked
package io.towline.hub.render;

import org.jspecify.annotations.NullMarked;
