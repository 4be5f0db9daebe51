/**
 * Takes the agents' reports in and judges what each target is. Messages come in from {@link
 * io.towline.hub.stream.ReportSink}, already bounded; here they become the store's own items, and
 * what cannot be understood is left out and counted, so that an agent of another version is heard
 * as far as possible. {@link io.towline.hub.report.Judgement} is the one place that decides what a
 * target's status is. Owns no state.
 */
@NullMarked
package io.towline.hub.report;

import org.jspecify.annotations.NullMarked;
