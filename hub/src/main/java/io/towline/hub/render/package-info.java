/**
 * Third step: a target's files become Kubernetes objects as bytes. In goes a {@link
 * io.towline.hub.git.FileTree} with a {@link io.towline.hub.resolve.RenderInput}, out comes a
 * {@link io.towline.hub.render.RenderedBundle}: the bundle manifest and the objects by digest. One
 * render per distinct input, memoised by its caller under everything the render could read ({@link
 * io.towline.hub.render.Renderer#inputKey}); the step keeps no state but a scratch directory that
 * is empty between builds.
 *
 * <p>Plain YAML is read exactly as kubectl reads it. Kustomize is the real program: a scan first
 * finds every file that the build can read and refuses what would lead out of the commit, fetch or
 * run something; then kustomize sees those files alone, without network, environment or plugins,
 * within bounded time, memory and output. What it writes is read and checked like plain YAML.
 *
 * <p>A failure is a {@link io.towline.hub.render.RenderException} with every problem found, each
 * with file, line and column. It concerns one bundle and no other.
 */
@NullMarked
package io.towline.hub.render;

import org.jspecify.annotations.NullMarked;
