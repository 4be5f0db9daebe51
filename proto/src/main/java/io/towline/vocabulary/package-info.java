/**
 * Every word that appears in more than one place: in the APIs, the metrics, the logs, the command
 * line, Kubernetes and the documents. Nothing here decides anything; whoever needs a shared word
 * takes it from here, so that it is spelled once.
 */
@NullMarked
package io.towline.vocabulary;

import org.jspecify.annotations.NullMarked;
